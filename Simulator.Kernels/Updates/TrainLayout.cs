using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// How the pulse trains of a mini-batch lie in memory. Columns are stored as bit planes: the 512 columns of a superblock are 16 words, column c
/// is bit (c / 16) mod 32 of word c mod 16, so that one vector operation handles one slot of 512 columns and a shift brings 16 neighbouring
/// columns to 16 lanes. Rows are stored as words of 32 slots.
/// </summary>
internal static class TrainLayout
{
    /// <summary>Columns that share one 512-bit plane.</summary>
    internal const int ColumnsPerPlane = 512;

    /// <summary>Columns (or rows) whose random words come from the same 16 Philox counters.</summary>
    internal const int DrawBlock = 64;

    /// <summary>Slots in one word of a row's train.</summary>
    internal const int SlotsPerWord = 32;

    /// <summary>Words of one plane over all columns, a multiple of 16.</summary>
    internal static int PlaneStride(int columns) => (columns + ColumnsPerPlane - 1) / ColumnsPerPlane * Lanes.Count;

    /// <summary>Rounds up to whole draw blocks.</summary>
    internal static int RoundUpToDrawBlock(int length) => (length + DrawBlock - 1) & -DrawBlock;

    /// <summary>Word of a column within a plane.</summary>
    internal static int PlaneWord(int column) => (column / ColumnsPerPlane * Lanes.Count) + (column % Lanes.Count);

    /// <summary>Bit of a column within its word.</summary>
    internal static int PlaneBit(int column) => column / Lanes.Count % 32;

    /// <summary>Words needed for a train.</summary>
    internal static int WordsPerTrain(int slots) => (slots + SlotsPerWord - 1) / SlotsPerWord;
}
