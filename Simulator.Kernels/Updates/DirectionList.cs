using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// The lists of pulses of 16 neighbouring columns: bit e mod 32 of word e / 32 of a list is set if the column's pulse e is a down pulse.
/// </summary>
internal static unsafe class DirectionList
{
    /// <summary>Slots whose pulses certainly fit one word with its end mark.</summary>
    internal const int SlotsPerChunk = 31;

    /// <summary>The lists of a few slots.</summary>
    /// <param name="fired">[slot][16 words]: planes of the columns that fire.</param>
    /// <param name="down">[slot][16 words]: those of them that get a down pulse.</param>
    /// <param name="slots">Number of slots, at most <see cref="SlotsPerChunk"/>.</param>
    /// <param name="group">Group of 16 columns, 0 to 31.</param>
    /// <param name="length">Pulses of each column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<uint> Chunk(uint* fired, uint* down, int slots, int group, out Vector512<uint> length)
    {
        // The end of each list is kept as a single set bit that moves up.
        var word = Vector512<uint>.Zero;
        var position = Vector512<uint>.One;
        for (var s = 0; s < slots; s++)
        {
            var any = Vector512.ShiftRightLogical(Vector512.Load(fired + (s * Lanes.Count)), group) & Vector512<uint>.One;
            var downs = Vector512.ShiftRightLogical(Vector512.Load(down + (s * Lanes.Count)), group) & Vector512<uint>.One;
            word |= position & (Vector512<uint>.Zero - downs);
            position += position & (Vector512<uint>.Zero - any);
        }

        // The exponent of a power of two as a float is its logarithm; 2^31 reads as a negative integer with the same exponent.
        length = ((Vector512.ConvertToSingle(position.AsInt32()).AsUInt32() >> 23) & Vector512.Create(0xFFu)) - Vector512.Create(127u);
        return word;
    }

    /// <summary>The lists of any number of slots.</summary>
    /// <param name="fired">[slot][16 words]: planes of the columns that fire.</param>
    /// <param name="down">[slot][16 words]: those of them that get a down pulse.</param>
    /// <param name="slots">Number of slots.</param>
    /// <param name="group">Group of 16 columns, 0 to 31.</param>
    /// <param name="direction">[word * 16 + lane], written.</param>
    /// <param name="length">[16]: lengths of the lists, written.</param>
    /// <returns>The largest length.</returns>
    internal static uint Build(uint* fired, uint* down, int slots, int group, uint* direction, uint* length)
    {
        var open = Vector512<uint>.Zero;
        var pulses = Vector512<uint>.Zero;
        for (var first = 0; first < slots; first += SlotsPerChunk)
        {
            var offset = first * Lanes.Count;
            var word = Chunk(fired + offset, down + offset, Math.Min(SlotsPerChunk, slots - first), group, out var count);
            var used = pulses & Vector512.Create(31u);
            open |= ShiftLeft(word, used);
            var full = Vector512.GreaterThanOrEqual(used + count, Vector512.Create(32u));
            if (full != Vector512<uint>.Zero)
            {
                Store(open, pulses, (uint)full.ExtractMostSignificantBits(), direction);
                open = Vector512.ConditionalSelect(full, ShiftRight(word, Vector512.Create(32u) - used), open);
            }

            pulses += count;
        }

        pulses.Store(length);
        var longest = LaneMaximum(pulses);
        if (longest < 32) open.Store(direction);
        else Store(open, pulses, 0xFFFF, direction);
        return longest;
    }

    /// <summary>The largest lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint LaneMaximum(Vector512<uint> lanes)
    {
        var eight = Vector256.Max(lanes.GetLower(), lanes.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
    }

    /// <summary>Stores the open words of some lanes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Store(Vector512<uint> open, Vector512<uint> pulses, uint lanes, uint* direction)
    {
        var words = stackalloc uint[2 * Lanes.Count];
        open.Store(words);
        pulses.Store(words + Lanes.Count);
        for (; lanes != 0; lanes &= lanes - 1)
        {
            var lane = BitOperations.TrailingZeroCount(lanes);
            direction[(words[Lanes.Count + lane] / 32 * Lanes.Count) + lane] = words[lane];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> ShiftLeft(Vector512<uint> word, Vector512<uint> by) =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? Avx512F.ShiftLeftLogicalVariable(word, by) : ShiftNarrow(word, by, false);

    /// <summary>Zero for a shift by 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> ShiftRight(Vector512<uint> word, Vector512<uint> by) =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? Avx512F.ShiftRightLogicalVariable(word, by) : ShiftNarrow(word, by, true);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<uint> ShiftNarrow(Vector512<uint> word, Vector512<uint> by, bool right)
    {
        var words = stackalloc uint[2 * Lanes.Count];
        word.Store(words);
        by.Store(words + Lanes.Count);
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            var count = (int)words[Lanes.Count + lane];
            words[lane] = (uint)(right ? (ulong)words[lane] >> count : (ulong)words[lane] << count);
        }

        return Vector512.Load(words);
    }
}
