using System.Runtime.Intrinsics;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// Collects single cells with their lists of pulses, from anywhere on the tile, and works through 16 at a time. The place of a cell in the
/// collection is no part of any address, so it does not matter which cells share a vector.
/// </summary>
internal sealed unsafe class SequentialCells<TModel> : IDisposable
    where TModel : struct, IPulseModel
{
    private const int Arrays = 8;
    private readonly NativeBuffer<float> _gathered = new(Arrays * Lanes.Count);
    private readonly NativeBuffer<uint> _words = new((3 * Lanes.Count) + PulseLockstep.WorkingWords);
    private readonly int[] _index = new int[Lanes.Count];
    private readonly ScratchBuffer<uint> _directions = new();
    private readonly RandomKey _key;
    private readonly RandomKey _stateKey;
    private TModel _model;
    private CellArrays _cells;
    private uint* _direction;
    private UpdateAddress _address;
    private uint _length;
    private int _count;

    /// <summary>Creates an empty collection for a tile.</summary>
    internal SequentialCells(TileIdentity tile)
    {
        _key = RandomKey.Derive(tile, RandomStream.PulseNoise, PulseNoiseSite.Weight);
        _stateKey = RandomKey.Derive(tile, RandomStream.PulseNoise, PulseNoiseSite.State);
    }

    /// <summary>Bytes held.</summary>
    internal long Bytes => _directions.Bytes + _gathered.Bytes + _words.Bytes;

    /// <summary>Starts an update.</summary>
    /// <param name="model">The device.</param>
    /// <param name="cells">The tile's arrays.</param>
    /// <param name="address">Where the draws begin.</param>
    /// <param name="pulsesMax">No cell gets more pulses than this.</param>
    internal void Start(TModel model, in CellArrays cells, UpdateAddress address, int pulsesMax)
    {
        _model = model;
        _cells = cells;
        _address = address;
        _count = 0;
        _direction = _directions.Reserve(DirectionWords(pulsesMax));
    }

    /// <summary>Words of a direction buffer for 16 cells; the word behind a full one is written but never read.</summary>
    internal static long DirectionWords(int pulsesMax) => ((pulsesMax / 32) + 2L) * Lanes.Count;

    /// <summary>Opens a cell's list of pulses.</summary>
    internal void Begin()
    {
        _length = 0;
        _direction[_count] = 0;
    }

    /// <summary>Appends pulses of one direction to the open list.</summary>
    internal void Append(bool down, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var word = _direction + (_length / 32 * Lanes.Count) + _count;
            if (down) *word |= 1u << (int)(_length & 31);
            _length++;
            if ((_length & 31) == 0) word[Lanes.Count] = 0;
        }
    }

    /// <summary>Closes the list of the given cell; runs when 16 cells have come together.</summary>
    internal void End(int row, int column, int index)
    {
        var lane = _count;
        var gathered = _gathered.Pointer + lane;
        gathered[0 * Lanes.Count] = _cells.Weights[index];
        gathered[1 * Lanes.Count] = _cells.Maximum[index];
        gathered[2 * Lanes.Count] = _cells.Minimum[index];
        gathered[3 * Lanes.Count] = _cells.Up[index];
        gathered[4 * Lanes.Count] = _cells.Down[index];
        if (TModel.ExtraArrays > 0) gathered[5 * Lanes.Count] = _cells.ExtraA[index];
        if (TModel.ExtraArrays > 1) gathered[6 * Lanes.Count] = _cells.ExtraB[index];
        if (TModel.ExtraArrays > 2) gathered[7 * Lanes.Count] = _cells.ExtraC[index];
        var words = _words.Pointer + lane;
        words[0] = _length;
        words[Lanes.Count] = CellAddress.EventCell(row, column);
        words[2 * Lanes.Count] = CellAddress.EventHigh(column);
        _index[lane] = index;
        if (++_count == Lanes.Count) Flush();
    }

    /// <summary>Runs what has been collected.</summary>
    internal void Flush()
    {
        if (_count == 0) return;
        var words = _words.Pointer;
        new Span<uint>(words + _count, Lanes.Count - _count).Clear();
        Run(_model, _gathered.Pointer, words, _direction, _key, _stateKey, _address);
        for (var lane = 0; lane < _count; lane++)
        {
            _cells.Weights[_index[lane]] = _gathered.Pointer[lane];
            if (TModel.ChangesState) _cells.ExtraC[_index[lane]] = _gathered.Pointer[(7 * Lanes.Count) + lane];
        }

        _count = 0;
    }

    private static void Run(TModel model, float* gathered, uint* words, uint* direction, RandomKey key, RandomKey stateKey, UpdateAddress address)
    {
        var longest = DirectionList.LaneMaximum(Vector512.Load(words));
        var cell = new CellLanes(
            Vector512.Load(gathered + 16),
            Vector512.Load(gathered + 32),
            Vector512.Load(gathered + 48),
            Vector512.Load(gathered + 64),
            Vector512.Load(gathered + 80),
            Vector512.Load(gathered + 96),
            Vector512.Load(gathered + 112),
            default);
        PulseLockstep.Run(model, Vector512.Load(gathered), ref cell, direction, Vector512.Load(words), longest, key, stateKey, address,
            Vector512.Load(words + 16), Vector512.Load(words + 32), words + 48).Store(gathered);
        if (TModel.ChangesState) cell.ExtraC.Store(gathered + 112);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gathered.Dispose();
        _words.Dispose();
        _directions.Dispose();
    }
}
