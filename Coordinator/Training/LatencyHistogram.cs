using System.Numerics;

namespace Tessera.Coordination.Training;

/// <summary>
/// How long requests took, counted in buckets: 16 to each doubling of the time, so that a quantile errs by at most <see cref="RelativeError"/> over the
/// whole range of <see cref="TimeSpan"/>. Adding allocates nothing. For one thread at a time.
/// </summary>
internal sealed class LatencyHistogram
{
    /// <summary>Largest error of a quantile, relative to the true time: half of a bucket, 1/32.</summary>
    public const double RelativeError = 1.0 / (2 * PerDoubling);

    private const int PerDoubling = 16;
    private const int PerDoublingLog2 = 4;
    private const int Buckets = (63 - PerDoublingLog2 + 1) * PerDoubling; // of ticks from 0 to 2^63 - 1

    private readonly long[] _counts = new long[Buckets];

    /// <summary>Times added.</summary>
    public long Count { get; private set; }

    /// <summary>Counts a time. A negative one, from a clock that was set back, counts as zero.</summary>
    public void Add(TimeSpan time)
    {
        _counts[BucketOf(Math.Max(0, time.Ticks))]++;
        Count++;
    }

    /// <summary>The time that a share of the requests did not exceed.</summary>
    /// <param name="share">0 (the shortest) to 1 (the longest); 0.5 is the median.</param>
    /// <returns>The middle of the bucket that holds it; zero where nothing was added.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is not within 0 to 1.</exception>
    public TimeSpan Quantile(double share)
    {
        if (!(share is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "A quantile is a share of the requests; expected 0 to 1, for instance 0.99.");
        }

        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        var seen = 0L;
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank)
            {
                return TimeSpan.FromTicks(MiddleOf(bucket));
            }
        }

        return TimeSpan.Zero;
    }

    // Below 32 ticks a bucket holds one value. Above, the highest 5 bits of the value choose the bucket within its doubling.
    private static int BucketOf(long ticks)
    {
        if (ticks < PerDoubling)
        {
            return (int)ticks;
        }

        var shift = BitOperations.Log2((ulong)ticks) - PerDoublingLog2;
        return (shift * PerDoubling) + (int)(ticks >> shift);
    }

    private static long MiddleOf(int bucket)
    {
        if (bucket < 2 * PerDoubling)
        {
            return bucket;
        }

        var shift = (bucket / PerDoubling) - 1;
        return ((long)(PerDoubling + (bucket % PerDoubling)) << shift) + (1L << (shift - 1));
    }
}
