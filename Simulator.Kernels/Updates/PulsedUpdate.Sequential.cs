using System.Numerics;
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
            PulseGroup(_model, _cells, _fired, _down, slots, _direction, _pulseKey, _step, row, _stride, firstColumn, BitOperations.TrailingZeroCount(groups));
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
        int group)
    {
        var column = firstColumn + (group * Lanes.Count);
        var index = (row * stride) + column;
        var length = Directions(fired, down, slots, group, direction, out var longest);
        var cellWord = Vector512.Create(CellAddress.EventCell(row, column)) + Vector512<uint>.Indices;
        var eventHigh = Vector512.Create(CellAddress.EventHigh(column));
        var cell = cells.Load<TModel>(index);
        PulseLockstep.Run(model, Vector512.Load(cells.Weights + index), cell, direction, length, longest, key, step, cellWord, eventHigh)
            .Store(cells.Weights + index);
    }

    /// <summary>
    /// Appends, slot by slot, one bit to the list of every column that fires. The position is kept as a single set bit that moves up; when it
    /// leaves the word, the word is full and goes to the buffer.
    /// </summary>
    /// <returns>The lengths of the lists.</returns>
    private static Vector512<uint> Directions(uint* fired, uint* down, int slots, int group, uint* direction, out uint longest)
    {
        var word = Vector512<uint>.Zero;
        var position = Vector512<uint>.One;
        var full = Vector512<uint>.Zero;
        for (var s = 0; s < slots; s++)
        {
            var any = Vector512.ShiftRightLogical(Vector512.Load(fired + (s * Lanes.Count)), group) & Vector512<uint>.One;
            var downs = Vector512.ShiftRightLogical(Vector512.Load(down + (s * Lanes.Count)), group) & Vector512<uint>.One;
            word |= position & (Vector512<uint>.Zero - downs);
            position += position & (Vector512<uint>.Zero - any);
            if (s >= 31 && Vector512.EqualsAny(position, Vector512<uint>.Zero)) Spill(ref word, ref position, ref full, direction);
        }

        longest = 0;
        var length = Vector512<uint>.Zero;
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            direction[(full[lane] * Lanes.Count) + lane] = word[lane];
            var pulses = (full[lane] * 32) + (uint)BitOperations.TrailingZeroCount(position[lane]);
            longest = Math.Max(longest, pulses);
            length = length.WithElement(lane, pulses);
        }

        return length;
    }

    /// <summary>Stores the full words and starts new ones.</summary>
    private static void Spill(ref Vector512<uint> word, ref Vector512<uint> position, ref Vector512<uint> full, uint* direction)
    {
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            if (position[lane] != 0) continue;
            direction[(full[lane] * Lanes.Count) + lane] = word[lane];
        }

        var spilled = Vector512.Equals(position, Vector512<uint>.Zero);
        word = Vector512.AndNot(word, spilled);
        position |= spilled & Vector512<uint>.One;
        full -= spilled;
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
