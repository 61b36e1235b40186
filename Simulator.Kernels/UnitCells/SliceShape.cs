namespace Tessera.Kernels.UnitCells;

/// <summary>How transfers cut an array into slices: columns, or rows.</summary>
/// <param name="Columns">Whether slices are columns.</param>
/// <param name="InSize">Number of slices.</param>
/// <param name="OutSize">Cells of a slice.</param>
internal readonly record struct SliceShape(bool Columns, int InSize, int OutSize)
{
    /// <summary>The slices of an array.</summary>
    internal static SliceShape Of(bool columns, int rows, int arrayColumns) =>
        columns ? new SliceShape(true, arrayColumns, rows) : new SliceShape(false, rows, arrayColumns);

    /// <summary>Place of a cell in a row-padded array.</summary>
    internal int Index(int slice, int cell, int stride) => Columns ? (cell * stride) + slice : (slice * stride) + cell;
}
