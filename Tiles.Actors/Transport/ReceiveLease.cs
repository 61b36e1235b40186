using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Transport;

/// <summary>
/// Memory of one received payload: a pinned array whose first used value starts a cache line. It goes back to its pool when whoever holds it has released it;
/// whoever hands it on to others retains it for each.
/// </summary>
public sealed class ReceiveLease : IPayloadLease
{
    private const int LineBytes = 64;
    private readonly ReceivePool _pool;
    private readonly float[] _values;
    private readonly int _offset;
    private int _holders;

    internal unsafe ReceiveLease(ReceivePool pool, int capacity)
    {
        _pool = pool;
        Capacity = capacity;
        _values = GC.AllocateUninitializedArray<float>(capacity + (LineBytes / sizeof(float)), pinned: true);
        var misaligned = (nuint)Unsafe.AsPointer(ref _values[0]) % LineBytes;
        _offset = misaligned == 0 ? 0 : (int)((LineBytes - misaligned) / sizeof(float));
    }

    /// <summary>Values that it holds.</summary>
    internal int Capacity { get; }

    /// <inheritdoc/>
    public void Retain()
    {
        if (Interlocked.Increment(ref _holders) < 2)
        {
            throw new InvalidOperationException("A received payload was retained after its last holder released it. This is a defect; please report it.");
        }
    }

    /// <inheritdoc/>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _holders);
        if (left < 0)
        {
            throw new InvalidOperationException("A received payload was released more often than it was held. This is a defect; please report it.");
        }

        if (left == 0)
        {
            _pool.Return(this);
        }
    }

    internal void Take() => Volatile.Write(ref _holders, 1);

    internal Tensor View(int rows, int columns) => new(_values, _offset, rows, columns, columns);

    internal Span<byte> Bytes(int count) => MemoryMarshal.AsBytes(_values.AsSpan(_offset, Capacity))[..count];
}
