namespace Tessera.Kernels.Devices;

/// <summary>Columns start .. start + count - 1 with wrap-around; a negative count selects all (spec devices, section 5).</summary>
internal readonly struct ColumnSelection
{
    private readonly int _columns;
    private readonly int _start;
    private readonly int _count;

    internal ColumnSelection(int columns, int start, int count)
    {
        _columns = columns;
        _start = ((start % columns) + columns) % columns;
        _count = count < 0 ? columns : Math.Min(count, columns);
    }

    /// <summary>Whether a column is selected.</summary>
    internal bool Contains(int column) => (column - _start + _columns) % _columns < _count;
}
