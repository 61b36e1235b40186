using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Devices;

/// <summary>Decay, diffusion, reset, clip, write noise, hidden parameters and snapshots (spec devices, sections 2 and 5).</summary>
public sealed class DeviceOperationsTests
{
    private const int Rows = 40;
    private const int Columns = 50;
    private const int Cells = Rows * Columns;

    [Fact]
    public void Pulsed_decay_relaxes_towards_the_reset_bias()
    {
        using var tile = new Fixture(new ConstantStepDevice { Lifetime = 10, Reset = 0.1f, WMaxDtod = 0, WMinDtod = 0 });
        tile.Fill(0.3f);
        tile.Devices.Decay(tile.Weights, 1, 1);
        Assert.All(tile.Dense(), w => Assert.Equal(0.1 + (0.2 * 0.9), w, 1e-6));
        tile.Devices.PostUpdateStep(tile.Weights, 2);
        Assert.All(tile.Dense(), w => Assert.Equal(0.1 + (0.2 * 0.81), w, 1e-6));
        Assert.True(tile.PaddingIsZero());
    }

    [Fact]
    public void Digital_decay_needs_a_lifetime_above_one()
    {
        foreach (var (lifetime, factor) in new[] { (10f, 0.9), (1f, 1.0), (0f, 1.0) })
        {
            using var tile = new Fixture(new IdealDevice { Lifetime = lifetime });
            tile.Fill(0.5f);
            tile.Devices.PostUpdateStep(tile.Weights, 1);
            Assert.All(tile.Dense(), w => Assert.Equal(0.5 * factor, w, 1e-6));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Diffusion_has_its_deviation_and_fresh_noise_each_step(bool pulsed)
    {
        using var tile = new Fixture(pulsed ? new ConstantStepDevice { Diffusion = 0.01f } : new IdealDevice { Diffusion = 0.01f });
        tile.Devices.PostUpdateStep(tile.Weights, 1);
        var first = tile.Dense();
        AssertNormal(first, 0, 0.01);
        tile.Devices.PostUpdateStep(tile.Weights, 2);
        AssertNormal([.. tile.Dense().Zip(first, (b, a) => b - a)], 0, 0.01);
        Assert.True(tile.PaddingIsZero());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reset_touches_the_selected_columns_with_wrap_around(bool pulsed)
    {
        using var tile = new Fixture(pulsed ? new ConstantStepDevice { ResetStd = 0.02f } : new IdealDevice { ResetStd = 0.02f });
        tile.Fill(0.05f);
        tile.Devices.ResetColumns(tile.Weights, Columns - 2, 5, 1, 3);
        var dense = tile.Dense();
        var reset = Enumerable.Range(0, Cells).Where(i => dense[i] != 0.05f).ToArray();
        Assert.Equal([0, 1, 2, Columns - 2, Columns - 1], reset.Select(i => i % Columns).Distinct().Order());
        AssertNormal([.. reset.Select(i => dense[i])], 0, 0.02, slack: pulsed ? 0.001 : 0);
        tile.Fill(0.05f);
        tile.Devices.ResetColumns(tile.Weights, 0, -1, 0.3f, 4);
        Assert.Equal(0.3, tile.Dense().Count(w => w != 0.05f) / (double)Cells, 6 * Math.Sqrt(0.21 / Cells));
    }

    [Fact]
    public void Floating_point_devices_cannot_be_reset()
    {
        using var tile = new Fixture(new FloatingPointDevice());
        Assert.Contains("IdealDevice", Assert.Throws<InvalidOperationException>(() => tile.Devices.ResetColumns(tile.Weights, 0, -1, 1, 1)).Message);
    }

    [Fact]
    public void Clip_respects_bounds_and_limit()
    {
        using var tile = new Fixture(new ConstantStepDevice());
        var maximum = tile.Hidden("max_bound");
        tile.Fill(5);
        tile.Devices.OnSetWeights(tile.Weights, 0);
        Assert.Equal(maximum, tile.Dense());
        tile.Devices.ClipWeights(tile.Weights, 0.3f, 0);
        Assert.Equal(maximum.Select(m => MathF.Min(m, 0.3f)), tile.Dense());
    }

    [Fact]
    public void Write_noise_hides_the_persistent_weights()
    {
        using var tile = new Fixture(new SoftBoundsDevice { WriteNoiseStd = 5, WMaxDtod = 0, WMinDtod = 0, DwMinDtod = 0, UpDownDtod = 0 });
        tile.Fill(0.1f);
        tile.Devices.OnSetWeights(tile.Weights, 1);
        Assert.All(tile.Hidden("persistent_weights"), w => Assert.Equal(0.1f, w));
        AssertNormal([.. tile.Dense().Select(w => w - 0.1f)], 0, 0.005);
        var before = tile.Dense();
        var x = new float[Columns];
        x[3] = 1;
        var d = Enumerable.Repeat(1f, Rows).ToArray();
        tile.Devices.Update(tile.Weights, 2, 0.001f, x, d, 1);
        var after = tile.Dense();
        Assert.All(Enumerable.Range(0, Cells).Where(i => i % Columns != 3), i => Assert.Equal(before[i], after[i]));
        Assert.All(Enumerable.Range(0, Rows), r => Assert.NotEqual(before[(r * Columns) + 3], after[(r * Columns) + 3]));
    }

    [Fact]
    public void Exact_updates_move_persistent_weights_and_stop_at_bounds()
    {
        var update = new UpdateParameters { PulseType = PulseType.NoneWithDevice };
        using var tile = new Fixture(new SoftBoundsDevice { WriteNoiseStd = 1, WMaxDtod = 0, WMinDtod = 0 }, update);
        var x = Enumerable.Repeat(1f, 2 * Columns).ToArray();
        var d = Enumerable.Repeat(-1f, Rows).Concat(Enumerable.Repeat(0.25f, Rows)).ToArray();
        tile.Devices.Update(tile.Weights, 1, 2, x, d, 2);

        // The first vector runs into the bound of 0.6; the second goes back from there.
        Assert.All(tile.Hidden("persistent_weights"), w => Assert.Equal(0.1f, w, 1e-6f));
        AssertNormal([.. tile.Dense().Select(w => w - 0.1f)], 0, 0.001);
    }

    [Fact]
    public void Pulse_type_none_replaces_the_device()
    {
        using var tile = new Fixture(new ConstantStepDevice { WMax = 0.1f }, new UpdateParameters { PulseType = PulseType.None });
        tile.Devices.Update(tile.Weights, 1, 0.5f, Enumerable.Repeat(2f, Columns).ToArray(), Enumerable.Repeat(-3f, Rows).ToArray(), 1);
        Assert.All(tile.Dense(), w => Assert.Equal(3f, w));
        Assert.Empty(tile.Devices.HiddenParameterNames);
        Assert.True(tile.PaddingIsZero());
    }

    [Fact]
    public void Hidden_parameters_round_trip_and_re_estimate_the_step()
    {
        using var tile = new Fixture(new LinearStepDevice());
        var values = tile.Devices.HiddenParameterNames.Select(tile.Hidden).ToArray();
        tile.Devices.SetHiddenParameters(tile.Weights, values, 1);
        Assert.Equal(0.001f, tile.Devices.WeightGranularity);
        values[2] = [.. values[2].Select(u => 3 * u)];
        values[3] = [.. values[3].Select(u => 3 * u)];
        tile.Devices.SetHiddenParameters(tile.Weights, values, 1);
        Assert.Equal(0.003f, tile.Devices.WeightGranularity, 1e-4f);
        for (var p = 0; p < values.Length; p++) Assert.Equal(values[p], tile.Hidden(tile.Devices.HiddenParameterNames[p]));
        Assert.Contains("max_bound", Assert.Throws<ArgumentException>(() => tile.Hidden("nonsense")).Message);
        Assert.Throws<ArgumentException>(() => tile.Devices.SetHiddenParameters(tile.Weights, [.. values.Skip(1)], 1));
    }

    [Fact]
    public void A_snapshot_holds_what_construction_cannot_give_back()
    {
        using var tile = new Fixture(new SoftBoundsDevice { WriteNoiseStd = 1 });
        tile.Fill(0.1f);
        tile.Devices.OnSetWeights(tile.Weights, 1);
        var plain = new Recorder();
        tile.Devices.VisitState(plain);
        Assert.Equal(["hidden.construction", "hidden.persistent_weights"], plain.Arrays.Keys);

        var values = tile.Devices.HiddenParameterNames.Select(tile.Hidden).ToArray();
        values[0] = [.. values[0].Select(m => m * 2)];
        tile.Devices.SetHiddenParameters(tile.Weights, values, 2);
        var full = new Recorder();
        tile.Devices.VisitState(full);
        Assert.Equal(12, full.Arrays.Count);

        using var other = new Fixture(new SoftBoundsDevice { WriteNoiseStd = 1 });
        other.Devices.VisitState(new Restorer(full));
        foreach (var name in tile.Devices.HiddenParameterNames) Assert.Equal(tile.Hidden(name), other.Hidden(name));
        other.Devices.VisitState(new Restorer(plain));
        Assert.Equal(new Fixture(new SoftBoundsDevice { WriteNoiseStd = 1 }).Hidden("max_bound"), other.Hidden("max_bound"));
    }

    private static void AssertNormal(float[] values, double mean, double deviation, double slack = 0)
    {
        var seenMean = values.Average(v => (double)v);
        Assert.Equal(mean, seenMean, (6 * deviation / Math.Sqrt(values.Length)) + slack);
        var seen = Math.Sqrt(values.Average(v => (v - seenMean) * (v - seenMean)));
        Assert.Equal(deviation, seen, (6 * deviation / Math.Sqrt(2.0 * values.Length)) + slack);
    }

    private sealed class Fixture : IDisposable
    {
        internal Fixture(DeviceParameters device, UpdateParameters? update = null)
        {
            Devices = DeviceArrays.Create(device, update ?? new UpdateParameters(), Rows, Columns, new TileIdentity(17, 4));
            Weights = new WeightMatrix(Rows, Columns);
        }

        internal DeviceArray Devices { get; }

        internal WeightMatrix Weights { get; }

        public void Dispose()
        {
            Devices.Dispose();
            Weights.Dispose();
        }

        internal void Fill(float value)
        {
            for (var row = 0; row < Rows; row++) Weights.Row(row).Fill(value);
        }

        internal float[] Dense()
        {
            var dense = new float[Cells];
            Weights.CopyTo(dense);
            return dense;
        }

        internal float[] Hidden(string name)
        {
            var values = new float[Cells];
            Devices.GetHiddenParameter(name, values);
            return values;
        }

        internal bool PaddingIsZero()
        {
            for (var row = 0; row < Rows; row++)
            {
                if (Weights.Values.Slice((row * Weights.Stride) + Columns, Weights.Stride - Columns).ContainsAnyExcept(0f)) return false;
            }

            return true;
        }
    }

    private sealed class Recorder : ITileStateVisitor
    {
        internal Dictionary<string, float[]> Arrays { get; } = [];

        public void Visit(string name, int rows, int columns, int stride, Span<float> values) => Arrays.Add(name, values.ToArray());
    }

    private sealed class Restorer(Recorder source) : ITileStateVisitor
    {
        public void Visit(string name, int rows, int columns, int stride, Span<float> values) => source.Arrays[name].CopyTo(values);
    }
}
