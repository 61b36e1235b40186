using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// Collects single constant-step cells whose pulses may be summed, from anywhere on the tile, and draws for 16 at a time. The place of a cell in
/// the collection is no part of any address, so it does not matter which cells share a vector.
/// </summary>
internal sealed unsafe class SummedCells : IDisposable
{
    // Vectors run only when this many cells wait: a vector load of what several overlapping stores have just written waits for all of them to drain.
    private const int Enough = 256;

    // What waits, a superblock of 512, and the 16 that the last store of a group may write behind its end; no multiple of a page.
    private const int Capacity = Enough + 528;

    // Arrays of the list, Capacity apart.
    private const int Mean = 0;
    private const int Variance = Capacity;
    private const int Index = 2 * Capacity;
    private const int FieldWord = 3 * Capacity;
    private const int FieldLane = 4 * Capacity;
    private readonly NativeBuffer<float> _list = new(5 * Capacity);
    private readonly RandomKey _key;
    private CellArrays _cells;
    private float _cycleNoise;
    private UpdateAddress _address;
    private int _count;

    internal SummedCells(RandomKey key) => _key = key;

    /// <summary>Bytes held.</summary>
    internal long Bytes => _list.Bytes;

    /// <summary>Starts an update.</summary>
    internal void Start(in CellArrays cells, float cycleNoise, UpdateAddress address)
    {
        _cells = cells;
        _cycleNoise = cycleNoise;
        _address = address;
        _count = 0;
    }

    /// <summary>Takes the cell if its pulses may be summed; otherwise nothing happens.</summary>
    /// <returns>Whether the cell was taken.</returns>
    internal bool TryAdd(int row, int column, int index, int upCount, int downCount)
    {
        var weight = _cells.Weights[index];
        var up = _cells.Up[index];
        var down = _cells.Down[index];
        if (!PulseSum.Fits(weight, up, down, _cells.Maximum[index], _cells.Minimum[index], upCount, downCount,
            PulseSum.Farthest(_cycleNoise), PulseSum.Backward(_cycleNoise)))
        {
            return false;
        }

        var at = _list.Pointer + _count;
        at[Mean] = weight + PulseSum.Mean(up, down, upCount, downCount);
        at[Variance] = PulseSum.Variance(up, down, upCount, downCount);
        ((int*)at)[Index] = index;
        ((uint*)at)[FieldWord] = CellAddress.FieldWord(row, column);
        ((uint*)at)[FieldLane] = CellAddress.FieldLane(column);
        if (++_count >= Enough) RunFull();
        return true;
    }

    /// <summary>Takes the touched cells of some groups of 16 columns of one superblock.</summary>
    /// <param name="row">Their row.</param>
    /// <param name="firstColumn">First column of the superblock.</param>
    /// <param name="index">Cell of that column.</param>
    /// <param name="groups">Bit g: group g has touched cells.</param>
    /// <param name="total">Counts of pulses as bit planes.</param>
    /// <param name="totalPlanes">How many planes.</param>
    /// <param name="down">Counts of down pulses.</param>
    /// <param name="downPlanes">How many planes.</param>
    /// <param name="missed">[group]: lanes that were pulsed but could reach a bound and were left alone; written for the given groups if any was.</param>
    /// <returns>Whether any cell was left alone.</returns>
    internal bool Add(int row, int firstColumn, int index, uint groups, uint* total, int totalPlanes, uint* down, int downPlanes, uint* missed)
    {
        _count = Collect(
            _cells, _cycleNoise, _list.Pointer, _count, (uint)row << 16, firstColumn, index, groups, total, totalPlanes, down, downPlanes, missed, out var any);
        if (_count >= Enough) RunFull();
        return any != 0;
    }

    private static int Collect(
        CellArrays cells,
        float cycleNoise,
        float* list,
        int count,
        uint rowWord,
        int firstColumn,
        int firstIndex,
        uint groups,
        uint* total,
        int totalPlanes,
        uint* down,
        int downPlanes,
        uint* missed,
        out uint anyMissed)
    {
        var farthest = PulseSum.Farthest(cycleNoise);
        var backward = PulseSum.Backward(cycleNoise);
        anyMissed = 0;
        for (; groups != 0; groups &= groups - 1)
        {
            var group = BitOperations.TrailingZeroCount(groups);
            var index = firstIndex + (group * Lanes.Count);
            var totals = BitPlaneCounter.Extract(total, totalPlanes, group);
            var downs = BitPlaneCounter.Extract(down, downPlanes, group);
            var downCount = Vector512.ConvertToSingle(downs.AsInt32());
            var upCount = Vector512.ConvertToSingle((totals - downs).AsInt32());
            var weight = Vector512.Load(cells.Weights + index);
            var upStep = Vector512.Load(cells.Up + index);
            var downStep = Vector512.Load(cells.Down + index);
            var maximum = Vector512.Create(cells.GroupMaximum[index / Lanes.Count]);
            var minimum = Vector512.Create(cells.GroupMinimum[index / Lanes.Count]);
            var idle = Vector512.Equals(totals, Vector512<uint>.Zero).AsSingle();
            var take = Vector512.AndNot(PulseSum.Fits(weight, upStep, downStep, maximum, minimum, upCount, downCount, farthest, backward), idle);
            var left = (uint)(take | idle).ExtractMostSignificantBits() ^ 0xFFFF;
            if (left != 0)
            {
                // Some cell comes close to its group's tightest bound: ask each cell's own.
                maximum = Vector512.Load(cells.Maximum + index);
                minimum = Vector512.Load(cells.Minimum + index);
                take = Vector512.AndNot(PulseSum.Fits(weight, upStep, downStep, maximum, minimum, upCount, downCount, farthest, backward), idle);
                left = (uint)(take | idle).ExtractMostSignificantBits() ^ 0xFFFF;
                anyMissed |= left;
            }

            missed[group] = left;
            var at = list + count;
            LaneCompression.Store(weight + PulseSum.Mean(upStep, downStep, upCount, downCount), take, at + Mean);
            LaneCompression.Store(PulseSum.Variance(upStep, downStep, upCount, downCount), take, at + Variance);
            LaneCompression.Store((Vector512<uint>.Indices + Vector512.Create((uint)index)).AsSingle(), take, at + Index);
            var column = firstColumn + (group * Lanes.Count);
            var word = rowWord | CellAddress.FieldWord(0, column);
            (Vector512.Load((uint*)at + Index) + Vector512.Create(word - (uint)index)).Store((uint*)at + FieldWord);
            Vector512.Create(CellAddress.FieldLane(column)).Store((uint*)at + FieldLane);
            count += BitOperations.PopCount((uint)take.ExtractMostSignificantBits());
        }

        return count;
    }

    /// <summary>Runs whole vectors and keeps the rest.</summary>
    private void RunFull()
    {
        var list = _list.Pointer;
        var done = _count & -Lanes.Count;
        Run(list, _cells.Weights, _cycleNoise, _key, _address, done);
        for (var array = 0; array < 5 * Capacity; array += Capacity)
        {
            Vector512.Load(list + array + done).Store(list + array);
        }

        _count -= done;
    }

    /// <summary>Runs what has been collected.</summary>
    internal void Flush()
    {
        if (_count == 0) return;
        Run(_list.Pointer, _cells.Weights, _cycleNoise, _key, _address, _count);
        _count = 0;
    }

    private static void Run(float* list, float* weights, float cycleNoise, RandomKey key, UpdateAddress address, int count)
    {
        for (var first = 0; cycleNoise > 0 && first < count; first += Lanes.Count)
        {
            var at = list + first;
            PhiloxLanes.Block(key, Vector512.Load((uint*)at + FieldWord), Vector512<uint>.Zero, Vector512.Create(address.Vector), Vector512.Create(address.Step),
                out var w0, out var w1, out var w2, out var w3);
            var normal = NormalLanes.FromWord(Pick(Vector512.Load((uint*)at + FieldLane), w0, w1, w2, w3));
            PulseSum.Draw(Vector512.Load(at + Mean), Vector512.Load(at + Variance), cycleNoise, normal).Store(at + Mean);
        }

        var index = (int*)list + Index;
        for (var cell = 0; cell < count; cell++)
        {
            weights[index[cell]] = list[cell];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Pick(Vector512<uint> lane, Vector512<uint> w0, Vector512<uint> w1, Vector512<uint> w2, Vector512<uint> w3)
    {
        var picked = Vector512.ConditionalSelect(Vector512.Equals(lane, Vector512<uint>.One), w1, w0);
        picked = Vector512.ConditionalSelect(Vector512.Equals(lane, Vector512.Create(2u)), w2, picked);
        return Vector512.ConditionalSelect(Vector512.Equals(lane, Vector512.Create(3u)), w3, picked);
    }

    /// <inheritdoc/>
    public void Dispose() => _list.Dispose();
}
