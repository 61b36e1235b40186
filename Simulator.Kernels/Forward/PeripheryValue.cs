using System.Globalization;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>One quantity of a periphery that is fixed when its tile is built and may be replaced: [rows, columns], padded with zeros.</summary>
/// <param name="name">aihwkit's name.</param>
/// <param name="rows">Rows; 1 for a value of each output.</param>
/// <param name="columns">Values of a row.</param>
/// <param name="isNonNegative">Whether a negative value is refused.</param>
internal sealed unsafe class PeripheryValue(string name, int rows, int columns, bool isNonNegative) : IDisposable
{
    private readonly NativeBuffer<float> _values = new((long)rows * Lanes.RoundUp(columns));
    private readonly int _stride = Lanes.RoundUp(columns);

    public string Name => name;

    public float* Pointer => _values.Pointer;

    /// <summary>All values with their padding.</summary>
    public ReadOnlySpan<float> Values => _values.Span;

    public long Bytes => _values.Bytes;

    public Span<float> Row(int row) => _values.Span.Slice(row * _stride, columns);

    /// <summary>A dense copy.</summary>
    public float[] ToArray()
    {
        var dense = new float[rows * columns];
        for (var row = 0; row < rows; row++)
        {
            Row(row).CopyTo(dense.AsSpan(row * columns));
        }

        return dense;
    }

    /// <summary>Refuses what cannot replace the values.</summary>
    /// <exception cref="TileException">Wrong length, or a value that the quantity cannot have.</exception>
    public void Check(TileIdentity tile, ReadOnlySpan<float> dense)
    {
        if (dense.Length != rows * columns)
        {
            var shape = rows == 1 ? $"{columns}" : $"{rows} x {columns} = {rows * columns}";
            throw new TileException(tile, name, $"{dense.Length} values", shape);
        }

        for (var index = 0; index < dense.Length; index++)
        {
            if (!float.IsFinite(dense[index]) || (isNonNegative && dense[index] < 0))
            {
                throw new TileException(
                    tile,
                    name,
                    string.Create(CultureInfo.InvariantCulture, $"{dense[index]} at index {index}"),
                    isNonNegative ? "finite numbers of 0 or more; nothing was changed" : "finite numbers; nothing was changed");
            }
        }
    }

    /// <summary>Replaces the values; <see cref="Check"/> has accepted them.</summary>
    public void CopyFrom(ReadOnlySpan<float> dense)
    {
        for (var row = 0; row < rows; row++)
        {
            dense.Slice(row * columns, columns).CopyTo(Row(row));
        }
    }

    public void VisitState(ITileStateVisitor visitor, string prefix) => visitor.Visit(prefix + name, rows, columns, _stride, _values.Span);

    /// <inheritdoc/>
    public void Dispose() => _values.Dispose();
}
