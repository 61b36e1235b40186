using System.Numerics;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// Collects cells whose lists of pulses fit one word, from anywhere on the tile, and works through 16 at a time. The place of a cell in the collection
/// is no part of any address, so it does not matter which cells share a vector.
/// </summary>
internal sealed unsafe class ShortCells<TModel> : IDisposable
    where TModel : struct, IPulseModel
{
    /// <summary>The longest list.</summary>
    internal const int PulsesMax = DirectionList.SlotsPerChunk;

    // Up to 15 cells are left over when a group of 16 comes.
    private const int Capacity = 2 * Lanes.Count;

    // Arrays of the list, Capacity apart.
    private const int Weight = 0;
    private const int Maximum = Capacity;
    private const int Minimum = 2 * Capacity;
    private const int Up = 3 * Capacity;
    private const int Down = 4 * Capacity;
    private const int ExtraA = 5 * Capacity;
    private const int ExtraB = 6 * Capacity;
    private const int ExtraC = 7 * Capacity;
    private const int Directions = 8 * Capacity;
    private const int Length = 9 * Capacity;
    private const int Index = 10 * Capacity;
    private const int EventCell = 11 * Capacity;
    private const int EventHigh = 12 * Capacity;
    private const int Arrays = 13;
    private readonly NativeBuffer<float> _list = new((Arrays * Capacity) + PulseLockstep.WorkingWords);
    private readonly RandomKey _key;
    private readonly RandomKey _stateKey;
    private TModel _model;
    private CellArrays _cells;
    private UpdateAddress _address;
    private int _count;

    /// <summary>Creates an empty collection for a tile.</summary>
    internal ShortCells(TileIdentity tile)
    {
        _key = RandomKey.Derive(tile, RandomStream.PulseNoise, PulseNoiseSite.Weight);
        _stateKey = RandomKey.Derive(tile, RandomStream.PulseNoise, PulseNoiseSite.State);
    }

    /// <summary>Bytes held.</summary>
    internal long Bytes => _list.Bytes;

    /// <summary>Starts an update.</summary>
    internal void Start(TModel model, in CellArrays cells, UpdateAddress address)
    {
        _model = model;
        _cells = cells;
        _address = address;
        _count = 0;
    }

    /// <summary>Takes the touched cells of some groups of 16 columns of one superblock.</summary>
    /// <param name="row">Their row.</param>
    /// <param name="firstColumn">First column of the superblock.</param>
    /// <param name="index">Cell of that column.</param>
    /// <param name="groups">Bit g: group g has touched cells.</param>
    /// <param name="fired">[slot][16 words]: planes of the columns that fire.</param>
    /// <param name="down">[slot][16 words]: those of them that get a down pulse.</param>
    /// <param name="slots">Number of slots, at most <see cref="PulsesMax"/>.</param>
    internal void Add(int row, int firstColumn, int index, uint groups, uint* fired, uint* down, int slots)
    {
        Prefetch.Groups<TModel>(_cells, index, groups);
        for (; groups != 0; groups &= groups - 1)
        {
            var group = BitOperations.TrailingZeroCount(groups);
            var column = firstColumn + (group * Lanes.Count);
            _count += Collect(
                _cells, _list.Pointer + _count, index + (group * Lanes.Count), CellAddress.EventCell(row, column), CellAddress.EventHigh(column), fired, down, slots, group);
            if (_count >= Lanes.Count) RunFull();
        }
    }

    private static int Collect(CellArrays cells, float* at, int index, uint eventCell, uint eventHigh, uint* fired, uint* down, int slots, int group)
    {
        var word = DirectionList.Chunk(fired, down, slots, group, out var length);
        var take = Vector512.GreaterThan(length, Vector512<uint>.Zero).AsSingle();
        LaneCompression.Store(Vector512.Load(cells.Weights + index), take, at + Weight);
        LaneCompression.Store(Vector512.Load(cells.Maximum + index), take, at + Maximum);
        LaneCompression.Store(Vector512.Load(cells.Minimum + index), take, at + Minimum);
        LaneCompression.Store(Vector512.Load(cells.Up + index), take, at + Up);
        LaneCompression.Store(Vector512.Load(cells.Down + index), take, at + Down);
        if (TModel.ExtraArrays > 0) LaneCompression.Store(Vector512.Load(cells.ExtraA + index), take, at + ExtraA);
        if (TModel.ExtraArrays > 1) LaneCompression.Store(Vector512.Load(cells.ExtraB + index), take, at + ExtraB);
        if (TModel.ExtraArrays > 2) LaneCompression.Store(Vector512.Load(cells.ExtraC + index), take, at + ExtraC);
        LaneCompression.Store(word.AsSingle(), take, at + Directions);
        LaneCompression.Store(length.AsSingle(), take, at + Length);
        LaneCompression.Store((Vector512<uint>.Indices + Vector512.Create((uint)index)).AsSingle(), take, at + Index);
        (Vector512.Load((uint*)at + Index) + Vector512.Create(eventCell - (uint)index)).Store((uint*)at + EventCell);
        Vector512.Create(eventHigh).Store((uint*)at + EventHigh);
        return BitOperations.PopCount((uint)take.ExtractMostSignificantBits());
    }

    /// <summary>Runs one whole vector and keeps the rest.</summary>
    private void RunFull()
    {
        Run(_model, _list.Pointer, _cells, _key, _stateKey, _address, Lanes.Count);
        _count -= Lanes.Count;
        for (var array = _list.Pointer; array < _list.Pointer + (Arrays * Capacity); array += Capacity)
        {
            Vector512.Load(array + Lanes.Count).Store(array);
        }
    }

    /// <summary>Runs what has been collected.</summary>
    internal void Flush()
    {
        if (_count == 0) return;
        var open = new Span<float>(_list.Pointer + Length + _count, Lanes.Count - _count);
        open.Clear();
        Run(_model, _list.Pointer, _cells, _key, _stateKey, _address, _count);
        _count = 0;
    }

    private static void Run(TModel model, float* list, CellArrays cells, RandomKey key, RandomKey stateKey, UpdateAddress address, int count)
    {
        var length = Vector512.Load((uint*)list + Length);
        var longest = DirectionList.LaneMaximum(length);
        var cell = new CellLanes(
            Vector512.Load(list + Maximum),
            Vector512.Load(list + Minimum),
            Vector512.Load(list + Up),
            Vector512.Load(list + Down),
            Vector512.Load(list + ExtraA),
            Vector512.Load(list + ExtraB),
            Vector512.Load(list + ExtraC),
            default);
        PulseLockstep.Run(
            model,
            Vector512.Load(list + Weight),
            ref cell,
            (uint*)list + Directions,
            length,
            longest,
            key,
            stateKey,
            address,
            Vector512.Load((uint*)list + EventCell),
            Vector512.Load((uint*)list + EventHigh),
            (uint*)list + (Arrays * Capacity)).Store(list + Weight);
        if (TModel.ChangesState) cell.ExtraC.Store(list + ExtraC);
        var weights = cells.Weights;
        var index = (int*)list + Index;
        for (var lane = 0; lane < count; lane++)
        {
            weights[index[lane]] = list[lane];
            if (TModel.ChangesState) cells.ExtraC[index[lane]] = list[ExtraC + lane];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _list.Dispose();
}
