using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <content>Cells whose pulses are applied one by one.</content>
internal sealed unsafe partial class PulsedUpdate<TModel>
{
    /// <summary>Whole groups of 16 columns in lockstep.</summary>
    private void PulseGroups(int row, int firstColumn, uint groups, int slots)
    {
        for (; groups != 0; groups &= groups - 1)
        {
            PulseGroup(
                _model, _cells, _fired, _down, slots, _direction, _pulseKey, _step, row, _stride, firstColumn, BitOperations.TrailingZeroCount(groups), _lane.Pointer);
        }
    }

    private static void PulseGroup(
        TModel model,
        CellArrays cells,
        uint* fired,
        uint* down,
        int slots,
        uint* direction,
        RandomKey key,
        uint step,
        int row,
        int stride,
        int firstColumn,
        int group,
        uint* words)
    {
        var column = firstColumn + (group * Lanes.Count);
        var index = (row * stride) + column;
        var longest = Directions(fired, down, slots, group, direction, words);
        var length = Vector512.Load(words);
        var cellWord = Vector512.Create(CellAddress.EventCell(row, column)) + Vector512<uint>.Indices;
        var eventHigh = Vector512.Create(CellAddress.EventHigh(column));
        var cell = cells.Load<TModel>(index);
        PulseLockstep.Run(model, Vector512.Load(cells.Weights + index), cell, direction, length, longest, key, step, cellWord, eventHigh, words + 16)
            .Store(cells.Weights + index);
    }

    /// <summary>
    /// Appends, slot by slot, one bit to the list of every column that fires. The position is kept as a single set bit that moves up; when it
    /// leaves the word, the word is full and goes to the buffer.
    /// </summary>
    /// <param name="fired">[slot][16 words]: planes of the columns that fire.</param>
    /// <param name="down">[slot][16 words]: those of them that get a down pulse.</param>
    /// <param name="slots">Number of slots.</param>
    /// <param name="group">Group of 16 columns, 0 to 31.</param>
    /// <param name="direction">[word * 16 + lane], written.</param>
    /// <param name="length">[16]: lengths of the lists, written.</param>
    /// <returns>The largest length.</returns>
    private static uint Directions(uint* fired, uint* down, int slots, int group, uint* direction, uint* length)
    {
        var word = Vector512<uint>.Zero;
        var position = Vector512<uint>.One;
        Vector512<uint>.Zero.Store(length);
        for (var s = 0; s < slots; s++)
        {
            var any = Vector512.ShiftRightLogical(Vector512.Load(fired + (s * Lanes.Count)), group) & Vector512<uint>.One;
            var downs = Vector512.ShiftRightLogical(Vector512.Load(down + (s * Lanes.Count)), group) & Vector512<uint>.One;
            word |= position & (Vector512<uint>.Zero - downs);
            position += position & (Vector512<uint>.Zero - any);
            if (s >= 31 && Vector512.EqualsAny(position, Vector512<uint>.Zero))
            {
                var full = Vector512.Equals(position, Vector512<uint>.Zero);
                Spill(word, (uint)full.ExtractMostSignificantBits(), direction, length);
                word = Vector512.AndNot(word, full);
                position |= full & Vector512<uint>.One;
            }
        }

        return Finish(word, position, direction, length);
    }

    /// <summary>Stores the full words of some lanes; length counts words here.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Spill(Vector512<uint> word, uint lanes, uint* direction, uint* length)
    {
        var words = length + Lanes.Count;
        word.Store(words);
        for (; lanes != 0; lanes &= lanes - 1)
        {
            var lane = BitOperations.TrailingZeroCount(lanes);
            direction[(length[lane] * Lanes.Count) + lane] = words[lane];
            length[lane]++;
        }
    }

    /// <summary>Stores the last words and turns word counts into pulse counts.</summary>
    private static uint Finish(Vector512<uint> word, Vector512<uint> position, uint* direction, uint* length)
    {
        // The exponent of a power of two as a float is its logarithm; 2^31 reads as a negative integer with the same exponent.
        var bits = (Vector512.ConvertToSingle(position.AsInt32()).AsUInt32() >> 23) & Vector512.Create(0xFFu);
        var open = bits - Vector512.Create(127u);
        var full = Vector512.Load(length);
        if (full == Vector512<uint>.Zero)
        {
            word.Store(direction);
        }
        else
        {
            Spill(word, 0xFFFF, direction, length);
        }

        var pulses = (full << 5) + open;
        pulses.Store(length);
        uint longest = 0;
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            longest = Math.Max(longest, length[lane]);
        }

        return longest;
    }

    /// <summary>The touched cells of a superblock one by one.</summary>
    private void PulseCells(int row, int firstColumn, int super, int slots)
    {
        var touched = _touched.Pointer + super;
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            for (var set = touched[lane]; set != 0; set &= set - 1)
            {
                PulseCell(row, firstColumn, (BitOperations.TrailingZeroCount(set) * Lanes.Count) + lane, slots);
            }
        }
    }

    /// <summary>One cell, <paramref name="offset"/> columns into the superblock whose planes are gathered.</summary>
    private void PulseCell(int row, int firstColumn, int offset, int slots)
    {
        var lane = offset % Lanes.Count;
        var group = offset / Lanes.Count;
        _sequential.Begin();
        for (var s = 0; s < slots; s++)
        {
            if (((_fired[(s * Lanes.Count) + lane] >> group) & 1) != 0)
            {
                _sequential.Append(((_down[(s * Lanes.Count) + lane] >> group) & 1) != 0, 1);
            }
        }

        _sequential.End(row, firstColumn + offset, (row * _stride) + firstColumn + offset);
    }
}
