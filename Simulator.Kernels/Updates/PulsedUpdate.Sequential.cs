using System.Numerics;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <content>Cells whose pulses are applied one by one.</content>
internal sealed unsafe partial class PulsedUpdate<TModel>
{
    /// <summary>From this many cells of a group of 16 on, lockstep of the whole group costs less than collecting them one by one.</summary>
    private const int LockstepCells = 2;

    private const uint AllLanes = 0xFFFF;

    private static Vector512<uint> LaneBits => Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);

    /// <summary>Whole groups of 16 columns in lockstep.</summary>
    private void PulseGroups(int row, int firstColumn, uint groups, int slots)
    {
        if (!TModel.ChangesState)
        {
            while (BitOperations.PopCount(groups) > 1)
            {
                var first = BitOperations.TrailingZeroCount(groups);
                groups &= groups - 1;
                PulsePair(_model, _cells, _fired, _down, slots, _direction, _directionWords, _pulseKey, _address, row, _stride, firstColumn, first,
                    BitOperations.TrailingZeroCount(groups), _lane.Pointer);
                groups &= groups - 1;
            }
        }

        for (; groups != 0; groups &= groups - 1)
        {
            PulseGroup(row, firstColumn, BitOperations.TrailingZeroCount(groups), AllLanes, slots);
        }
    }

    private void PulseGroup(int row, int firstColumn, int group, uint lanes, int slots) => PulseGroup(
        _model, _cells, _fired, _down, slots, _direction, _pulseKey, _stateKey, _address, row, _stride, firstColumn, group, lanes, _lane.Pointer);

    private static void PulsePair(
        TModel model,
        CellArrays cells,
        uint* fired,
        uint* down,
        int slots,
        uint* direction,
        long directionWords,
        RandomKey key,
        UpdateAddress address,
        int row,
        int stride,
        int firstColumn,
        int firstGroup,
        int secondGroup,
        uint* words)
    {
        Describe(out var first, cells, fired, down, slots, direction, row, stride, firstColumn, firstGroup, words);
        Describe(
            out var second, cells, fired, down, slots, direction + directionWords, row, stride, firstColumn, secondGroup, words + Lanes.Count + PulseLockstep.WorkingWords);
        PulseLockstep.Run(model, ref first, ref second, key, address);
        var index = (row * stride) + firstColumn;
        first.Weight.Store(cells.Weights + index + (firstGroup * Lanes.Count));
        second.Weight.Store(cells.Weights + index + (secondGroup * Lanes.Count));
    }

    private static void Describe(
        out PulseGroupArguments to, CellArrays cells, uint* fired, uint* down, int slots, uint* direction, int row, int stride, int firstColumn, int group, uint* words)
    {
        var column = firstColumn + (group * Lanes.Count);
        var index = (row * stride) + column;
        to = default;
        to.LengthMax = DirectionList.Build(fired, down, slots, group, direction, words);
        to.Length = Vector512.Load(words);
        to.Weight = Vector512.Load(cells.Weights + index);
        to.Cell = cells.Load<TModel>(index);
        to.Directions = direction;
        to.CellWord = Vector512.Create(CellAddress.EventCell(row, column)) + Vector512<uint>.Indices;
        to.EventHigh = Vector512.Create(CellAddress.EventHigh(column));
        to.Words = words + Lanes.Count;
    }

    private static void PulseGroup(
        TModel model,
        CellArrays cells,
        uint* fired,
        uint* down,
        int slots,
        uint* direction,
        RandomKey key,
        RandomKey stateKey,
        UpdateAddress address,
        int row,
        int stride,
        int firstColumn,
        int group,
        uint lanes,
        uint* words)
    {
        var column = firstColumn + (group * Lanes.Count);
        var index = (row * stride) + column;
        var longest = DirectionList.Build(fired, down, slots, group, direction, words);
        var length = Vector512.Load(words);
        if (lanes != AllLanes)
        {
            length = Vector512.ConditionalSelect(Vector512.Equals(Vector512.Create(lanes) & LaneBits, Vector512<uint>.Zero), Vector512<uint>.Zero, length);
            longest = DirectionList.LaneMaximum(length);
        }

        var cellWord = Vector512.Create(CellAddress.EventCell(row, column)) + Vector512<uint>.Indices;
        var eventHigh = Vector512.Create(CellAddress.EventHigh(column));
        var cell = cells.Load<TModel>(index);
        PulseLockstep.Run(model, Vector512.Load(cells.Weights + index), ref cell, direction, length, longest, key, stateKey, address, cellWord, eventHigh, words + 16)
            .Store(cells.Weights + index);
        if (TModel.ChangesState) cell.ExtraC.Store(cells.ExtraC + index);
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
