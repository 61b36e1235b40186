using System.Numerics;
using System.Runtime.CompilerServices;
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
            for (; missed != 0; missed &= missed - 1)
            {
                PulseCell(row, firstColumn, (group * Lanes.Count) + BitOperations.TrailingZeroCount(missed), slots);
            }
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
        Vector512<uint> w0 = default, w1 = default, w2 = default, w3 = default;
        var column = firstColumn + (group * Lanes.Count);
        if (cycleNoise > 0) PhiloxRow.Block(drawState, PhiloxRow.Cell(row, column), out w0, out w1, out w2, out w3);
        var index = (row * stride) + column;
        ulong missed = 0;
        if ((set & 1) != 0) missed |= SumGroup(cells, index, total, totalPlanes, down, downPlanes, group, w0, cycleNoise);
        if ((set & 2) != 0) missed |= SumGroup(cells, index + 16, total, totalPlanes, down, downPlanes, group + 1, w1, cycleNoise) << 16;
        if ((set & 4) != 0) missed |= SumGroup(cells, index + 32, total, totalPlanes, down, downPlanes, group + 2, w2, cycleNoise) << 32;
        if ((set & 8) != 0) missed |= SumGroup(cells, index + 48, total, totalPlanes, down, downPlanes, group + 3, w3, cycleNoise) << 48;
        return missed;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SumGroup(
        in CellArrays cells, int index, uint* total, int totalPlanes, uint* down, int downPlanes, int group, Vector512<uint> word, float cycleNoise)
    {
        var totalCount = BitPlaneCounter.Extract(total, totalPlanes, group);
        var downs = BitPlaneCounter.Extract(down, downPlanes, group);
        var downCount = Vector512.ConvertToSingle(downs.AsInt32());
        var upCount = Vector512.ConvertToSingle((totalCount - downs).AsInt32());
        var weight = Vector512.Load(cells.Weights + index);
        var upStep = Vector512.Load(cells.Up + index);
        var downStep = Vector512.Load(cells.Down + index);
        var maximum = Vector512.Load(cells.Maximum + index);
        var minimum = Vector512.Load(cells.Minimum + index);
        var fits = PulseSum.Fits(
            weight, upStep, downStep, maximum, minimum, upCount, downCount, PulseSum.Farthest(cycleNoise), PulseSum.Backward(cycleNoise));
        var normal = cycleNoise > 0 ? NormalLanes.FromWord(word) : Vector512<float>.Zero;
        var next = PulseSum.Apply(weight, upStep, downStep, maximum, minimum, upCount, downCount, cycleNoise, normal);
        var idle = Vector512.Equals(totalCount, Vector512<uint>.Zero).AsSingle();
        Vector512.ConditionalSelect(Vector512.AndNot(fits, idle), next, weight).Store(cells.Weights + index);
        return (fits | idle).ExtractMostSignificantBits() ^ 0xFFFF;
    }

    /// <summary>The touched cells of a superblock one by one.</summary>
    private void SumCells(int row, int firstColumn, int super, int slots, int totalPlanes, int downPlanes)
    {
        var touched = _touched.Pointer + super;
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            for (var set = touched[lane]; set != 0; set &= set - 1)
            {
                var group = BitOperations.TrailingZeroCount(set);
                var offset = (group * Lanes.Count) + lane;
                var column = firstColumn + offset;
                var total = BitPlaneCounter.ExtractOne(_totalPlanes, totalPlanes, lane, group);
                var down = BitPlaneCounter.ExtractOne(_downPlanes, downPlanes, lane, group);
                if (!_summed.TryAdd(row, column, (row * _stride) + column, total - down, down))
                {
                    PulseCell(row, firstColumn, offset, slots);
                }
            }
        }
    }
}
