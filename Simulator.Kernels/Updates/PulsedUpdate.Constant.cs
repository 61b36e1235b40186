using System.Numerics;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <content>Cells whose step law does not depend on the weight: counts first, one sum where no bound is in reach.</content>
internal sealed unsafe partial class PulsedUpdate<TModel>
{
    /// <summary>Whole groups of 16 columns; 64 columns share one Philox block.</summary>
    private void SumGroups(int row, int firstColumn, uint groups, int slots, int totalPlanes, int downPlanes)
    {
        for (var group = 0; group < 32; group += 4)
        {
            var set = (groups >> group) & 15;
            if (set == 0) continue;
            var missed = SumBlock(
                _cells, _drawState.Pointer, _totalPlanes, totalPlanes, _downPlanes, downPlanes, row, _stride, firstColumn, group, set, _model.CycleNoise);
            for (var g = group; missed != 0; g++, missed >>= Lanes.Count)
            {
                PulseMissed(row, firstColumn, g, (uint)missed & AllLanes, slots);
            }
        }
    }

    /// <summary>Pulse by pulse for the cells of a group that could reach a bound.</summary>
    private void PulseMissed(int row, int firstColumn, int group, uint lanes, int slots)
    {
        if (BitOperations.PopCount(lanes) >= LockstepCells)
        {
            PulseGroup(row, firstColumn, group, lanes, slots);
            return;
        }

        for (; lanes != 0; lanes &= lanes - 1)
        {
            PulseCell(row, firstColumn, (group * Lanes.Count) + BitOperations.TrailingZeroCount(lanes), slots);
        }
    }

    /// <summary>64 columns.</summary>
    /// <returns>Bit c: column c of the 64 was pulsed but could reach a bound, and was left alone.</returns>
    private static ulong SumBlock(
        CellArrays cells,
        uint* drawState,
        uint* total,
        int totalPlanes,
        uint* down,
        int downPlanes,
        int row,
        int stride,
        int firstColumn,
        int group,
        uint set,
        float cycleNoise)
    {
        var column = firstColumn + (group * Lanes.Count);
        var words = drawState + PhiloxRow.StateLength;
        if (cycleNoise > 0) DrawWords(drawState, PhiloxRow.Cell(row, column), words);
        var farthest = PulseSum.Farthest(cycleNoise);
        var backward = PulseSum.Backward(cycleNoise);
        var index = (row * stride) + column;
        ulong missed = 0;
        for (; set != 0; set &= set - 1)
        {
            var g = BitOperations.TrailingZeroCount(set);
            var at = index + (g * Lanes.Count);
            var totalCount = BitPlaneCounter.Extract(total, totalPlanes, group + g);
            var downs = BitPlaneCounter.Extract(down, downPlanes, group + g);
            var downCount = Vector512.ConvertToSingle(downs.AsInt32());
            var upCount = Vector512.ConvertToSingle((totalCount - downs).AsInt32());
            var weight = Vector512.Load(cells.Weights + at);
            var upStep = Vector512.Load(cells.Up + at);
            var downStep = Vector512.Load(cells.Down + at);
            var maximum = Vector512.Create(cells.GroupMaximum[at / Lanes.Count]);
            var minimum = Vector512.Create(cells.GroupMinimum[at / Lanes.Count]);
            var idle = Vector512.Equals(totalCount, Vector512<uint>.Zero).AsSingle();
            var take = Vector512.AndNot(PulseSum.Fits(weight, upStep, downStep, maximum, minimum, upCount, downCount, farthest, backward), idle);
            if ((take | idle).ExtractMostSignificantBits() != 0xFFFF)
            {
                // Some cell comes close to its group's tightest bound: ask each cell's own.
                maximum = Vector512.Load(cells.Maximum + at);
                minimum = Vector512.Load(cells.Minimum + at);
                take = Vector512.AndNot(PulseSum.Fits(weight, upStep, downStep, maximum, minimum, upCount, downCount, farthest, backward), idle);
                missed |= ((take | idle).ExtractMostSignificantBits() ^ 0xFFFF) << (g * Lanes.Count);
            }

            var normal = cycleNoise > 0 ? NormalLanes.FromWord(Vector512.Load(words + (g * Lanes.Count))) : Vector512<float>.Zero;
            var next = PulseSum.Apply(weight, upStep, downStep, upCount, downCount, cycleNoise, normal);
            Vector512.ConditionalSelect(take, next, weight).Store(cells.Weights + at);
        }

        return missed;
    }

    private static void DrawWords(uint* drawState, uint cell, uint* words)
    {
        PhiloxRow.Block(drawState, cell, out var w0, out var w1, out var w2, out var w3);
        w0.Store(words);
        w1.Store(words + 16);
        w2.Store(words + 32);
        w3.Store(words + 48);
    }

    /// <summary>Only the touched cells of some groups.</summary>
    private void SumCells(int row, int firstColumn, uint groups, int slots, int totalPlanes, int downPlanes)
    {
        var missed = _missed.Pointer;
        var index = (row * _stride) + firstColumn;
        Prefetch.Groups<TModel>(_cells, index, groups);
        if (!_summed.Add(row, firstColumn, index, groups, _totalPlanes, totalPlanes, _downPlanes, downPlanes, missed)) return;
        for (; groups != 0; groups &= groups - 1)
        {
            var group = BitOperations.TrailingZeroCount(groups);
            for (var left = missed[group]; left != 0; left &= left - 1)
            {
                PulseCell(row, firstColumn, (group * Lanes.Count) + BitOperations.TrailingZeroCount(left), slots);
            }
        }
    }
}
