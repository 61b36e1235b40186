using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// Philox over the columns of one row: counter words 1 to 3 (event, vector, step) are the same for all columns, so half of the first two rounds
/// is computed once per row. <see cref="Start"/> prepares, <see cref="Block"/> gives 64 consecutive columns; the bits are those of
/// <see cref="PhiloxReference"/> at the same counters.
/// </summary>
public static unsafe class PhiloxRow
{
    /// <summary>Words of the state that <see cref="Start"/> fills.</summary>
    public const int StateLength = 40;

    /// <summary>Columns of a block.</summary>
    public const int BlockColumns = 64;

    // Layout: raw counter words and key first, for the paths without vectors; then the four constants of the first rounds; then the keys.
    private const int Counter1 = 0;
    private const int Counter2 = 1;
    private const int Counter3 = 2;
    private const int Key0 = 3;
    private const int Key1 = 4;
    private const int First = 5;
    private const int Keys = 9;

    /// <summary>Prepares the draws of one key and address.</summary>
    /// <param name="key">Who draws and what for.</param>
    /// <param name="at">Step, vector, event.</param>
    /// <param name="state">[<see cref="StateLength"/>] words, overwritten.</param>
    public static void Start(RandomKey key, in DrawAddress at, uint* state)
    {
        var (k0, k1) = key;
        var p1 = (ulong)PhiloxReference.Multiplier1 * at.Vector;
        var c0 = (uint)(p1 >> 32) ^ at.Event ^ k0;
        var p0 = (ulong)PhiloxReference.Multiplier0 * c0;
        state[Counter1] = at.Event;
        state[Counter2] = at.Vector;
        state[Counter3] = at.Step;
        state[Key0] = k0;
        state[Key1] = k1;
        state[First] = at.Step ^ k1;
        state[First + 1] = (uint)p1 ^ (k0 + PhiloxReference.Weyl0);
        state[First + 2] = (uint)(p0 >> 32) ^ (k1 + PhiloxReference.Weyl1);
        state[First + 3] = (uint)p0 ^ (k1 + unchecked(2 * PhiloxReference.Weyl1));
        for (var round = 0; round < PhiloxReference.Rounds; round++)
        {
            state[Keys + (2 * round)] = k0;
            state[Keys + (2 * round) + 1] = k1;
            k0 += PhiloxReference.Weyl0;
            k1 += PhiloxReference.Weyl1;
        }
    }

    /// <summary>Counter word 0 of the first lane of a block of 64 columns.</summary>
    /// <param name="row">0 to 65,535.</param>
    /// <param name="column">First column, a multiple of 64, at most 262,080.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Cell(int row, int column) => ((uint)row << 16) | ((uint)column >> 2);

    /// <summary>Columns 0..15, 16..31, 32..47 and 48..63 of the block at <see cref="Cell"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block(
        uint* state, uint cell, out Vector512<uint> w0, out Vector512<uint> w1, out Vector512<uint> w2, out Vector512<uint> w3)
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            PhiloxLanes.Block(
                new RandomKey(state[Key0], state[Key1]),
                Vector512.Create(cell) + Vector512<uint>.Indices,
                Vector512.Create(state[Counter1]),
                Vector512.Create(state[Counter2]),
                Vector512.Create(state[Counter3]),
                out w0,
                out w1,
                out w2,
                out w3);
            return;
        }

        var even0 = Vector512.Create(cell) + Vector512.Create(0u, 0, 2, 0, 4, 0, 6, 0, 8, 0, 10, 0, 12, 0, 14, 0);
        var odd0 = Vector512.Create(cell) + Vector512.Create(1u, 0, 3, 0, 5, 0, 7, 0, 9, 0, 11, 0, 13, 0, 15, 0);

        // Rounds 0 and 1: counter words 0 and 1 of round 0's result are constants, and so is word 3 of round 1's.
        var even3 = Philox512.Multiply(even0, PhiloxReference.Multiplier0);
        var odd3 = Philox512.Multiply(odd0, PhiloxReference.Multiplier0);
        var even1 = Philox512.Multiply(Philox512.High(even3) ^ Vector512.Create(state[First]), PhiloxReference.Multiplier1);
        var odd1 = Philox512.Multiply(Philox512.High(odd3) ^ Vector512.Create(state[First]), PhiloxReference.Multiplier1);
        even0 = Philox512.High(even1) ^ Vector512.Create(state[First + 1]);
        odd0 = Philox512.High(odd1) ^ Vector512.Create(state[First + 1]);
        var even2 = even3 ^ Vector512.Create(state[First + 2]);
        var odd2 = odd3 ^ Vector512.Create(state[First + 2]);

        // Round 2.
        even3 = Philox512.Multiply(even0, PhiloxReference.Multiplier0);
        odd3 = Philox512.Multiply(odd0, PhiloxReference.Multiplier0);
        var evenP1 = Philox512.Multiply(even2, PhiloxReference.Multiplier1);
        var oddP1 = Philox512.Multiply(odd2, PhiloxReference.Multiplier1);
        even0 = Philox512.High(evenP1) ^ even1 ^ Vector512.Create(state[Keys + 4]);
        odd0 = Philox512.High(oddP1) ^ odd1 ^ Vector512.Create(state[Keys + 4]);
        even2 = Philox512.High(even3) ^ Vector512.Create(state[First + 3]);
        odd2 = Philox512.High(odd3) ^ Vector512.Create(state[First + 3]);
        even1 = evenP1;
        odd1 = oddP1;

        var keys = state + Keys;
        Philox512.Round(
            ref even0, ref even1, ref even2, ref even3, ref odd0, ref odd1, ref odd2, ref odd3, Vector512.Create(keys[6]), Vector512.Create(keys[7]));
        Philox512.Round(
            ref even0, ref even1, ref even2, ref even3, ref odd0, ref odd1, ref odd2, ref odd3, Vector512.Create(keys[8]), Vector512.Create(keys[9]));
        Philox512.Round(
            ref even0, ref even1, ref even2, ref even3, ref odd0, ref odd1, ref odd2, ref odd3, Vector512.Create(keys[10]), Vector512.Create(keys[11]));
        Philox512.Round(
            ref even0, ref even1, ref even2, ref even3, ref odd0, ref odd1, ref odd2, ref odd3, Vector512.Create(keys[12]), Vector512.Create(keys[13]));
        Philox512.Round(
            ref even0, ref even1, ref even2, ref even3, ref odd0, ref odd1, ref odd2, ref odd3, Vector512.Create(keys[14]), Vector512.Create(keys[15]));
        Philox512.Round(
            ref even0, ref even1, ref even2, ref even3, ref odd0, ref odd1, ref odd2, ref odd3, Vector512.Create(keys[16]), Vector512.Create(keys[17]));
        Philox512.LastRound(
            even0, even1, even2, even3, odd0, odd1, odd2, odd3, Vector512.Create(keys[18]), Vector512.Create(keys[19]), out w0, out w1, out w2, out w3);
    }
}
