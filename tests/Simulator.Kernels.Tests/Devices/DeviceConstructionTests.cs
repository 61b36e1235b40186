using System.Text.Json;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Devices;

/// <summary>Distribution, order and identity of hidden parameters.</summary>
public sealed class DeviceConstructionTests
{
    private const int Size = 200;

    [Theory]
    [MemberData(nameof(GoldenDevice.Names), MemberType = typeof(GoldenDevice))]
    public void Hidden_parameters_have_the_golden_quantiles(string name)
    {
        using var file = GoldenData.Open("hidden_parameters.json");
        var quantiles = GoldenDevice.Vector(file.RootElement.GetProperty("quantiles"));
        var device = file.RootElement.GetProperty("devices").GetProperty(name);
        using var devices = Create(GoldenDevice.Parameters(name, device.GetProperty("params"), 7));
        var hidden = device.GetProperty("hidden");
        Assert.Equal(hidden.EnumerateObject().Select(p => p.Name), devices.HiddenParameterNames);
        foreach (var golden in hidden.EnumerateObject())
        {
            if (golden.Name == "persistent_weights") continue; // weights, not construction
            var values = Hidden(devices, golden.Name);
            var std = golden.Value.GetProperty("std").GetDouble();
            if (std == 0)
            {
                Assert.All(values, v => Assert.Equal(GoldenDevice.Number(golden.Value.GetProperty("mean")), v, 1e-9f));
                continue;
            }

            // Slopes of soft bounds are steps over bounds that come close to zero: they have no finite mean, only quantiles.
            if (!(name == "SoftBoundsDevice" && golden.Name.StartsWith("slope", StringComparison.Ordinal))) AssertMoments(golden.Value, values, std);
            var expected = GoldenDevice.Vector(golden.Value.GetProperty("q"));
            for (var q = 0; q < quantiles.Length; q++)
            {
                var below = values.Count(v => v < expected[q]) / (double)values.Length;
                Assert.Equal(quantiles[q], below, 7 * Math.Sqrt(2 * quantiles[q] * (1 - quantiles[q]) / values.Length));
            }
        }
    }

    [Fact]
    public void Log_normal_steps_have_a_median_of_one()
    {
        using var devices = Create(new ConstantStepDevice { DwMinDtod = 0.7829f, DwMinDtodLogNormal = true, UpDownDtod = 0 });
        var gains = Hidden(devices, "dwmin_up").Select(u => Math.Log(u / 0.001)).ToArray();
        Assert.Equal(0, gains.Average(), 6 * 0.7829 / Size);
        Assert.Equal(0.7829, Math.Sqrt(gains.Average(g => g * g)), 6 * 0.7829 / Math.Sqrt(2) / Size);
    }

    [Fact]
    public void Asymmetry_shrinks_one_side_and_spreads_both()
    {
        using var devices = Create(new ConstantStepDevice { DwMin = 0.01f, DwMinDtod = 0, UpDown = 0.2f, UpDownDtod = 0.05f });
        var up = Hidden(devices, "dwmin_up");
        var down = Hidden(devices, "dwmin_down");
        Assert.Equal(0.01, up.Average(v => (double)v), 6 * 0.0005 / Size);
        Assert.Equal(0.008, down.Average(v => (double)v), 6 * 0.0005 / Size);
        var half = up.Zip(down, (u, d) => (u - d - 0.002) / 2).ToArray();
        Assert.Equal(0.0005, Math.Sqrt(half.Average(h => h * h)), 6 * 0.0005 / Math.Sqrt(2) / Size);
    }

    [Fact]
    public void Corrupt_cells_are_stuck_inside_their_range()
    {
        using var devices = Create(new ConstantStepDevice { CorruptDevicesProb = 0.25f, CorruptDevicesRange = 0.1f });
        var maximum = Hidden(devices, "max_bound");
        var minimum = Hidden(devices, "min_bound");
        var up = Hidden(devices, "dwmin_up");
        var stuck = Enumerable.Range(0, maximum.Length).Where(i => maximum[i] == minimum[i]).ToArray();
        Assert.Equal(0.25, stuck.Length / (double)maximum.Length, 6 * Math.Sqrt(0.25 * 0.75) / Size);
        Assert.All(stuck, i => Assert.True(Math.Abs(maximum[i]) <= 0.1f && up[i] == 0));
        Assert.Equal(0, stuck.Average(i => (double)maximum[i]), 6 * 0.0578 / Math.Sqrt(stuck.Length));
    }

    [Fact]
    public void Perfect_bias_and_spread_rates()
    {
        using var devices = Create(new ConstantStepDevice
        {
            PerfectBias = true,
            Lifetime = 100,
            LifetimeDtod = 0.1f,
            Diffusion = 0.01f,
            DiffusionDtod = 0.2f,
            Reset = 0.03f,
            ResetDtod = 0.05f,
        });
        Assert.Equal(60, Hidden(devices, "max_bound")[Size - 1], 1e-5f);
        Assert.Equal(0.001f, Hidden(devices, "dwmin_down")[Size - 1]);
        var lifetimes = Hidden(devices, "decay_scales").Select(s => 1 / (1 - (double)s)).ToArray();
        Assert.Equal(100, lifetimes.Average(), 6 * 10.0 / Size);
        Assert.Equal(10, Math.Sqrt(lifetimes.Average(t => (t - 100) * (t - 100))), 6 * 10.0 / Math.Sqrt(2) / Size);
        Assert.Equal(0.01, Hidden(devices, "diffusion_rates").Average(v => (double)v), 6 * 0.002 / Size);
        Assert.Equal(0.03, Hidden(devices, "reset_bias").Average(v => (double)v), 6 * 0.05 / Size);
    }

    [Fact]
    public void Slopes_of_a_soft_bounds_reference_divide_its_bounds()
    {
        using var devices = Create(new SoftBoundsReferenceDevice { WMaxDtod = 0, WMinDtod = 0, SlopeUpDtod = 0.1f, SlopeDownDtod = 0.05f, ReferenceMean = 0.2f, ReferenceStd = 0.1f });
        AssertSpread(Hidden(devices, "max_bound").Select(bound => 0.6 / bound), 1, 0.1);
        AssertSpread(Hidden(devices, "min_bound").Select(bound => -0.6 / bound), 1, 0.05);
        AssertSpread(Hidden(devices, "reference").Select(reference => (double)reference), 0.2, 0.1);
    }

    [Fact]
    public void A_symmetry_point_moves_reference_and_reset_bias()
    {
        var plain = new SoftBoundsReferenceDevice { ReferenceStd = 0.05f };
        using var devices = Create(plain);
        using var balanced = Create(plain with { SubtractSymmetryPoint = true });
        var (up, down) = (Hidden(devices, "dwmin_up"), Hidden(devices, "dwmin_down"));
        var (maximum, minimum) = (Hidden(devices, "max_bound"), Hidden(devices, "min_bound"));
        var (reference, moved, bias) = (Hidden(devices, "reference"), Hidden(balanced, "reference"), Hidden(balanced, "reset_bias"));
        for (var i = 0; i < up.Length; i++)
        {
            var point = (up[i] - down[i]) / ((up[i] / maximum[i]) - (down[i] / minimum[i]));
            Assert.Equal(point, bias[i], 1e-5f);
            Assert.Equal(reference[i] + point, moved[i], 1e-5f);
        }
    }

    [Fact]
    public void Exponents_of_a_power_step_spread_around_their_means()
    {
        using var devices = Create(new PowStepDevice { PowGamma = 2, PowGammaDtod = 0.1f, PowUpDown = 0.3f, PowUpDownDtod = 0.05f });
        var (up, down) = (Hidden(devices, "gamma_up"), Hidden(devices, "gamma_down"));
        AssertSpread(up.Select(gamma => (double)gamma), 2, 2 * Math.Sqrt(0.01 + 0.0025));
        AssertSpread(up.Zip(down, (u, d) => (double)((u + d) / 2)), 2 - 0.3, 0.2);
        AssertSpread(up.Zip(down, (u, d) => (double)((u - d) / 2)), 0.3, 0.1);
    }

    [Fact]
    public void A_hidden_step_device_jumps_by_its_hidden_states()
    {
        using var devices = Create(new HiddenStepDevice { DwMin = 0.01f, DwMinDtod = 0, UpDownDtod = 0, HsHiddenStates = 4, HsDwMinDtod = 0.2f, HsUpDownDtod = 0 });
        Assert.Equal(0.04f, devices.WeightGranularity);
        Assert.All(Hidden(devices, "dwmin_up"), step => Assert.Equal(0.04f, step));
        AssertSpread(Hidden(devices, "hs_scale_up").Select(step => (double)step), 0.25, 0.05);
        Assert.All(Hidden(devices, "hidden_weights"), weight => Assert.Equal(0, weight));
        Assert.Equal(["hs_scale_up", "hs_scale_down", "hidden_weights"], devices.HiddenParameterNames.TakeLast(3));
    }

    [Fact]
    public void The_construction_seed_replaces_the_run_seed()
    {
        float[] Bounds(int constructionSeed, ulong seed, uint tile)
        {
            using var devices = DeviceArrays.Create(
                new ConstantStepDevice { ConstructionSeed = constructionSeed }, new UpdateParameters(), 5, 9, new TileIdentity(seed, tile));
            var values = new float[45];
            devices.GetHiddenParameter("max_bound", values);
            return values;
        }

        Assert.Equal(Bounds(0, 1, 0), Bounds(0, 1, 0));
        Assert.NotEqual(Bounds(0, 1, 0), Bounds(0, 2, 0));
        Assert.NotEqual(Bounds(0, 1, 0), Bounds(0, 1, 1));
        Assert.Equal(Bounds(5, 1, 0), Bounds(5, 2, 0));
        Assert.NotEqual(Bounds(5, 1, 0), Bounds(5, 1, 1));
    }

    [Fact]
    public void Impossible_parameters_are_reported_all_at_once()
    {
        var device = new LinearStepDevice { DwMin = 0, WMax = -1, MultNoise = false, ReverseUp = true };
        var update = new UpdateParameters { DesiredBl = 0, XResImplicit = 4, Res = 10 };
        var message = Assert.Throws<ArgumentException>(() => DeviceArrays.Create(device, update, 2, 2, new TileIdentity(1, 1))).Message;
        foreach (var part in new[] { "dw_min", "w_max", "reverse_up", "desired_bl", "x_res_implicit is 4", "res is 10" }) Assert.Contains(part, message);
    }

    private static void AssertMoments(JsonElement golden, float[] values, double std)
    {
        var mean = values.Average(v => (double)v);
        var kurtosis = values.Average(v => Math.Pow((v - mean) / std, 4));
        Assert.Equal(golden.GetProperty("mean").GetDouble(), mean, 7 * std * Math.Sqrt(2.0 / values.Length));
        var seenStd = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        Assert.Equal(std, seenStd, 7 * std * Math.Sqrt((kurtosis - 1) / 2 / values.Length));
    }

    private static void AssertSpread(IEnumerable<double> values, double mean, double deviation)
    {
        var all = values.ToArray();
        var seen = all.Average();
        Assert.Equal(mean, seen, 6 * deviation / Math.Sqrt(all.Length));
        Assert.Equal(deviation, Math.Sqrt(all.Average(v => (v - seen) * (v - seen))), 6 * deviation / Math.Sqrt(2.0 * all.Length));
    }

    private static DeviceArray Create(DeviceParameters device) => DeviceArrays.Create(device, new UpdateParameters(), Size, Size, new TileIdentity(11, 2));

    private static float[] Hidden(DeviceArray devices, string name)
    {
        var values = new float[Size * Size];
        devices.GetHiddenParameter(name, values);
        return values;
    }
}
