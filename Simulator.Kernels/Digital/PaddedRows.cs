using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// Scratch rows of a stride that is a multiple of 16, the padding zero, for products that read whole vectors. It grows with the largest
/// batch seen and then stays.
/// </summary>
internal sealed class PaddedRows(int columns) : IDisposable
{
    private NativeBuffer<float>? _rows;

    /// <summary>Distance between rows.</summary>
    public int Stride { get; } = Lanes.RoundUp(columns);

    /// <summary>Memory for a batch; the content is what the last use left, the padding zero.</summary>
    public Span<float> Reserve(int batch)
    {
        var length = batch * Stride;
        if (_rows is null || _rows.Length < length)
        {
            _rows?.Dispose();
            _rows = new NativeBuffer<float>(length);
        }

        return _rows.Span[..length];
    }

    /// <summary>Copies dense rows [batch, columns] and pads them.</summary>
    public ReadOnlySpan<float> Pad(ReadOnlySpan<float> dense, int batch)
    {
        var rows = Reserve(batch);
        for (var b = 0; b < batch; b++)
        {
            dense.Slice(b * columns, columns).CopyTo(rows[(b * Stride)..]);
        }

        return rows;
    }

    /// <summary>Copies to dense rows [batch, columns].</summary>
    public void CopyTo(Span<float> dense, int batch)
    {
        var rows = Reserve(batch);
        for (var b = 0; b < batch; b++)
        {
            rows.Slice(b * Stride, columns).CopyTo(dense.Slice(b * columns, columns));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _rows?.Dispose();
}
