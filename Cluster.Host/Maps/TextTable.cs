namespace Tessera.Host.Maps;

/// <summary>Aligned columns of text: the first column to the left, all others to the right.</summary>
/// <param name="header">Names of the columns.</param>
internal sealed class TextTable(params string[] header)
{
    private readonly List<string[]> _rows = [header];

    /// <summary>Appends a row with a cell per column.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Writes header, a rule and the rows.</summary>
    public void Write(TextWriter output)
    {
        int[] widths = new int[_rows[0].Length];
        foreach (string[] row in _rows)
        {
            for (int column = 0; column < widths.Length; column++) { widths[column] = Math.Max(widths[column], row[column].Length); }
        }

        for (int index = 0; index < _rows.Count; index++)
        {
            string[] row = _rows[index];
            IEnumerable<string> cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
            if (index == 0) { output.WriteLine(string.Join("  ", widths.Select(width => new string('-', width)))); }
        }
    }
}
