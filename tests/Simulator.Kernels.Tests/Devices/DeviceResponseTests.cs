using System.Text.Json;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Devices;

/// <summary>The answer of devices to trains of equal pulses.</summary>
public sealed class DeviceResponseTests
{
    private const float NominalTolerance = 2e-5f;

    private static readonly UpdateParameters OnePulse = new() { DesiredBl = 1, UpdateBlManagement = false, UpdateManagement = false };

    public static TheoryData<string, float[], float[]> Regression() => new()
    {
        { "constant", [0.11f, 0.12f, 0.2f, 0.6f], [0.09f, 0.08f, 0, -0.4f] },
        { "constant up_down", [0.11f, 0.12f, 0.2f, 0.6f], [0.093f, 0.086f, 0.03f, -0.25f] },
        { "linear", [0.109375f, 0.1186914f, 0.1911567f, 0.5036522f], [0.08958334f, 0.07921007f, -0.002235087f, -0.3710423f] },
        { "linear reverse_up", [0.1108197f, 0.121728f, 0.2122761f, 0.7653541f], [0.08958334f, 0.07921007f, -0.002235087f, -0.3710423f] },
        { "linear reverse_down", [0.109375f, 0.1186914f, 0.1911567f, 0.5036522f], [0.09030864f, 0.08058737f, 0.001729264f, -0.4230866f] },
        { "soft bounds", [0.10875f, 0.1173906f, 0.1827387f, 0.42679f], [0.08833334f, 0.07686111f, -0.008294437f, -0.2979102f] },
        { "soft bounds reference", [0.1075f, 0.1149062f, 0.1709188f, 0.3801058f], [0.08666667f, 0.07355555f, -0.02376506f, -0.3547546f] },
        { "soft bounds symmetry point", [0.008448273f, 0.01679094f, 0.07988559f, 0.3155214f], [-0.008448273f, -0.01679799f, -0.08018263f, -0.3214269f] },
        { "exp", [0.1097443f, 0.1194776f, 0.1968868f, 0.5590578f], [0.09010614f, 0.08021707f, 0.001304414f, -0.3814663f] },
        { "exp pcm", [0.3221064f, 0.4538384f, 0.93335f, 1.732905f], [0.06130204f, 0.02525038f, 0, 0] },
        { "pow", [0.1025f, 0.1049822f, 0.1242201f, 0.2063575f], [0.0975f, 0.09501783f, 0.07577988f, -0.006357549f] },
        { "pow reference", [0.1018367f, 0.1036622f, 0.1178742f, 0.1798433f], [0.0967347f, 0.09349599f, 0.06850619f, -0.03601345f] },
        { "piecewise", [0.11f, 0.1199286f, 0.1968462f, 0.5217131f], [0.09f, 0.08007143f, 0.00315383f, -0.321713f] },
        { "hidden", [0.1f, 0.1f, 0.16f, 0.42f], [0.1f, 0.1f, 0.04f, -0.22f] },
    };

    [Theory]
    [MemberData(nameof(Regression))]
    public void Noise_free_values_of_the_engine(string name, float[] up, float[] down)
    {
        var counts = new[] { 1, 2, 10, 50 };
        for (var k = 0; k < counts.Length; k++)
        {
            var start = name == "soft bounds symmetry point" ? 0 : 0.1f;
            Assert.Equal(up[k], After(NoiseFree(name), counts[k], -1, start), 2e-6f);
            Assert.Equal(down[k], After(NoiseFree(name), counts[k], 1, start), 2e-6f);
        }
    }

    [Fact]
    public void A_pmax_device_is_the_soft_bounds_device_of_its_range()
    {
        var device = new SoftBoundsPmaxDevice { DwMinDtod = 0, DwMinStd = 0, UpDownDtod = 0, WMaxDtod = 0, WMinDtod = 0 };
        float[] expected = [-0.9968361f, -0.9936741f, -0.9684491f, -0.8441912f];
        int[] counts = [1, 2, 10, 50];
        for (var k = 0; k < counts.Length; k++) Assert.Equal(expected[k], After(device, counts[k], -1, -1), 2e-6f);
        Assert.Equal(-1, After(device, 10, 1, -1));
        using var devices = DeviceArrays.Create(device, new UpdateParameters(), 1, 1, new TileIdentity(1, 0));
        Assert.Equal(0.0025414941f, devices.WeightGranularity, 1e-8f);
    }

    [Fact]
    public void A_symmetry_point_is_where_up_and_down_steps_are_equal()
    {
        using var devices = DeviceArrays.Create(
            new PowStepReferenceDevice
            {
                WMax = 1.25f,
                WMin = -0.75f,
                DwMin = 0.002f,
                DwMinDtod = 0,
                UpDownDtod = 0,
                WMaxDtod = 0,
                WMinDtod = 0,
                PowGammaDtod = 0,
                SubtractSymmetryPoint = true,
            },
            new UpdateParameters(),
            3,
            20,
            new TileIdentity(1, 0));
        var references = new float[60];
        devices.GetHiddenParameter("reference", references);
        Assert.All(references, reference => Assert.Equal(0.249996f, reference, 3e-6f));
        devices.GetHiddenParameter("reset_bias", references);
        Assert.All(references, bias => Assert.Equal(0.249996f, bias, 3e-6f));
    }

    [Theory]
    [MemberData(nameof(GoldenDevice.Names), MemberType = typeof(GoldenDevice))]
    public void Nominal_curves_of_the_golden_file(string name)
    {
        using var file = GoldenData.Open("response_curves.json");
        var device = file.RootElement.GetProperty("devices").GetProperty(name);
        var expected = GoldenDevice.Vector(device.GetProperty("nominal").GetProperty("mean"));
        var curve = Curve(GoldenDevice.Parameters(name, device.GetProperty("nominal_params"), 0), 1, 4);
        for (var point = 0; point < expected.Length; point++)
        {
            Assert.All(curve[point].Visible, w => Assert.Equal(expected[point], w, NominalTolerance));
        }
    }

    [Theory]
    [MemberData(nameof(GoldenDevice.Names), MemberType = typeof(GoldenDevice))]
    public void Spread_of_4000_devices_of_the_golden_file(string name)
    {
        using var file = GoldenData.Open("response_curves.json");
        var device = file.RootElement.GetProperty("devices").GetProperty(name);
        var spread = device.GetProperty("spread_20x200");
        var curve = Curve(GoldenDevice.Parameters(name, device.GetProperty("params"), 12), 20, 200);
        CompareSpread(spread, "mean", "std", [.. curve.Select(point => point.Visible)]);
        if (spread.TryGetProperty("persistent_mean", out _)) CompareSpread(spread, "persistent_mean", "persistent_std", [.. curve.Select(point => point.Persistent)]);
    }

    private static void CompareSpread(JsonElement spread, string meanName, string stdName, float[][] curve)
    {
        var means = GoldenDevice.Vector(spread.GetProperty(meanName));
        var deviations = GoldenDevice.Vector(spread.GetProperty(stdName));
        for (var point = 1; point < means.Length; point++)
        {
            var mean = curve[point].Average(w => (double)w);
            var deviation = Math.Sqrt(curve[point].Sum(w => (w - mean) * (w - mean)) / (curve[point].Length - 1));
            var kurtosis = curve[point].Average(w => Math.Pow((w - mean) / deviation, 4));
            var std = Math.Max(deviation, deviations[point]);
            var meanBound = 7 * std * (Math.Sqrt(2 / 4000.0) + 0.0055);
            Assert.True(Math.Abs(mean - means[point]) < meanBound, $"point {point}: {meanName} {mean}, golden {means[point]} +- {meanBound}");
            var stdBound = 7 * std * (Math.Sqrt((kurtosis - 1) / 2 / 4000.0) + 0.0055);
            Assert.True(Math.Abs(deviation - deviations[point]) < stdBound, $"point {point}: {stdName} {deviation}, golden {deviations[point]} +- {stdBound}");
        }
    }

    private static PulsedDeviceParameters NoiseFree(string name)
    {
        PulsedDeviceParameters device = name switch
        {
            "constant" => new ConstantStepDevice(),
            "constant up_down" => new ConstantStepDevice { UpDown = 0.3f },
            "linear" => Linear,
            "linear reverse_up" => Linear with { ReverseUp = true },
            "linear reverse_down" => Linear with { ReverseDown = true },
            "soft bounds" => new SoftBoundsDevice(),
            "soft bounds reference" => new SoftBoundsReferenceDevice { ReferenceMean = 0.1f },
            "soft bounds symmetry point" => new SoftBoundsReferenceDevice { SubtractSymmetryPoint = true, UpDown = 0.3f },
            "exp" => new ExpStepDevice(),
            "exp pcm" => new ExpStepDevice { Scale = -1, Offset = 0, GammaUp = 2.5f, GammaDown = 2.5f, AmplitudeUp = -27.235f, AmplitudeDown = -2.235f },
            "pow" => new PowStepDevice { PowGamma = 2, PowGammaDtod = 0 },
            "pow reference" => new PowStepReferenceDevice { PowGamma = 2, PowGammaDtod = 0, ReferenceMean = 0.1f },
            "piecewise" => new PiecewiseStepDevice { PiecewiseUp = [1.5f, 1, 0.5f], PiecewiseDown = [0.5f, 1, 1.5f] },
            _ => new HiddenStepDevice { HsUpDownDtod = 0, HsDwMinDtod = 0 },
        };
        device = device with { DwMin = 0.01f, DwMinDtod = 0, DwMinStd = 0, UpDownDtod = 0, WMaxDtod = 0, WMinDtod = 0 };
        return name == "exp pcm" ? device with { WMin = 0, WMax = 2 } : device with { WMin = -0.6f, WMax = 0.8f };
    }

    private static LinearStepDevice Linear => new() { GammaUp = 0.5f, GammaDown = 0.25f, GammaUpDtod = 0, GammaDownDtod = 0 };

    private static float After(DeviceParameters device, int pulses, float d, float start = 0.1f)
    {
        using var devices = DeviceArrays.Create(device, OnePulse, 1, 1, new TileIdentity(1, 0));
        using var weights = new WeightMatrix(1, 1);
        weights.Row(0)[0] = start;
        for (ulong step = 0; step < (ulong)pulses; step++) devices.Update(weights, step, 1, [1], [d], 1);
        return weights.Row(0)[0];
    }

    /// <summary>Weights of all cells at points: 1000 up pulses, then 1000 down pulses, seen every 20.</summary>
    private static List<(float[] Visible, float[] Persistent)> Curve(DeviceParameters device, int rows, int columns)
    {
        using var devices = DeviceArrays.Create(device, OnePulse, rows, columns, new TileIdentity(3, 0));
        using var weights = new WeightMatrix(rows, columns);
        var x = Enumerable.Repeat(1f, columns).ToArray();
        var up = Enumerable.Repeat(-1f, rows).ToArray();
        var down = Enumerable.Repeat(1f, rows).ToArray();
        var curve = new List<(float[], float[])>();
        devices.OnSetWeights(weights, 0);
        for (ulong step = 0; step <= 2000; step++)
        {
            if (step % 20 == 0)
            {
                var visible = new float[rows * columns];
                weights.CopyTo(visible);
                var persistent = new float[rows * columns];
                if (devices.HiddenParameterNames.Contains("persistent_weights")) devices.GetHiddenParameter("persistent_weights", persistent);
                curve.Add((visible, persistent));
            }

            devices.Update(weights, step, 1, x, step < 1000 ? up : down, 1);
        }

        return curve;
    }
}
