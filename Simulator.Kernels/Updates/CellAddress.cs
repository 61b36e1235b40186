using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Updates;

/// <summary>The counter words that name a cell (docs/numerics-update.md).</summary>
internal static class CellAddress
{
    /// <summary>Word 0 for the 64 columns from <paramref name="first"/> (a multiple of 64) on: row &lt;&lt; 16 | block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<uint> Blocks(uint row, int first) =>
        Vector512.Create(row << 16 | (uint)(first / TrainLayout.DrawBlock * 16)) + Vector512<uint>.Indices;

    /// <summary>Word 0 of one column of a field: row &lt;&lt; 16 | (column / 64) * 16 + column mod 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint FieldWord(int row, int column) => (uint)row << 16 | (uint)((column / 64 * 16) + (column % 16));

    /// <summary>Which of the four output words belongs to a column of a field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint FieldLane(int column) => (uint)(column / 16 % 4);

    /// <summary>Word 0 of a single cell whose four output words are four events.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint EventCell(int row, int column) => (uint)row << 16 | ((uint)column & 0xFFFF);

    /// <summary>Word 1 of events 4 * quad .. 4 * quad + 3 of a single cell, without the quad.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint EventHigh(int column) => (uint)(column >> 16) << 30;
}
