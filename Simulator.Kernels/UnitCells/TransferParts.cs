using Tessera.Kernels.Updates;

namespace Tessera.Kernels.UnitCells;

/// <summary>
/// Splits runs of vectors around the transfers of a fast array. A transfer reads some slices only, so all others can take their pulses of the whole run at
/// once; a slice takes those up to its transfer first and the others later. Every slice is read at most once in a run, and a run ends behind the
/// transfer of the last slice.
/// </summary>
internal sealed class TransferParts(SliceShape shape, int reads)
{
    private readonly int[] _until = new int[shape.InSize]; // last vector before the slice is read
    private (float X, float D)[] _maxima = [];
    private float[] _part = [];

    /// <summary>Whether a transfer falls into the middle of the run.</summary>
    internal bool IsCut { get; private set; }

    /// <summary>Bytes of scratch for a mini-batch.</summary>
    internal static long ScratchBytes(int rows, int columns, int batch) => batch * ((4L * Math.Max(rows, columns)) + 8);

    /// <summary>Starts a run.</summary>
    /// <param name="schedule">When transfers happen.</param>
    /// <param name="seen">Vectors seen before.</param>
    /// <param name="start">Slice of the next transfer.</param>
    /// <param name="units">Vectors of a mini-batch.</param>
    /// <param name="limit">Most vectors of the run.</param>
    /// <returns>Vectors of the run.</returns>
    internal int Begin(TransferSchedule schedule, long seen, int start, int units, int limit)
    {
        IsCut = false;
        var every = schedule.Every(0, units);
        if (every == 0 || every - (seen % every) >= limit) return schedule.Until(seen, units, limit);
        _until.AsSpan().Fill(int.MaxValue);
        for (var vector = every - (seen % every) - 1; vector < limit; vector += every)
        {
            // A transfer that wraps around has a run of its own, since it may come to slices that this run has read.
            if (start + reads > shape.InSize && IsCut) return End(schedule, seen, units, (int)vector);
            for (var n = 0; n < reads; n++) _until[(start + n) % shape.InSize] = (int)vector;
            IsCut |= vector < limit - 1;
            start += reads;
            if (start < shape.InSize) continue;
            return End(schedule, seen, units, (int)vector + 1);
        }

        return End(schedule, seen, units, limit);
    }

    /// <summary>Measures the whole vectors: parts of them make trains of the same length.</summary>
    internal PulseCall Measure(in PulseCall run, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int count)
    {
        if (_maxima.Length < count) _maxima = new (float, float)[count];
        var (columns, rows) = (x.Length / count, d.Length / count);
        for (var b = 0; b < count; b++)
        {
            _maxima[b] = (VectorMaximum.OfMagnitudes(x.Slice(b * columns, columns)), VectorMaximum.OfMagnitudes(d.Slice(b * rows, rows)));
        }

        return run.Parted(_maxima.AsSpan(0, count));
    }

    /// <summary>The vectors without what is not due: slices are entries of x if they are columns and of d if they are rows.</summary>
    internal void Split(
        ReadOnlySpan<float> x, ReadOnlySpan<float> d, int count, bool before, out ReadOnlySpan<float> xPart, out ReadOnlySpan<float> dPart)
    {
        var vectors = shape.Columns ? x : d;
        if (_part.Length < vectors.Length) _part = new float[vectors.Length];
        var part = _part.AsSpan(0, vectors.Length);
        for (var b = 0; b < count; b++)
        {
            var from = vectors.Slice(b * shape.InSize, shape.InSize);
            var to = part.Slice(b * shape.InSize, shape.InSize);
            for (var slice = 0; slice < to.Length; slice++) to[slice] = (b <= _until[slice]) == before ? from[slice] : 0;
        }

        xPart = shape.Columns ? part : x;
        dPart = shape.Columns ? d : part;
    }

    /// <summary>Ends a run. Where no transfer of the fast array lies in its middle, the next one of any array ends it.</summary>
    private int End(TransferSchedule schedule, long seen, int units, int count)
    {
        IsCut = false;
        foreach (var until in _until) IsCut |= until < count - 1;
        return IsCut ? count : schedule.Until(seen, units, count);
    }
}
