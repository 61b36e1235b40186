using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Numerics;

/// <summary>Bounds are 5.5 standard deviations of each statistic (two-sided chance 4e-8); the seeds are fixed.</summary>
public class NormalTests
{
    private const double Bound = 5.5;
    private const int Rows = 160;
    private const int Columns = 65536;
    private const double Draws = (double)Rows * Columns;

    private static readonly Lazy<Statistics> Sample = new(Statistics.Gather);

    [Fact]
    public void Every_octave_stays_within_the_stated_error()
    {
        var worst = 0.0;
        for (var octave = 0; octave <= 30; octave++)
        {
            for (var i = 0; i < 257; i++)
            {
                var magnitude = (uint)Math.Min((1UL << octave) + ((ulong)i << octave) / 257, int.MaxValue) | 1;
                var exact = NormalOracle.FromUpperTail(magnitude / 4294967296.0);
                var error = Math.Abs(NormalReference.FromWord(magnitude) - exact) / Math.Max(exact, 1);
                Assert.True(error < 8.5e-7, $"octave {octave}, word {magnitude}: error {error:E2}");
                worst = Math.Max(worst, error);
            }
        }

        Assert.True(worst > 1e-8, "an error below float resolution means that the oracle is not independent");
    }

    [Fact]
    public void Signs_are_symmetric_and_the_largest_magnitude_is_as_stated()
    {
        foreach (var word in new[] { 0u, 1u, 2u, 12345u, 0x40000000u, 0x7fffffffu })
        {
            Assert.Equal(-NormalReference.FromWord(word), NormalReference.FromWord(word | 0x80000000));
        }

        Assert.InRange(NormalReference.FromWord(0), 6.2298f, NormalReference.Largest);
        Assert.Equal(0f, MathF.Abs(NormalReference.FromWord(0x7fffffff)));
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(2, 1, 3)]
    [InlineData(3, 0, 15)]
    [InlineData(4, 3, 105)]
    [InlineData(5, 0, 945)]
    [InlineData(6, 15, 10395)]
    public void Moments_match(int power, double expected, double momentOfTwicePower)
    {
        var mean = Sample.Value.PowerSums[power] / Draws;
        var deviation = Math.Sqrt((momentOfTwicePower - (expected * expected)) / Draws);
        Assert.True(Math.Abs(mean - expected) < Bound * deviation, $"moment {power}: {mean:R}, expected {expected} +- {deviation:E2}");
    }

    [Theory]
    [InlineData(0, 3.0)]
    [InlineData(1, 4.0)]
    [InlineData(2, 5.0)]
    [InlineData(3, 5.5)]
    public void Tails_hold_as_many_draws_as_they_should(int index, double sigma)
    {
        var expected = 2 * NormalOracle.UpperTail(sigma) * Draws;
        var seen = Sample.Value.TailCounts[index];
        Assert.True(PoissonTail(seen, expected) > 1e-7, $"beyond {sigma} sigma: {seen} draws, expected {expected:F2}");
    }

    [Fact]
    public void Kolmogorov_Smirnov_distance_is_within_its_bound()
    {
        var values = new float[1 << 18];
        RandomField.Normals(RandomKey.Derive(new TileIdentity(99, 1), RandomStream.Drift), new DrawAddress(3, 2, 1), 7, values);
        Array.Sort(values);
        var distance = 0.0;
        for (var i = 0; i < values.Length; i++)
        {
            var below = 1 - NormalOracle.UpperTail(values[i]);
            distance = Math.Max(distance, Math.Max(Math.Abs(below - ((double)i / values.Length)), Math.Abs(below - ((i + 1.0) / values.Length))));
        }

        // P(D sqrt(n) > 2.9) = 2 exp(-2 * 2.9^2) = 1e-7.
        Assert.True(distance * Math.Sqrt(values.Length) < 2.9, $"scaled distance {distance * Math.Sqrt(values.Length):F3}");
    }

    [Fact]
    public void Neighbouring_columns_rows_and_steps_are_uncorrelated()
    {
        var key = new RandomKey(5, 6);
        var a = new float[100_001];
        var nextRow = new float[a.Length];
        var nextStep = new float[a.Length];
        RandomField.Normals(key, new DrawAddress(1, 0, 0), 0, a);
        RandomField.Normals(key, new DrawAddress(1, 0, 0), 1, nextRow);
        RandomField.Normals(key, new DrawAddress(2, 0, 0), 0, nextStep);
        double column = 0, row = 0, step = 0;
        for (var i = 0; i < 100_000; i++)
        {
            column += (double)a[i] * a[i + 1];
            row += (double)a[i] * nextRow[i];
            step += (double)a[i] * nextStep[i];
        }

        var bound = Bound * Math.Sqrt(100_000);
        Assert.InRange(column, -bound, bound);
        Assert.InRange(row, -bound, bound);
        Assert.InRange(step, -bound, bound);
    }

    [Fact]
    public void Uniforms_have_their_mean_variance_and_range()
    {
        var values = new float[1 << 18];
        RandomField.Uniforms(new RandomKey(7, 8), default, 0, values);
        double sum = 0, squares = 0;
        foreach (var value in values)
        {
            Assert.InRange(value, 0f, 1f - (1f / (1 << 24)));
            sum += value - 0.5;
            squares += (value - 0.5) * (value - 0.5);
        }

        Assert.InRange(sum / values.Length, -Bound / Math.Sqrt(12.0 * values.Length), Bound / Math.Sqrt(12.0 * values.Length));
        Assert.InRange((squares / values.Length) - (1.0 / 12), -Bound / Math.Sqrt(180.0 * values.Length), Bound / Math.Sqrt(180.0 * values.Length));
    }

    /// <summary>Chance of a Poisson count at least as far out on the seen side.</summary>
    private static double PoissonTail(long seen, double mean)
    {
        if (mean > 200)
        {
            return 2 * NormalOracle.UpperTail(Math.Abs(seen - mean) / Math.Sqrt(mean));
        }

        double term = Math.Exp(-mean), below = 0;
        for (var k = 0; k < seen; k++)
        {
            below += term;
            term *= mean / (k + 1);
        }

        return Math.Min(below + term, 1 - below);
    }

    private sealed record Statistics(double[] PowerSums, long[] TailCounts)
    {
        public static Statistics Gather()
        {
            var sums = new double[7];
            var tails = new long[4];
            var key = RandomKey.Derive(new TileIdentity(20240601, 4), RandomStream.OutputNoise);
            var row = new float[Columns];
            for (var r = 0; r < Rows; r++)
            {
                RandomField.Normals(key, new DrawAddress(11, 0, 0), r, row);
                foreach (var value in row)
                {
                    double z = value, power = 1;
                    for (var k = 1; k <= 6; k++)
                    {
                        power *= z;
                        sums[k] += power;
                    }

                    var magnitude = Math.Abs(z);
                    if (magnitude > 3)
                    {
                        tails[0]++;
                        tails[1] += magnitude > 4 ? 1 : 0;
                        tails[2] += magnitude > 5 ? 1 : 0;
                        tails[3] += magnitude > 5.5 ? 1 : 0;
                    }
                }
            }

            return new Statistics(sums, tails);
        }
    }
}
