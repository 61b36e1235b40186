using System.Numerics;

namespace Tessera.Actors.Transport;

/// <summary>Memory of payloads that were handled, kept by size for the next ones. Sizes are powers of two; what exceeds the bound goes to the garbage collector.</summary>
/// <param name="keptBytesMax">Most bytes that wait for use, 0 or more.</param>
internal sealed class ReceivePool(long keptBytesMax)
{
    private const int ValuesMin = 256;
    private readonly Lock _gate = new();
    private readonly Stack<ReceiveLease>[] _free = [.. Enumerable.Range(0, 31).Select(_ => new Stack<ReceiveLease>())];
    private long _keptBytes;

    /// <summary>Bytes that wait for use.</summary>
    public long KeptBytes => Interlocked.Read(ref _keptBytes);

    /// <summary>Memory for some values, held once.</summary>
    /// <param name="values">Values, 1 to 2^30.</param>
    public ReceiveLease Rent(int values)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(values, ValuesMin));
        ReceiveLease? lease;
        lock (_gate)
        {
            if (_free[BitOperations.Log2((uint)size)].TryPop(out lease))
            {
                _keptBytes -= Size(lease);
            }
        }

        // Rounding up only pays where the memory is used again.
        lease ??= new ReceiveLease(this, Size(size) <= keptBytesMax ? size : values);
        lease.Take();
        return lease;
    }

    internal void Return(ReceiveLease lease)
    {
        if (!BitOperations.IsPow2(lease.Capacity) || lease.Capacity < ValuesMin)
        {
            return;
        }

        lock (_gate)
        {
            if (_keptBytes + Size(lease) <= keptBytesMax)
            {
                _keptBytes += Size(lease);
                _free[BitOperations.Log2((uint)lease.Capacity)].Push(lease);
            }
        }
    }

    private static long Size(ReceiveLease lease) => Size(lease.Capacity);

    private static long Size(int values) => (long)values * sizeof(float);
}
