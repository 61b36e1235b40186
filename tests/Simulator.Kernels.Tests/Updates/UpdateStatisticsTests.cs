using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Updates;

/// <summary>Means, variances and covariances of the stochastic update against the formulas of spec update, section 11, in float64.</summary>
public sealed class UpdateStatisticsTests
{
    private const int Repetitions = 30000;
    private static readonly float[] X = [0.5f, -0.25f];
    private static readonly float[] D = [0.3f, -0.1f];

    [Theory]
    [InlineData(0f, PulseType.StochasticCompressed, 1)]
    [InlineData(0.3f, PulseType.StochasticCompressed, 1)]
    [InlineData(0.3f, PulseType.Stochastic, 3)]
    public void Moments_of_a_managed_update(float sigma, PulseType type, int batch)
    {
        const float LearningRate = 0.01f;
        const float Step = 0.001f;
        var update = new UpdateParameters { DesiredBl = 2, UpdateBlManagement = false, PulseType = type };
        var samples = Sample(update, sigma, LearningRate, batch, w: 0);
        for (var i = 0; i < 2; i++)
        {
            for (var j = 0; j < 2; j++)
            {
                var p = (double)LearningRate * Math.Abs(D[i] * X[j]) / (Step * 2);
                var mean = -Step * 2 * p * Math.Sign(D[i] * X[j]) * batch;
                var variance = Step * Step * 2 * p * (1 - p + (sigma * sigma)) * batch;
                AssertMoments(samples[(2 * i) + j], mean, variance);
            }
        }
    }

    [Fact]
    public void Covariances_come_from_shared_trains_only()
    {
        const float Step = 0.001f;
        const int Slots = 4;
        var update = new UpdateParameters { DesiredBl = Slots, UpdateBlManagement = false, UpdateManagement = false };
        const float LearningRate = 0.01f;
        var samples = Sample(update, 0, LearningRate, 1, w: 0);
        var scale = Math.Sqrt(LearningRate / (Step * Slots));
        double P(int i) => Math.Min(1, Math.Abs(D[i]) * scale);
        double Q(int j) => Math.Min(1, Math.Abs(X[j]) * scale);
        int Sign(int i, int j) => -Math.Sign(D[i] * X[j]);

        // Same row: the row's train is shared; same column: the column's; neither: nothing.
        AssertCovariance(samples[0], samples[1], Step * Step * Sign(0, 0) * Sign(0, 1) * Slots * Q(0) * Q(1) * P(0) * (1 - P(0)));
        AssertCovariance(samples[0], samples[2], Step * Step * Sign(0, 0) * Sign(1, 0) * Slots * P(0) * P(1) * Q(0) * (1 - Q(0)));
        AssertCovariance(samples[0], samples[3], 0);
        AssertCovariance(samples[1], samples[2], 0);
    }

    [Fact]
    public void Saturated_rows_follow_the_overflow_rule()
    {
        // k = lr xmax dmax / g = 100 > 31: x keeps its resolution, rows saturate.
        var update = new UpdateParameters { UpdateBlManagement = true };
        var samples = Sample(update, 0.3f, 0.1f * (1 / (0.5f * 0.3f)) * 0.1f * 10, 1, w: 0);
        var learningRate = 0.1f * (1 / (0.5f * 0.3f)) * 0.1f * 10;
        for (var i = 0; i < 2; i++)
        {
            for (var j = 0; j < 2; j++)
            {
                var q = Math.Abs(X[j]) / 0.5;
                var p = Math.Min(1, Math.Abs(D[i]) * learningRate * 0.5 / (0.001 * 31));
                var mean = -0.001 * 31 * p * q * Math.Sign(D[i] * X[j]);
                AssertMoments(samples[(2 * i) + j], mean, 1e-6 * 31 * p * q * (1 - (p * q) + 0.09));
            }
        }
    }

    [Fact]
    public void Pulse_by_pulse_has_the_same_law_as_the_sum()
    {
        // With noise this large the sum is never exact in reach of the bounds used here, so this samples the pulse-by-pulse path.
        var update = new UpdateParameters { DesiredBl = 2, UpdateBlManagement = false };
        var samples = Sample(update, 0.3f, 0.01f, 1, w: 0, bound: 0.0045f);
        for (var i = 0; i < 2; i++)
        {
            for (var j = 0; j < 2; j++)
            {
                var p = 0.01 * Math.Abs(D[i] * X[j]) / 0.002;
                AssertMoments(samples[(2 * i) + j], -0.002 * p * Math.Sign(D[i] * X[j]), 2e-6 * p * (1 - p + 0.09));
            }
        }
    }

    [Theory]
    [InlineData("constant")]
    [InlineData("soft bounds")]
    [InlineData("pow")]
    public void Without_management_a_cut_layer_has_the_same_law(string name)
    {
        const int Size = 4;
        const int Repeats = 20000;
        PulsedDeviceParameters device = name switch
        {
            "constant" => new ConstantStepDevice(),
            "soft bounds" => new SoftBoundsDevice(),
            _ => new PowStepDevice { PowGammaDtod = 0 },
        };
        device = device with { DwMin = 0.01f, DwMinDtod = 0, UpDownDtod = 0, WMaxDtod = 0, WMinDtod = 0 };
        var update = new UpdateParameters { DesiredBl = 5, UpdateBlManagement = false, UpdateManagement = false };
        var pick = new Picker(9, "cut");
        var x = pick.Vectors(Size, 0);
        var d = pick.Vectors(Size, 0);
        var whole = Repeated(device, update, 0, x, d, Repeats);
        for (var part = 0; part < 4; part++)
        {
            var (row, column) = (part / 2 * 2, part % 2 * 2);
            var cut = Repeated(device, update, (uint)part + 1, x[column..(column + 2)], d[row..(row + 2)], Repeats);
            for (var cell = 0; cell < 4; cell++)
            {
                AssertSameMoments(whole[((row + (cell / 2)) * Size) + column + (cell % 2)], cut[cell]);
            }
        }
    }

    [Fact]
    public void Zero_vectors_and_a_zero_learning_rate_leave_the_weights_alone()
    {
        using var devices = DeviceArrays.Create(new ConstantStepDevice(), new UpdateParameters(), 3, 20, new TileIdentity(1, 1));
        using var weights = new WeightMatrix(3, 20);
        var pick = new Picker(1, "zero");
        var x = pick.Vectors(20, 0);
        var d = pick.Vectors(3, 0);
        devices.Update(weights, 1, 0.1f, new float[20], d, 1);
        devices.Update(weights, 1, 0.1f, x, new float[3], 1);
        devices.Update(weights, 1, 0, x, d, 1);
        Assert.All(weights.Values.ToArray(), w => Assert.Equal(0, w));
        devices.Update(weights, 1, 0.1f, x, d, 1);
        Assert.Contains(weights.Values.ToArray(), w => w != 0);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        using var devices = DeviceArrays.Create(new ConstantStepDevice(), new UpdateParameters(), 3, 20, new TileIdentity(1, 1));
        using var weights = new WeightMatrix(3, 20);
        Assert.Throws<ArgumentOutOfRangeException>(() => devices.Update(weights, 1, -0.1f, new float[20], new float[3], 1));
        Assert.Throws<ArgumentException>(() => devices.Update(weights, 1, 0.1f, new float[21], new float[3], 1));
        var bad = new float[20];
        bad[3] = float.NaN;
        Assert.Contains("NaN", Assert.Throws<ArgumentException>(() => devices.Update(weights, 1, 0.1f, bad, [1, 1, 1], 1)).Message);
    }

    /// <summary>[cell][repetition] weight changes of one update on 2 x 2 equal cells.</summary>
    private static double[][] Sample(UpdateParameters update, float sigma, float learningRate, int batch, float w, float bound = 0.6f)
    {
        var device = new ConstantStepDevice
        {
            DwMinStd = sigma,
            DwMinDtod = 0,
            UpDownDtod = 0,
            WMax = bound,
            WMin = -bound,
            WMaxDtod = 0,
            WMinDtod = 0,
        };
        using var devices = DeviceArrays.Create(device, update, 2, 2, new TileIdentity(42, 7));
        using var weights = new WeightMatrix(2, 2);
        var x = Enumerable.Repeat(X, batch).SelectMany(v => v).ToArray();
        var d = Enumerable.Repeat(D, batch).SelectMany(v => v).ToArray();
        var samples = new double[4][];
        for (var c = 0; c < 4; c++) samples[c] = new double[Repetitions];
        for (var r = 0; r < Repetitions; r++)
        {
            weights.Row(0).Fill(w);
            weights.Row(1).Fill(w);
            devices.Update(weights, (ulong)r, learningRate, x, d, batch);
            for (var c = 0; c < 4; c++) samples[c][r] = weights.Row(c / 2)[c % 2] - w;
        }

        return samples;
    }

    private static void AssertMoments(double[] samples, double mean, double variance)
    {
        var n = samples.Length;
        var seenMean = samples.Average();
        var seenVariance = samples.Sum(s => (s - seenMean) * (s - seenMean)) / n;
        var fourth = samples.Sum(s => Math.Pow(s - seenMean, 4)) / n;
        var meanBound = 6 * Math.Sqrt(variance / n);
        Assert.True(Math.Abs(seenMean - mean) < meanBound, $"mean {seenMean}, expected {mean} +- {meanBound}");
        var varianceBound = 6 * Math.Sqrt((fourth - (seenVariance * seenVariance)) / n);
        Assert.True(Math.Abs(seenVariance - variance) < varianceBound, $"variance {seenVariance}, expected {variance} +- {varianceBound}");
    }

    /// <summary>[cell][repetition] weights after one update.</summary>
    private static double[][] Repeated(PulsedDeviceParameters device, UpdateParameters update, uint tile, float[] x, float[] d, int repetitions)
    {
        using var devices = DeviceArrays.Create(device, update, d.Length, x.Length, new TileIdentity(42, tile));
        using var weights = new WeightMatrix(d.Length, x.Length);
        var samples = Enumerable.Range(0, d.Length * x.Length).Select(_ => new double[repetitions]).ToArray();
        for (var r = 0; r < repetitions; r++)
        {
            for (var row = 0; row < d.Length; row++) weights.Row(row).Fill(0.1f);
            devices.Update(weights, (ulong)r, 0.05f, x, d, 1);
            for (var c = 0; c < samples.Length; c++) samples[c][r] = weights.Row(c / x.Length)[c % x.Length];
        }

        return samples;
    }

    private static void AssertSameMoments(double[] a, double[] b)
    {
        var n = a.Length;
        var (meanA, meanB) = (a.Average(), b.Average());
        var (varianceA, varianceB) = (a.Average(v => (v - meanA) * (v - meanA)), b.Average(v => (v - meanB) * (v - meanB)));
        Assert.True(varianceA > 0, "The cell never moved, so it shows nothing.");
        var meanBound = 6 * Math.Sqrt((varianceA + varianceB) / n);
        Assert.True(Math.Abs(meanA - meanB) < meanBound, $"means {meanA} and {meanB}, apart by at most {meanBound}");
        var fourth = a.Average(v => Math.Pow(v - meanA, 4));
        var varianceBound = 6 * Math.Sqrt(2 * (fourth - (varianceA * varianceA)) / n);
        Assert.True(Math.Abs(varianceA - varianceB) < varianceBound, $"variances {varianceA} and {varianceB}, apart by at most {varianceBound}");
    }

    private static void AssertCovariance(double[] a, double[] b, double expected)
    {
        var ma = a.Average();
        var mb = b.Average();
        var products = a.Zip(b, (u, v) => (u - ma) * (v - mb)).ToArray();
        var seen = products.Average();
        var bound = 6 * Math.Sqrt(products.Sum(p => (p - seen) * (p - seen))) / products.Length;
        Assert.True(Math.Abs(seen - expected) < bound, $"covariance {seen}, expected {expected} +- {bound}");
    }
}
