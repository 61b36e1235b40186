using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Forward;

/// <summary>Mean and variance of each noise against its formula (spec forward, section 5), and the running input statistics.</summary>
public sealed class MvmStatisticsTests
{
    /// <summary>Standard errors allowed; the dozens of comparisons here stay far below a false alarm of 1e-6.</summary>
    private const double Sigmas = 6.5;

    private static readonly float[] Weights = [0.5f, -0.25f, 1.0f, -1.0f, 0.75f, 0.125f];
    private static readonly float[] Input = [0.3f, -0.7f, 0.41f];

    private static readonly IOParameters Bare = new()
    {
        OutNoise = 0,
        InpRes = 0,
        OutRes = 0,
        BoundManagement = BoundManagementType.None,
        NoiseManagement = NoiseManagementType.None,
    };

    public static TheoryData<string, IOParameters, double, double> Noises => new()
    {
        { "constant weight noise", Bare with { WNoise = 0.1f, WNoiseType = WeightNoiseType.AdditiveConstant }, 0.1 * Norm(), 0.1 * Norm() },
        { "read noise", Bare with { WNoise = 0.1f, WNoiseType = WeightNoiseType.PCMRead }, 0.1 * ReadNorm(0), 0.1 * ReadNorm(1) },
        { "output noise", Bare with { OutNoise = 0.06f }, 0.06, 0.06 },
        { "scaled output noise", Bare with { OutNoise = 0.06f, NoiseManagement = NoiseManagementType.AbsMax, OutScale = 2 }, 0.084, 0.084 },
        { "input noise", Bare with { InpNoise = 0.1f }, 0.1 * RowNorm(0), 0.1 * RowNorm(1) },
        { "stochastic ADC", Bare with { OutRes = 0.1f, OutBound = 1, OutStoRound = true }, Rounding(0.735, 0.2), Rounding(-0.77375, 0.2) },
    };

    [Theory]
    [MemberData(nameof(Noises))]
    public void Mean_and_deviation_follow_the_formula(string name, IOParameters io, double first, double second)
    {
        const int Batch = 100_000;
        using var weights = MvmPassTests.Matrix(Weights, 2, 3);
        using var pass = new MvmPass(io, MvmDirection.Forward, 2, 3, new TileIdentity(11, 3));
        var x = new float[Batch * 3];
        for (var vector = 0; vector < Batch; vector++)
        {
            Input.CopyTo(x, vector * 3);
        }

        var y = new float[Batch * 2];
        pass.Run(weights, new ReadAddress(ReadPhase.Evaluation, 1, 0), x, y, Batch);
        Check(name, y, 0, 0.735 * io.OutScale, first);
        Check(name, y, 1, -0.77375 * io.OutScale, second);
    }

    [Fact]
    public void The_spread_of_the_output_noise_is_relative_to_it()
    {
        const int Outputs = 4000;
        using var pass = new MvmPass(new IOParameters { OutNoise = 0.06f, OutNoiseStd = 0.2f }, MvmDirection.Forward, Outputs, 1, new TileIdentity(5, 5));
        var values = pass.GetParameter("out_noise_values").Select(value => (double)value).ToArray();
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Select(value => Math.Pow(value - mean, 2)).Average());
        Assert.True(Math.Abs(mean - 0.06) < Sigmas * 0.012 / Math.Sqrt(Outputs), $"mean {mean}");
        Assert.True(Math.Abs(deviation - 0.012) < Sigmas * 0.012 / Math.Sqrt(2.0 * Outputs), $"deviation {deviation}");
    }

    [Fact]
    public void Replaced_output_noise_is_what_the_read_uses()
    {
        const int Batch = 20_000;
        var io = Bare with { OutNoise = 0.06f, OutNoiseStd = 0.2f };
        using var weights = new WeightMatrix(2, 1);
        using var pass = new MvmPass(io, MvmDirection.Forward, 2, 1, new TileIdentity(5, 5));
        pass.SetParameter("out_noise_values", [0.5f, 0.0f]);
        var (x, y) = (new float[Batch], new float[2 * Batch]);
        x.AsSpan().Fill(1.0f);
        pass.Run(weights, new ReadAddress(ReadPhase.Evaluation, 1, 0), x, y, Batch);
        Check("replaced", y, 0, 0, 0.5);
        Assert.All(y.Where((_, index) => index % 2 == 1), value => Assert.Equal(0.0f, value));
    }

    [Fact]
    public void The_average_maximum_changes_at_a_commit_only()
    {
        using var weights = MvmPassTests.Matrix(Weights, 2, 3);
        using var pass = new MvmPass(Bare with { NoiseManagement = NoiseManagementType.AverageAbsMax }, MvmDirection.Forward, 2, 3, new TileIdentity(1, 1));
        var y = new float[4];
        Read(0, 0, [0.3f, -0.7f, 0.41f, 2, 1, 1]);
        Assert.Equal(1.0f, pass.AverageAbsMax);

        // Clipped at the average of 1, where the exact product of the second vector is 1.75.
        Assert.Equal(0.5f - 0.25f + 1, y[2], 1e-6);
        Read(0, 1, [4, 1, 1, 0, 0, 0]);
        Read(0, 1, [2, 1, 1, 3, 0, 0]);
        pass.Run(weights, new ReadAddress(ReadPhase.Evaluation, 0, 2), [100, 0, 0], y.AsSpan(0, 2), 1);
        pass.CommitStatistics(0);
        Assert.Equal((0.7f + 2 + 3) / 3, pass.AverageAbsMax, 1e-6);
        pass.CommitStatistics(0);
        Assert.Equal((0.7f + 2 + 3) / 3, pass.AverageAbsMax, 1e-6);
        Read(1, 0, [1, 0, 0, 0, 0, 0]);
        pass.CommitStatistics(2);
        Assert.Equal((0.7f + 2 + 3) / 3, pass.AverageAbsMax, 1e-6);
        pass.CommitStatistics(1);
        Assert.Equal((0.999f * 1.9f) + (0.001f * 0.5f), pass.AverageAbsMax, 1e-6);

        void Read(ulong step, int first, float[] x) => pass.Run(weights, new ReadAddress(ReadPhase.Training, step, first), x, y, 2);
    }

    private static void Check(string name, float[] y, int output, double mean, double deviation)
    {
        var values = y.Where((_, index) => index % 2 == output).Select(value => (double)value).ToArray();
        var seenMean = values.Average();
        var squares = values.Select(value => Math.Pow(value - seenMean, 2)).ToArray();
        var variance = squares.Average();
        var meanBound = (Sigmas * deviation / Math.Sqrt(values.Length)) + 1e-6;
        Assert.True(Math.Abs(seenMean - mean) < meanBound, $"{name}, output {output}: mean {seenMean}, formula {mean}, bound {meanBound}");
        var fourth = squares.Select(square => square * square).Average();
        var varianceBound = (Sigmas * Math.Sqrt((fourth - (variance * variance)) / values.Length)) + 1e-8;
        Assert.True(
            Math.Abs(variance - (deviation * deviation)) < varianceBound,
            $"{name}, output {output}: variance {variance}, formula {deviation * deviation}, bound {varianceBound}");
    }

    private static double Norm() => Math.Sqrt(Input.Sum(value => (double)value * value));

    private static double ReadNorm(int row) =>
        Math.Sqrt(Enumerable.Range(0, 3).Sum(j => Math.Abs((double)Weights[(row * 3) + j]) * Input[j] * Input[j]));

    private static double RowNorm(int row) => Math.Sqrt(Enumerable.Range(0, 3).Sum(j => (double)Weights[(row * 3) + j] * Weights[(row * 3) + j]));

    /// <summary>Deviation of a value rounded to one of its two neighbours with the right mean: step * sqrt(p (1 - p)).</summary>
    private static double Rounding(double value, double step)
    {
        var fraction = (value / step) - Math.Floor(value / step);
        return step * Math.Sqrt(fraction * (1 - fraction));
    }
}
