using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Devices;

/// <summary>The answer of devices to trains of equal pulses.</summary>
public sealed class DeviceResponseTests
{
    private static readonly UpdateParameters OnePulse = new() { DesiredBl = 1, UpdateBlManagement = false, UpdateManagement = false };

    public static TheoryData<string, float[], float[]> Regression() => new()
    {
        { "constant", [0.11f, 0.12f, 0.2f, 0.6f], [0.09f, 0.08f, 0, -0.4f] },
        { "constant up_down", [0.11f, 0.12f, 0.2f, 0.6f], [0.093f, 0.086f, 0.03f, -0.25f] },
        { "linear", [0.109375f, 0.1186914f, 0.1911567f, 0.5036522f], [0.08958334f, 0.07921007f, -0.002235087f, -0.3710423f] },
        { "linear reverse_up", [0.1108197f, 0.121728f, 0.2122761f, 0.7653541f], [0.08958334f, 0.07921007f, -0.002235087f, -0.3710423f] },
        { "linear reverse_down", [0.109375f, 0.1186914f, 0.1911567f, 0.5036522f], [0.09030864f, 0.08058737f, 0.001729264f, -0.4230866f] },
        { "soft bounds", [0.10875f, 0.1173906f, 0.1827387f, 0.42679f], [0.08833334f, 0.07686111f, -0.008294437f, -0.2979102f] },
    };

    [Theory]
    [MemberData(nameof(Regression))]
    public void Noise_free_values_of_the_engine(string name, float[] up, float[] down)
    {
        var counts = new[] { 1, 2, 10, 50 };
        for (var k = 0; k < counts.Length; k++)
        {
            Assert.Equal(up[k], After(NoiseFree(name), counts[k], -1), 2e-6f);
            Assert.Equal(down[k], After(NoiseFree(name), counts[k], 1), 2e-6f);
        }
    }

    [Theory]
    [InlineData("ConstantStepDevice")]
    [InlineData("LinearStepDevice")]
    [InlineData("SoftBoundsDevice")]
    public void Nominal_curves_of_the_golden_file(string name)
    {
        using var file = GoldenData.Open("response_curves.json");
        var device = file.RootElement.GetProperty("devices").GetProperty(name);
        var expected = GoldenDevice.Vector(device.GetProperty("nominal").GetProperty("mean"));
        var curve = Curve(GoldenDevice.Parameters(name, device.GetProperty("nominal_params"), 0), 1, 4);
        for (var point = 0; point < expected.Length; point++)
        {
            Assert.All(curve[point], w => Assert.Equal(expected[point], w, 2e-5f));
        }
    }

    [Theory]
    [InlineData("ConstantStepDevice")]
    [InlineData("LinearStepDevice")]
    [InlineData("SoftBoundsDevice")]
    public void Spread_of_4000_devices_of_the_golden_file(string name)
    {
        using var file = GoldenData.Open("response_curves.json");
        var device = file.RootElement.GetProperty("devices").GetProperty(name);
        var spread = device.GetProperty("spread_20x200");
        var means = GoldenDevice.Vector(spread.GetProperty("mean"));
        var deviations = GoldenDevice.Vector(spread.GetProperty("std"));
        var curve = Curve(GoldenDevice.Parameters(name, device.GetProperty("params"), 12), 20, 200);
        for (var point = 1; point < means.Length; point++)
        {
            var mean = curve[point].Average(w => (double)w);
            var deviation = Math.Sqrt(curve[point].Sum(w => (w - mean) * (w - mean)) / (curve[point].Length - 1));
            var kurtosis = curve[point].Average(w => Math.Pow((w - mean) / deviation, 4));
            var std = Math.Max(deviation, deviations[point]);
            var meanBound = 7 * std * (Math.Sqrt(2 / 4000.0) + 0.0055);
            Assert.True(Math.Abs(mean - means[point]) < meanBound, $"point {point}: mean {mean}, golden {means[point]} +- {meanBound}");
            var stdBound = 7 * std * (Math.Sqrt((kurtosis - 1) / 2 / 4000.0) + 0.0055);
            Assert.True(Math.Abs(deviation - deviations[point]) < stdBound, $"point {point}: std {deviation}, golden {deviations[point]} +- {stdBound}");
        }
    }

    private static DeviceParameters NoiseFree(string name)
    {
        var linear = new LinearStepDevice
        {
            WMin = -0.6f,
            WMax = 0.8f,
            DwMin = 0.01f,
            DwMinDtod = 0,
            DwMinStd = 0,
            UpDownDtod = 0,
            WMaxDtod = 0,
            WMinDtod = 0,
            GammaUp = 0.5f,
            GammaDown = 0.25f,
            GammaUpDtod = 0,
            GammaDownDtod = 0,
        };
        return name switch
        {
            "linear" => linear,
            "linear reverse_up" => linear with { ReverseUp = true },
            "linear reverse_down" => linear with { ReverseDown = true },
            "soft bounds" => new SoftBoundsDevice
            {
                WMin = -0.6f,
                WMax = 0.8f,
                DwMin = 0.01f,
                DwMinDtod = 0,
                DwMinStd = 0,
                UpDownDtod = 0,
                WMaxDtod = 0,
                WMinDtod = 0,
            },
            _ => new ConstantStepDevice
            {
                WMin = -0.6f,
                WMax = 0.8f,
                DwMin = 0.01f,
                DwMinDtod = 0,
                DwMinStd = 0,
                UpDownDtod = 0,
                WMaxDtod = 0,
                WMinDtod = 0,
                UpDown = name == "constant" ? 0 : 0.3f,
            },
        };
    }

    private static float After(DeviceParameters device, int pulses, float d)
    {
        using var devices = DeviceArrays.Create(device, OnePulse, 1, 1, new TileIdentity(1, 0));
        using var weights = new WeightMatrix(1, 1);
        weights.Row(0)[0] = 0.1f;
        for (ulong step = 0; step < (ulong)pulses; step++) devices.Update(weights, step, 1, [1], [d], 1);
        return weights.Row(0)[0];
    }

    /// <summary>[point][cell]: 1000 up pulses, then 1000 down pulses, seen every 20.</summary>
    private static List<float[]> Curve(DeviceParameters device, int rows, int columns)
    {
        using var devices = DeviceArrays.Create(device, OnePulse, rows, columns, new TileIdentity(3, 0));
        using var weights = new WeightMatrix(rows, columns);
        var x = Enumerable.Repeat(1f, columns).ToArray();
        var up = Enumerable.Repeat(-1f, rows).ToArray();
        var down = Enumerable.Repeat(1f, rows).ToArray();
        var curve = new List<float[]>();
        for (ulong step = 0; step <= 2000; step++)
        {
            if (step % 20 == 0)
            {
                var dense = new float[rows * columns];
                weights.CopyTo(dense);
                curve.Add(dense);
            }

            devices.Update(weights, step, 1, x, step < 1000 ? up : down, 1);
        }

        return curve;
    }
}
