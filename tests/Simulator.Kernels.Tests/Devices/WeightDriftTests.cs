using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Devices;

/// <summary>Drift against its formula in float64 (spec devices, section 9).</summary>
public sealed class WeightDriftTests
{
    private const int Rows = 60;
    private const int Columns = 70;

    public static TheoryData<DeviceParameters> Devices =>
    [
        new FloatingPointDevice { Drift = new SimpleDriftParameter { Nu = 0.1f, T0 = 2 } },
        new ConstantStepDevice { Drift = new DriftParameter { Nu = 0.1f, T0 = 2 }, WMax = 10, WMin = -10 },
        new SoftBoundsDevice { Drift = new DriftParameter { Nu = 0.1f, T0 = 2 }, WMax = 10, WMin = -10 },
    ];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Weights_follow_the_power_law_of_the_time_since_they_changed(DeviceParameters device)
    {
        using var devices = Create(device);
        using var weights = Filled(0.5f);
        devices.Drift(weights, 1, 1);
        Assert.Equal(0.5f, weights.Row(0)[0]); // less than one unit of time
        devices.Drift(weights, 19, 2);
        Assert.Equal(0.5 * Math.Pow(10, -0.1), weights.Row(3)[5], 1e-6);
        weights.Row(0)[1] = 0.3f;
        devices.Drift(weights, 20, 3);
        Assert.Equal(0.3f, weights.Row(0)[1]); // it begins to drift here
        Assert.Equal(0.5 * Math.Pow(20, -0.1), weights.Row(0)[0], 1e-6);
        devices.Drift(weights, 30, 4);
        Assert.Equal(0.3 * Math.Pow(15, -0.1), weights.Row(0)[1], 1e-6);
        Assert.Equal(0.5 * Math.Pow(35, -0.1), weights.Row(0)[0], 1e-6);
    }

    [Fact]
    public void Exponents_spread_from_device_to_device_and_from_call_to_call()
    {
        var device = new ConstantStepDevice { WMax = 10, WMin = -10, Drift = new DriftParameter { Nu = 0.1f, NuDtod = 0.2f, NuStd = 0.05f, WNoiseStd = 0.01f } };
        using var devices = Create(device);
        using var weights = Filled(0.5f);
        var exponents = new float[Rows * Columns];
        devices.GetHiddenParameter("drift_nu", exponents);
        AssertMoments(exponents, 0.1, 0.02);
        devices.Drift(weights, 100, 1);
        var dense = new float[Rows * Columns];
        weights.CopyTo(dense);

        // w = 0.5 100^-nu with nu of deviation sqrt(0.02^2 + 0.005^2), and noise on top.
        var scale = Math.Pow(100, -0.1);
        var slope = 0.5 * scale * Math.Log(100) * Math.Sqrt((0.02 * 0.02) + (0.005 * 0.005));
        AssertMoments(dense, 0.5 * scale * (1 + (0.5 * Math.Pow(Math.Log(100) * 0.0206, 2))), Math.Sqrt((slope * slope) + 1e-4), 0.03);
    }

    [Fact]
    public void Offsets_and_the_logarithm_of_the_conductance_enter_as_in_the_formula()
    {
        var drift = new DriftParameter { Nu = 0.1f, NuK = 0.02f, LogG0 = 0.3f, GOffset = 2, WgRatio = 0.5f, WOffset = 0.1f };
        using var devices = Create(new ConstantStepDevice { WMax = 10, WMin = -10, Drift = drift });
        using var weights = Filled(0.5f);
        devices.Drift(weights, 50, 1);
        var nu = 0.1 - (0.02 * Math.Log(((0.5 - 0.1) / 0.5) + 2)) + (0.02 * 0.3);
        var s = Math.Pow(50, -nu);
        Assert.Equal((0.5 * s) + (1.1 * (s - 1)), weights.Row(2)[2], 2e-6);
    }

    [Fact]
    public void Devices_without_drift_ignore_the_call_and_bounds_hold_with_it()
    {
        using var still = Create(new ConstantStepDevice());
        using var weights = Filled(0.2f);
        still.Drift(weights, 1000, 1);
        Assert.Equal(0.2f, weights.Row(1)[1]);
        using var devices = Create(new ConstantStepDevice { Drift = new DriftParameter { Nu = 1, WNoiseStd = 5 } });
        devices.Drift(weights, 1000, 1);
        var maximum = new float[Rows * Columns];
        devices.GetHiddenParameter("max_bound", maximum);
        var dense = new float[Rows * Columns];
        weights.CopyTo(dense);
        Assert.All(dense.Zip(maximum), pair => Assert.True(pair.First <= pair.Second));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(-1f)]
    [InlineData(float.PositiveInfinity)]
    public void A_tile_refuses_times_that_cannot_be(float time)
    {
        using var tile = TileFactory.Create(new SingleRPUConfig(), new TileShape(2, 3), new TileIdentity(1, 9));
        Assert.Contains("Tile 9", Assert.Throws<TileException>(() => tile.DriftWeights(1, time)).Message);
    }

    private static DeviceArray Create(DeviceParameters device) => DeviceArrays.Create(
        device, device is FloatingPointDevice ? new UpdateParameters { PulseType = PulseType.None } : new UpdateParameters(), Rows, Columns, new TileIdentity(31, 2));

    private static WeightMatrix Filled(float value)
    {
        var weights = new WeightMatrix(Rows, Columns);
        for (var row = 0; row < Rows; row++) weights.Row(row).Fill(value);
        return weights;
    }

    private static void AssertMoments(float[] values, double mean, double deviation, double slack = 0)
    {
        var seen = values.Average(v => (double)v);
        var seenDeviation = Math.Sqrt(values.Average(v => (v - seen) * (v - seen)));
        Assert.Equal(mean, seen, 6 * deviation / Math.Sqrt(values.Length));
        Assert.Equal(deviation, seenDeviation, (6 * deviation / Math.Sqrt(2.0 * values.Length)) + (slack * deviation));
    }
}
