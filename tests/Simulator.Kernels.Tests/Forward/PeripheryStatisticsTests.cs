using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Forward;

/// <summary>Distributions of the fixed draws of a periphery, and of the noise of read-outs in several passes (spec forward, sections 5, 6 and 10).</summary>
public sealed class PeripheryStatisticsTests
{
    /// <summary>Standard errors allowed; the dozens of comparisons here stay far below a false alarm of 1e-6.</summary>
    private const double Sigmas = 6.5;

    private const int Outputs = 20_000;

    private static readonly IOParameters Bare = new()
    {
        OutNoise = 0,
        InpRes = 0,
        OutRes = 0,
        BoundManagement = BoundManagementType.None,
        NoiseManagement = NoiseManagementType.None,
    };

    [Theory]
    [InlineData(MvmDirection.Forward)]
    [InlineData(MvmDirection.Backward)]
    public void Half_of_the_voltage_offsets_are_zero_and_the_others_a_whole_gaussian(MvmDirection direction)
    {
        var values = Drawn(Bare with { VOffsetStd = 0.1f }, "v_offset", direction);
        var others = values.Where(value => value != 0).ToArray();
        Near("zeros", 0.5, 1 - (others.Length / (double)Outputs), 0.5 / Math.Sqrt(Outputs));
        Near("negative", 0.25, others.Count(value => value < 0) / (double)Outputs, Math.Sqrt(0.25 * 0.75 / Outputs));
        Near("mean", 0, others.Average(), 0.1 / Math.Sqrt(others.Length));
        Near("deviation", 0.1, Deviation(others), 0.1 / Math.Sqrt(2.0 * others.Length));
    }

    [Fact]
    public void Non_linearities_spread_around_their_strength_by_output_bound()
    {
        var io = Bare with { OutNonlinearity = 0.6f, OutNonlinearityStd = 0.2f, OutBound = 12, SlopeCalibration = 0.5f };
        var values = Drawn(io, "out_nonlinearity", MvmDirection.Forward);
        Near("mean", 0.05, values.Average(), 0.01 / Math.Sqrt(Outputs));
        Near("deviation", 0.01, Deviation(values), 0.01 / Math.Sqrt(2.0 * Outputs));
        Assert.Equal(Math.Pow(1 + (values.Average() * 0.5 * 12), 2), Drawn(io, "out_nonlinearity_factor", MvmDirection.Forward)[0], 1e-4);
        var unbounded = Drawn(io with { OutBound = 0 }, "out_nonlinearity", MvmDirection.Forward);
        Near("mean without bound", 0.6, unbounded.Average(), 0.12 / Math.Sqrt(Outputs));
    }

    [Fact]
    public void Large_spreads_are_folded_to_magnitudes()
    {
        var values = Drawn(Bare with { OutNonlinearity = 1, OutNonlinearityStd = 10, OutBound = 1 }, "out_nonlinearity", MvmDirection.Forward);
        Assert.All(values, value => Assert.True(value >= 0));
        Near("second moment", 101, values.Average(value => value * value), 150 / Math.Sqrt(Outputs));
    }

    [Fact]
    public void Devices_are_read_apart_by_factors_around_one()
    {
        var io = Bare with { MvType = AnalogMVType.PosNegSeparate, WReadAsymmetryDtod = 0.2f };
        using var forward = new MvmPass(io, MvmDirection.Forward, 100, 200, new TileIdentity(3, 3));
        using var backward = new MvmPass(io, MvmDirection.Backward, 100, 200, new TileIdentity(3, 3));
        var values = forward.GetParameter("w_asymmetry").Select(value => (double)value).ToArray();
        Near("mean", 1, values.Average(), 0.2 / Math.Sqrt(Outputs));
        Near("deviation", 0.2, Deviation(values), 0.2 / Math.Sqrt(2.0 * Outputs));
        var other = backward.GetParameter("w_asymmetry");
        var correlation = values.Zip(other, (a, b) => (a - 1) * (b - 1)).Average() / 0.04;
        Near("correlation of the directions", 0, correlation, 1 / Math.Sqrt(Outputs));
        var rows = Enumerable.Range(0, 99).Average(row => Enumerable.Range(0, 200).Average(j => (values[(row * 200) + j] - 1) * (values[((row + 1) * 200) + j] - 1)));
        Near("covariance of neighbouring rows", 0, rows, 0.04 / Math.Sqrt(99 * 200));
    }

    public static TheoryData<string, IOParameters, double> Noises => new()
    {
        { "one ADC of two passes", Bare with { OutNoise = 0.1f, MvType = AnalogMVType.PosNegSeparate }, 0.1 },
        { "two ADCs", Bare with { OutNoise = 0.1f, MvType = AnalogMVType.PosNegSeparateDigitalSum }, 0.1 * Math.Sqrt(2) },
        { "weight noise of two passes", Noisy(WeightNoiseType.AdditiveConstant, AnalogMVType.PosNegSeparate), 0.1 * Math.Sqrt(0.3) },
        { "weight noise of two passes, two ADCs", Noisy(WeightNoiseType.AdditiveConstant, AnalogMVType.PosNegSeparateDigitalSum), 0.1 * Math.Sqrt(0.3) },
        { "read noise of two passes", Noisy(WeightNoiseType.PCMRead, AnalogMVType.PosNegSeparate), 0.1 * Math.Sqrt((0.5 * 0.05) + 0.25) },
        { "split", Timed(AnalogMVType.SplitMode), 0.1 * Math.Sqrt(1 + 64) },
        { "bit by bit", Timed(AnalogMVType.BitWise), 0.1 * Math.Sqrt(1 + 4 + 16 + 64 + 256 + 1024) },
    };

    [Theory]
    [MemberData(nameof(Noises))]
    public void Every_pass_draws_its_own_noise(string name, IOParameters io, double expected)
    {
        const int Vectors = 50_000;
        using var weights = MvmPassTests.Matrix([0.5f, 0.5f, -1], 1, 3);
        using var pass = new MvmPass(io, MvmDirection.Forward, 1, 3, new TileIdentity(8, 1));
        float[] input = [0.1f, -0.2f, 0.5f];
        var x = new float[3 * Vectors];
        for (var vector = 0; vector < Vectors; vector++)
        {
            input.CopyTo(x, 3 * vector);
        }

        var y = new float[Vectors];
        pass.Run(weights, new ReadAddress(ReadPhase.Training, 1, 0), x, y, Vectors);
        var seen = Deviation(y.Select(value => (double)value).ToArray());
        Near(name, expected, seen, expected / Math.Sqrt(2.0 * Vectors));
    }

    private static IOParameters Noisy(WeightNoiseType noise, AnalogMVType type) => Bare with { WNoise = 0.1f, WNoiseType = noise, MvType = type };

    private static IOParametersIRDropT Timed(AnalogMVType type) => new()
    {
        OutNoise = 0.1f,
        OutRes = 0,
        OutBound = 0,
        BoundManagement = BoundManagementType.None,
        NoiseManagement = NoiseManagementType.None,
        MvType = type,
        IrDrop = 0,
    };

    private static double[] Drawn(IOParameters io, string name, MvmDirection direction)
    {
        var (rows, columns) = direction == MvmDirection.Forward ? (Outputs, 1) : (1, Outputs);
        using var pass = new MvmPass(io, direction, rows, columns, new TileIdentity(5, 5));
        return [.. pass.GetParameter(name).Select(value => (double)value)];
    }

    private static double Deviation(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static void Near(string name, double expected, double seen, double error) =>
        Assert.True(Math.Abs(expected - seen) < Sigmas * error, $"{name}: {seen}, formula {expected}, standard error {error}");
}
