using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tiles;

/// <summary>
/// The crossbar's conductance weights: [row * Stride + column], row = output, column = input.
/// The stride is the column count rounded up to 16 and the padding is always zero, so that vector loops need no tail.
/// </summary>
public sealed class WeightMatrix : IDisposable
{
    private StateBuffer _values;

    /// <summary>Creates a zero matrix.</summary>
    /// <param name="rows">Outputs, 1 to 65,535.</param>
    /// <param name="columns">Inputs (with the analog bias column where there is one), 1 to 262,143.</param>
    /// <param name="isHalf">Whether the values are kept in 16 bits; they can then be used while <see cref="State"/> is open, as it is at first. Default false.</param>
    public WeightMatrix(int rows, int columns, bool isHalf = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, (1 << 18) - 1);
        Rows = rows;
        Columns = columns;
        Stride = Lanes.RoundUp(columns);
        _values = new StateBuffer((long)rows * Stride, isHalf);
    }

    /// <summary>Number of outputs.</summary>
    public int Rows { get; }

    /// <summary>Number of inputs, without padding.</summary>
    public int Columns { get; }

    /// <summary>Distance in floats between two rows: a multiple of 16.</summary>
    public int Stride { get; }

    /// <summary>All values including the padding.</summary>
    public Span<float> Values => _values.Span;

    /// <summary>How the values are kept.</summary>
    internal StateBuffer State => _values;

    /// <summary>Keeps the values in 16 bits from now on; they are open at first.</summary>
    internal StateBuffer KeepHalf() => _values = _values.ToHalf();

    /// <summary>Names the matrix to a visitor as it is kept.</summary>
    internal void Visit(ITileStateVisitor visitor, string name) => _values.Visit(visitor, name, Rows, Columns, Stride);

    /// <summary>One row without its padding.</summary>
    public Span<float> Row(int row) => _values.Span.Slice(row * Stride, Columns);

    /// <summary>Copies to a dense row-major [rows, columns] array.</summary>
    public void CopyTo(Span<float> dense)
    {
        RequireDense(dense.Length);
        for (var row = 0; row < Rows; row++)
        {
            Row(row).CopyTo(dense.Slice(row * Columns, Columns));
        }
    }

    /// <summary>Copies from a dense row-major [rows, columns] array.</summary>
    public void CopyFrom(ReadOnlySpan<float> dense)
    {
        RequireDense(dense.Length);
        for (var row = 0; row < Rows; row++)
        {
            dense.Slice(row * Columns, Columns).CopyTo(Row(row));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _values.Dispose();

    private void RequireDense(int length)
    {
        if (length != Rows * Columns)
        {
            throw new ArgumentException($"Expected {Rows} x {Columns} = {Rows * Columns} values, got {length}.");
        }
    }
}
