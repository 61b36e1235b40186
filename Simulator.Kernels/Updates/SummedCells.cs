using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>Collects single constant-step cells whose pulses may be summed, from anywhere on the tile, and updates 16 at a time.</summary>
internal sealed unsafe class SummedCells : IDisposable
{
    private readonly NativeBuffer<float> _gathered = new(5 * Lanes.Count);
    private readonly NativeBuffer<uint> _words = new(2 * Lanes.Count);
    private readonly int[] _index = new int[Lanes.Count];
    private readonly RandomKey _key;
    private CellArrays _cells;
    private float _cycleNoise;
    private float _farthest;
    private float _backward;
    private uint _step;
    private int _count;

    internal SummedCells(RandomKey key) => _key = key;

    /// <summary>Starts an update.</summary>
    internal void Start(in CellArrays cells, float cycleNoise, uint step)
    {
        _cells = cells;
        _cycleNoise = cycleNoise;
        _farthest = PulseSum.Farthest(cycleNoise);
        _backward = PulseSum.Backward(cycleNoise);
        _step = step;
        _count = 0;
    }

    /// <summary>Takes the cell if its pulses may be summed; otherwise nothing happens.</summary>
    /// <returns>Whether the cell was taken.</returns>
    internal bool TryAdd(int row, int column, int index, int upCount, int downCount)
    {
        var weight = _cells.Weights[index];
        var up = upCount == 0 ? 0 : _cells.Up[index];
        var down = downCount == 0 ? 0 : _cells.Down[index];

        // The common bounds of the cell's group decide nearly always and stay in the cache; only then are the cell's own bounds read.
        var group = index / Lanes.Count;
        if (!PulseSum.Fits(weight, up, down, _cells.GroupMaximum[group], _cells.GroupMinimum[group], upCount, downCount, _farthest, _backward)
            && !PulseSum.Fits(weight, up, down, _cells.Maximum[index], _cells.Minimum[index], upCount, downCount, _farthest, _backward))
        {
            return false;
        }

        var gathered = _gathered.Pointer + _count;
        gathered[0] = weight;
        gathered[16] = up;
        gathered[32] = down;
        gathered[48] = upCount;
        gathered[64] = downCount;
        var words = _words.Pointer + _count;
        words[0] = CellAddress.FieldWord(row, column);
        words[16] = CellAddress.FieldLane(column);
        _index[_count] = index;
        if (++_count == Lanes.Count) Flush();
        return true;
    }

    /// <summary>Runs what has been collected.</summary>
    internal void Flush()
    {
        if (_count == 0) return;
        Run(_gathered.Pointer, _words.Pointer, _cycleNoise, _key, _step).Store(_gathered.Pointer);
        for (var lane = 0; lane < _count; lane++)
        {
            _cells.Weights[_index[lane]] = _gathered.Pointer[lane];
        }

        _count = 0;
    }

    private static Vector512<float> Run(float* gathered, uint* words, float cycleNoise, RandomKey key, uint step)
    {
        var normal = Vector512<float>.Zero;
        if (cycleNoise > 0)
        {
            PhiloxLanes.Block(key, Vector512.Load(words), Vector512<uint>.Zero, Vector512<uint>.Zero, Vector512.Create(step),
                out var w0, out var w1, out var w2, out var w3);
            normal = NormalLanes.FromWord(Pick(Vector512.Load(words + 16), w0, w1, w2, w3));
        }

        return PulseSum.Apply(
            Vector512.Load(gathered),
            Vector512.Load(gathered + 16),
            Vector512.Load(gathered + 32),
            Vector512.Load(gathered + 48),
            Vector512.Load(gathered + 64),
            cycleNoise,
            normal);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Pick(Vector512<uint> lane, Vector512<uint> w0, Vector512<uint> w1, Vector512<uint> w2, Vector512<uint> w3)
    {
        var picked = Vector512.ConditionalSelect(Vector512.Equals(lane, Vector512<uint>.One), w1, w0);
        picked = Vector512.ConditionalSelect(Vector512.Equals(lane, Vector512.Create(2u)), w2, picked);
        return Vector512.ConditionalSelect(Vector512.Equals(lane, Vector512.Create(3u)), w3, picked);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gathered.Dispose();
        _words.Dispose();
    }
}
