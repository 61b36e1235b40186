using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <summary>Whole arrays between 16 and 32 bits, and rounding in place. Lengths are whole vectors of 16, as those of row-padded arrays are.</summary>
public static unsafe class HalfField
{
    /// <summary>Copies 16-bit numbers to the 32-bit numbers of the same values.</summary>
    public static void Widen(ushort* from, float* to, int length)
    {
        for (var i = 0; i < length; i += Lanes.Count) HalfLanes.ToSingle(Vector256.Load(from + i)).Store(to + i);
    }

    /// <summary>Copies 32-bit numbers to the nearest 16-bit ones.</summary>
    public static void Narrow(float* from, ushort* to, int length)
    {
        for (var i = 0; i < length; i += Lanes.Count) HalfLanes.ToNearest(Vector512.Load(from + i)).Store(to + i);
    }

    /// <summary>Replaces every number by the nearest one of 16 bits.</summary>
    public static void RoundToNearest(float* values, int length)
    {
        for (var i = 0; i < length; i += Lanes.Count) HalfLanes.RoundToNearest(Vector512.Load(values + i)).Store(values + i);
    }

    /// <summary>
    /// Replaces every number by one of its two 16-bit neighbours, with a draw for each cell from its own address. Numbers of 16 bits stay, so that
    /// 64 columns of them need no draw.
    /// </summary>
    /// <param name="values">[row * stride + column].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="stride">Distance between rows, a multiple of 16.</param>
    /// <param name="key">Who draws and what for.</param>
    /// <param name="at">Step, vector, event.</param>
    public static void RoundAtRandom(float* values, int rows, int stride, RandomKey key, in DrawAddress at)
    {
        var state = stackalloc uint[PhiloxRow.StateLength];
        PhiloxRow.Start(key, at, state);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < stride; column += PhiloxRow.BlockColumns)
            {
                var block = values + ((long)row * stride) + column;
                var count = Math.Min(PhiloxRow.BlockColumns, stride - column);
                if (!IsHalf(block, count)) RoundBlock(block, count, state, PhiloxRow.Cell(row, column));
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RoundBlock(float* block, int count, uint* state, uint cell)
    {
        PhiloxRow.Block(state, cell, out var w0, out var w1, out var w2, out var w3);
        Round(block, w0);
        if (count > Lanes.Count) Round(block + Lanes.Count, w1);
        if (count > 2 * Lanes.Count) Round(block + (2 * Lanes.Count), w2);
        if (count > 3 * Lanes.Count) Round(block + (3 * Lanes.Count), w3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(float* at, Vector512<uint> words) => HalfLanes.RoundAtRandom(Vector512.Load(at), words).Store(at);

    /// <summary>Whether all numbers are of 16 bits already.</summary>
    private static bool IsHalf(float* values, int length)
    {
        for (var i = 0; i < length; i += Lanes.Count)
        {
            var value = Vector512.Load(values + i);
            if (HalfLanes.RoundToNearest(value).AsUInt32() != value.AsUInt32()) return false;
        }

        return true;
    }
}
