using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// Random numbers by address: (key, step, vector, event, row, column) names one 32-bit word. The counter is
/// (row &lt;&lt; 16 | block, event, vector, step) with block = column / 64 * 16 + column % 16, and the column's word is number column / 16 % 4 of the
/// four that the counter gives. Filling a prefix gives the prefix of the fill; nothing depends on length, order or threads.
/// </summary>
public static unsafe class RandomField
{
    /// <summary>Largest number of columns of a row: 2^18.</summary>
    public const int ColumnsMax = 1 << 18;

    /// <summary>Largest number of rows: 2^16.</summary>
    public const int RowsMax = 1 << 16;

    /// <summary>The word at one address.</summary>
    public static uint WordAt(RandomKey key, in DrawAddress at, int row, int column)
    {
        RequireCell(row, column < 0 ? -1 : column + 1);
        var block = (uint)((column / 64 * 16) + (column % 16));
        PhiloxReference.Block(key, ((uint)row << 16) | block, at.Event, at.Vector, at.Step, out var w0, out var w1, out var w2, out var w3);
        return (column / 16 % 4) switch { 0 => w0, 1 => w1, 2 => w2, _ => w3 };
    }

    /// <summary>The uniform number in [0, 1) at one address.</summary>
    public static float UniformAt(RandomKey key, in DrawAddress at, int row, int column) =>
        UniformReference.FromWord(WordAt(key, at, row, column));

    /// <summary>The standard normal at one address.</summary>
    public static float NormalAt(RandomKey key, in DrawAddress at, int row, int column) =>
        NormalReference.FromWord(WordAt(key, at, row, column));

    /// <summary>The words of columns 0 to Length - 1 of a row.</summary>
    public static void Words(RandomKey key, in DrawAddress at, int row, Span<uint> destination)
    {
        RequireCell(row, destination.Length);
        var state = stackalloc uint[PhiloxRow.StateLength];
        var tail = stackalloc uint[PhiloxRow.BlockColumns];
        PhiloxRow.Start(key, at, state);
        fixed (uint* start = destination)
        {
            for (var column = 0; column < destination.Length; column += PhiloxRow.BlockColumns)
            {
                var whole = column + PhiloxRow.BlockColumns <= destination.Length;
                var to = whole ? start + column : tail;
                PhiloxRow.Block(state, PhiloxRow.Cell(row, column), out var w0, out var w1, out var w2, out var w3);
                w0.Store(to);
                w1.Store(to + 16);
                w2.Store(to + 32);
                w3.Store(to + 48);
                if (!whole)
                {
                    CopyTail((float*)tail, (float*)(start + column), destination.Length - column);
                }
            }
        }
    }

    /// <summary>Uniform numbers in [0, 1) for columns 0 to Length - 1 of a row.</summary>
    public static void Uniforms(RandomKey key, in DrawAddress at, int row, Span<float> destination)
    {
        RequireCell(row, destination.Length);
        var state = stackalloc uint[PhiloxRow.StateLength];
        var tail = stackalloc float[PhiloxRow.BlockColumns];
        PhiloxRow.Start(key, at, state);
        fixed (float* start = destination)
        {
            for (var column = 0; column < destination.Length; column += PhiloxRow.BlockColumns)
            {
                var whole = column + PhiloxRow.BlockColumns <= destination.Length;
                var to = whole ? start + column : tail;
                PhiloxRow.Block(state, PhiloxRow.Cell(row, column), out var w0, out var w1, out var w2, out var w3);
                UniformLanes.FromWord(w0).Store(to);
                UniformLanes.FromWord(w1).Store(to + 16);
                UniformLanes.FromWord(w2).Store(to + 32);
                UniformLanes.FromWord(w3).Store(to + 48);
                if (!whole)
                {
                    CopyTail(tail, start + column, destination.Length - column);
                }
            }
        }
    }

    /// <summary>Standard normals for columns 0 to Length - 1 of a row.</summary>
    public static void Normals(RandomKey key, in DrawAddress at, int row, Span<float> destination)
    {
        RequireCell(row, destination.Length);
        var state = stackalloc uint[PhiloxRow.StateLength];
        var tail = stackalloc float[PhiloxRow.BlockColumns];
        PhiloxRow.Start(key, at, state);
        fixed (float* start = destination)
        {
            for (var column = 0; column < destination.Length; column += PhiloxRow.BlockColumns)
            {
                var whole = column + PhiloxRow.BlockColumns <= destination.Length;
                var to = whole ? start + column : tail;
                PhiloxRow.Block(state, PhiloxRow.Cell(row, column), out var w0, out var w1, out var w2, out var w3);
                NormalLanes.FromWord(w0).Store(to);
                NormalLanes.FromWord(w1).Store(to + 16);
                NormalLanes.FromWord(w2).Store(to + 32);
                NormalLanes.FromWord(w3).Store(to + 48);
                if (!whole)
                {
                    CopyTail(tail, start + column, destination.Length - column);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CopyTail(float* from, float* to, int count) => new Span<float>(from, count).CopyTo(new Span<float>(to, count));

    private static void RequireCell(int row, int columns)
    {
        if ((uint)row >= RowsMax || (uint)columns > ColumnsMax)
        {
            ThrowCell(row, columns);
        }
    }

    private static void ThrowCell(int row, int columns) => throw new ArgumentOutOfRangeException(
        nameof(row), $"Row {row} with {columns} columns lies outside the address space of {RowsMax} x {ColumnsMax}; split the matrix over more tiles.");
}
