using System.Numerics;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>The slots in which a row fires, in the order of the samples. 16 rows are scanned together, so silent rows cost next to nothing.</summary>
internal sealed unsafe class RowActivity : IDisposable
{
    private readonly ScratchBuffer<ulong> _activeWords = new();
    private readonly ScratchBuffer<long> _plane = new();
    private readonly ScratchBuffer<long> _sample = new();
    private readonly ScratchBuffer<uint> _flip = new();
    private ulong* _active;
    private int _longs;

    /// <summary>[slot of the list]: slot of the batch.</summary>
    internal long* Plane { get; private set; }

    /// <summary>[slot of the list]: vector of the batch.</summary>
    internal long* Sample { get; private set; }

    /// <summary>[slot of the list]: all ones if d is positive. Negative columns XOR this are the columns of down pulses.</summary>
    internal uint* Flip { get; private set; }

    /// <summary>Bytes held.</summary>
    internal long Bytes => _activeWords.Bytes + _plane.Bytes + _sample.Bytes + _flip.Bytes;

    /// <summary>Makes room for the trains of a mini-batch.</summary>
    internal void Reserve(PulseTrains trains)
    {
        _longs = (trains.WordCount + 63) / 64;
        _active = _activeWords.Reserve((long)_longs * Lanes.Count);
        Plane = _plane.Reserve(trains.SlotCount);
        Sample = _sample.Reserve(trains.SlotCount);
        Flip = _flip.Reserve(trains.SlotCount);
    }

    /// <summary>Finds the words that are not zero for rows <paramref name="firstRow"/> to <paramref name="firstRow"/> + 15.</summary>
    internal void Scan(PulseTrains trains, int firstRow)
    {
        new Span<ulong>(_active, _longs * Lanes.Count).Clear();
        var words = trains.RowWords + firstRow;
        for (var w = 0; w < trains.WordCount; w++)
        {
            var lanes = (uint)(Vector512.Equals(Vector512.Load(words + ((long)w * trains.RowStride)), Vector512<uint>.Zero)
                .ExtractMostSignificantBits() ^ 0xFFFF);
            for (; lanes != 0; lanes &= lanes - 1)
            {
                _active[(BitOperations.TrailingZeroCount(lanes) * _longs) + (w >> 6)] |= 1UL << (w & 63);
            }
        }
    }

    /// <summary>Lists the active slots of a row of the scanned block.</summary>
    /// <returns>How many.</returns>
    internal int List(PulseTrains trains, int row, ReadOnlySpan<float> d, int rows)
    {
        var count = 0;
        var active = _active + ((row % Lanes.Count) * _longs);
        for (var group = 0; group < _longs; group++)
        {
            for (var set = active[group]; set != 0; set &= set - 1)
            {
                var word = (group * 64) + BitOperations.TrailingZeroCount(set);
                var sample = trains.WordSample[word];
                var flip = d[(sample * rows) + row] > 0 ? uint.MaxValue : 0;
                for (var bits = trains.RowWords[((long)word * trains.RowStride) + row]; bits != 0; bits &= bits - 1)
                {
                    Plane[count] = trains.WordFirstPlane[word] + BitOperations.TrailingZeroCount(bits);
                    Sample[count] = sample;
                    Flip[count++] = flip;
                }
            }
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _activeWords.Dispose();
        _plane.Dispose();
        _sample.Dispose();
        _flip.Dispose();
    }
}
