using Tessera.Coordination.Training;

namespace Tessera.Coordination.Tests.Training;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Nothing_added_gives_zero()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal((0L, TimeSpan.Zero, TimeSpan.Zero), (histogram.Count, histogram.Quantile(0.5), histogram.Quantile(1)));
    }

    [Fact]
    public void The_promised_error_is_five_percent_or_less() => Assert.InRange(LatencyHistogram.RelativeError, 0, 0.05);

    [Fact]
    public void A_single_time_comes_back_within_the_promised_error_whatever_its_size()
    {
        for (var bit = 0; bit < 63; bit++)
        {
            foreach (var ticks in new[] { 1L << bit, (1L << bit) + (1L << bit) / 3, (1L << bit) - 1 + (1L << bit) })
            {
                var histogram = new LatencyHistogram();
                histogram.Add(TimeSpan.FromTicks(ticks));
                AssertNear(ticks, histogram.Quantile(0.5));
            }
        }
    }

    [Fact]
    public void Quantiles_of_many_times_agree_with_sorting_them()
    {
        var random = new Random(7);
        var histogram = new LatencyHistogram();
        var times = new long[20_001];
        for (var i = 0; i < times.Length; i++)
        {
            times[i] = (long)Math.Exp(3 + (14 * random.NextDouble())); // 2 us to 2.4 s
            histogram.Add(TimeSpan.FromTicks(times[i]));
        }

        Array.Sort(times);
        foreach (var share in new[] { 0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var rank = Math.Max(1, (int)Math.Ceiling(share * times.Length));
            AssertNear(times[rank - 1], histogram.Quantile(share));
        }

        Assert.Equal(times.Length, histogram.Count);
    }

    [Fact]
    public void One_slow_request_in_a_hundred_moves_the_99th_percentile_only_when_it_is_the_second()
    {
        var histogram = new LatencyHistogram();
        for (var i = 0; i < 98; i++)
        {
            histogram.Add(TimeSpan.FromMilliseconds(1));
        }

        histogram.Add(TimeSpan.FromMilliseconds(1));
        histogram.Add(TimeSpan.FromSeconds(1));
        AssertNear(TimeSpan.TicksPerMillisecond, histogram.Quantile(0.99));
        histogram.Add(TimeSpan.FromSeconds(1));
        AssertNear(TimeSpan.TicksPerSecond, histogram.Quantile(0.99));
        AssertNear(TimeSpan.TicksPerMillisecond, histogram.Quantile(0.5));
    }

    [Fact]
    public void A_negative_time_counts_as_zero()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.FromSeconds(-5));
        Assert.Equal((1L, TimeSpan.Zero), (histogram.Count, histogram.Quantile(1)));
    }

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void A_share_outside_zero_to_one_is_refused(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatencyHistogram().Quantile(share));

    [Fact]
    public void Adding_allocates_nothing()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.FromMilliseconds(1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            histogram.Add(TimeSpan.FromTicks(i * 977));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void AssertNear(long ticks, TimeSpan seen) =>
        Assert.InRange(seen.Ticks, ticks * (1 - LatencyHistogram.RelativeError), ticks * (1 + LatencyHistogram.RelativeError));
}
