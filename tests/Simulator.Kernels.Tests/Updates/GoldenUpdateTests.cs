using System.Text.Json;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tests.Devices;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.Tests.Updates;

/// <summary>
/// One update of a 32 x 32 tile, cell by cell, against mean and standard deviation measured on aihwkit with the same hidden parameters. The tolerance
/// is the golden folder's: z (std / sqrt(reps) + 0.0055 std) with z = 7; cells with fewer than 25 expected coincidences by counting. A cell
/// that always ends at its hard bound moves only if the noise of the last pulse turns it around, once in some thousand updates; such cells are compared
/// within a small part of a step.
/// </summary>
public sealed class GoldenUpdateTests
{
    private const int Size = 32;
    private const double HeldAtBound = 0.03;
    private const int MoreRepetitions = 2;

    [Theory]
    [InlineData("ConstantStepDevice")]
    [InlineData("LinearStepDevice")]
    [InlineData("SoftBoundsDevice")]
    [InlineData("SoftBoundsReferenceDevice")]
    [InlineData("ExpStepDevice")]
    [InlineData("PowStepDevice")]
    [InlineData("PiecewiseStepDevice")]
    [InlineData("EcRamPresetDevice")]
    [InlineData("GokmenVlasovPresetDevice")]
    [InlineData("IdealizedPresetDevice")]
    [InlineData("PCMPresetDevice")]
    [InlineData("ReRamArrayHfO2PresetDevice")]
    [InlineData("ReRamESPresetDevice")]
    [InlineData("ReRamSBPresetDevice")]
    public void One_update(string name)
    {
        using var file = GoldenData.Open($"update_{name}.json");
        var root = file.RootElement;
        var device = GoldenDevice.Parameters(name, root.GetProperty("params"), 5);
        foreach (var regime in root.GetProperty("regimes").EnumerateObject())
        {
            Compare(device, new UpdateParameters(), root, root.GetProperty("w0"), regime, GoldenDevice.Vector(root.GetProperty("d")), name);
        }
    }

    [Theory]
    [InlineData("default")]
    [InlineData("stochastic")]
    [InlineData("mean_count")]
    [InlineData("deterministic_implicit")]
    [InlineData("deterministic_implicit_res")]
    [InlineData("none_with_device")]
    [InlineData("no_ublm")]
    [InlineData("no_um")]
    [InlineData("res")]
    [InlineData("desired_bl_10")]
    public void Update_variants(string name)
    {
        using var file = GoldenData.Open("update_variants_ConstantStep.json");
        var root = file.RootElement;
        var variant = root.GetProperty("variants").GetProperty(name);
        var device = GoldenDevice.Parameters("ConstantStepDevice", root.GetProperty("params"), 5);
        var update = GoldenDevice.Update(variant.GetProperty("update"));
        foreach (var regime in variant.GetProperty("regimes").EnumerateObject())
        {
            var scale = GoldenDevice.Number(root.GetProperty("d_scales").GetProperty(regime.Name));
            var d = GoldenDevice.Vector(root.GetProperty("d")).Select(v => v * scale).ToArray();
            Compare(device, update, root, variant.GetProperty("w0"), regime, d, name);
        }
    }

    private static void Compare(
        PulsedDeviceParameters device, UpdateParameters update, JsonElement root, JsonElement w0, JsonProperty regime, float[] d, string name)
    {
        var learningRate = GoldenDevice.Number(regime.Value.GetProperty("lr"));
        var goldenRepetitions = regime.Value.GetProperty("reps").GetInt32();
        var x = GoldenDevice.Vector(root.GetProperty("x"));
        var start = GoldenDevice.Matrix(w0);
        using var devices = DeviceArrays.Create(device, update, Size, Size, new TileIdentity(99, 1));
        using var weights = new WeightMatrix(Size, Size);
        GoldenDevice.SetHidden(devices, weights, root.GetProperty("hidden"));
        var granularity = root.TryGetProperty("granularity", out var golden) ? GoldenDevice.Number(golden) : device.DwMin;
        Assert.Equal(granularity, devices.WeightGranularity, 1e-6f * granularity);
        var (visible, persistent) = Moments(devices, weights, start, learningRate, x, d, goldenRepetitions * MoreRepetitions);
        var expected = ExpectedCoincidences(update, learningRate, devices.WeightGranularity, x, d);
        var up = new float[Size * Size];
        var down = new float[Size * Size];
        devices.GetHiddenParameter("dwmin_up", up);
        devices.GetHiddenParameter("dwmin_down", down);
        var steps = up.Zip(down, Math.Max).ToArray();
        var counts = update.PulseType == PulseType.NoneWithDevice ? null : steps;
        if (regime.Value.TryGetProperty("persistent_dw_mean", out var persistentMean))
        {
            Compare(
                $"{name} {regime.Name} persistent",
                device,
                GoldenDevice.Matrix(persistentMean),
                GoldenDevice.Matrix(regime.Value.GetProperty("persistent_dw_std")),
                persistent,
                goldenRepetitions,
                expected,
                counts);

            // Write noise covers whatever single pulses do.
            expected = null;
            counts = null;
        }

        Compare(
            $"{name} {regime.Name}",
            device,
            GoldenDevice.Matrix(regime.Value.GetProperty("dw_mean")),
            GoldenDevice.Matrix(regime.Value.GetProperty("dw_std")),
            visible,
            goldenRepetitions,
            expected,
            counts);
    }

    /// <summary>Compares all cells.</summary>
    /// <param name="where">What is compared.</param>
    /// <param name="device">The device.</param>
    /// <param name="means">Measured on aihwkit.</param>
    /// <param name="deviations">Measured on aihwkit.</param>
    /// <param name="moments">Seen here, over more repetitions.</param>
    /// <param name="goldenRepetitions">Repetitions on aihwkit.</param>
    /// <param name="expected">Mean coincidences of each cell and update; null where they are not counted.</param>
    /// <param name="steps">Larger step of each cell; null where cells held at their bounds need no care.</param>
    private static void Compare(
        string where,
        PulsedDeviceParameters device,
        float[] means,
        float[] deviations,
        (double Mean, double Deviation, double Kurtosis)[] moments,
        int goldenRepetitions,
        double[]? expected,
        float[]? steps)
    {
        for (var cell = 0; cell < Size * Size; cell++)
        {
            var place = $"{where} row {cell / Size} column {cell % Size}";
            var std = Math.Max(moments[cell].Deviation, deviations[cell]);
            if (expected is not null && steps is not null && expected[cell] * goldenRepetitions < 25)
            {
                var (factor, noise) = LargestStep(device);
                var step = factor * steps[cell];
                AssertRare(Math.Abs(means[cell]) * goldenRepetitions / step, expected[cell] * goldenRepetitions, noise, place);
                AssertRare(
                    Math.Abs(moments[cell].Mean) * goldenRepetitions * MoreRepetitions / step, expected[cell] * goldenRepetitions * MoreRepetitions, noise, place);
                continue;
            }

            if (steps is not null && std < HeldAtBound * steps[cell])
            {
                Assert.Equal(means[cell], moments[cell].Mean, HeldAtBound * steps[cell]);
                continue;
            }

            var meanBound = (7 * std * (1 / Math.Sqrt(goldenRepetitions) + 0.0055)) + 2e-7;
            Assert.True(Math.Abs(moments[cell].Mean - means[cell]) < meanBound, $"{place}: mean {moments[cell].Mean}, golden {means[cell]} +- {meanBound}");
            var stdBound = (7 * std * (Math.Sqrt(Math.Max(moments[cell].Kurtosis - 1, 2) / 4 / goldenRepetitions) + 0.0055)) + 2e-7;
            Assert.True(
                Math.Abs(moments[cell].Deviation - deviations[cell]) < stdBound, $"{place}: std {moments[cell].Deviation}, golden {deviations[cell]} +- {stdBound}");
        }
    }

    /// <summary>Largest step anywhere in the range, in units of the step that hidden parameters give, and its relative noise.</summary>
    private static (double Factor, double Noise) LargestStep(PulsedDeviceParameters device)
    {
        if (device is not ExpStepDevice exp) return (device is ConstantStepDevice ? 1 : 2.5, device.DwMinStd);
        double Factor(double w)
        {
            var z = (2 * w / (exp.WMax - exp.WMin) * exp.Scale) + exp.Offset;
            return Math.Max(1 - (exp.AmplitudeUp * Math.Exp(exp.GammaUp * z)), 1 - (exp.AmplitudeDown * Math.Exp(-exp.GammaDown * z)));
        }

        var factor = Math.Max(Factor(exp.WMin), Factor(exp.WMax));
        return (factor, exp.DwMinStd * (1 + ((exp.DwMinStdAdd + (exp.DwMinStdSlope * exp.WMax)) / (factor * exp.DwMin))));
    }

    /// <summary>Bounds on a rare count: its Poisson tail at 1e-10, widened by the noise of the steps it was inferred from.</summary>
    private static void AssertRare(double count, double expected, double cycleNoise, string where)
    {
        var term = Math.Exp(-expected);
        var tail = 1 - term;
        var high = 0;
        while (tail > 1e-10 && high < 200)
        {
            high++;
            term *= expected / high;
            tail -= term;
        }

        var bound = (high + 1) + (7 * cycleNoise * Math.Sqrt(high + 1));
        Assert.True(count <= bound * 1.1, $"{where}: about {count} coincidences, expected {expected}, at most {bound}");
    }

    private static ((double Mean, double Deviation, double Kurtosis)[] Visible, (double Mean, double Deviation, double Kurtosis)[] Persistent) Moments(
        DeviceArray devices, WeightMatrix weights, float[] start, float learningRate, float[] x, float[] d, int repetitions)
    {
        var hides = devices.HiddenParameterNames.Contains("persistent_weights");
        var dense = new float[Size * Size];
        var visible = new double[4, Size * Size];
        var persistent = new double[4, Size * Size];
        for (var r = 0; r < repetitions; r++)
        {
            weights.CopyFrom(start);
            if (hides) devices.OnSetWeights(weights, (ulong)r);
            devices.Update(weights, (ulong)r, learningRate, x, d, 1);
            weights.CopyTo(dense);
            Sum(visible, dense, start);
            if (!hides) continue;
            devices.GetHiddenParameter("persistent_weights", dense);
            Sum(persistent, dense, start);
        }

        return (Moments(visible, repetitions), Moments(persistent, repetitions));
    }

    private static void Sum(double[,] sums, float[] weights, float[] start)
    {
        for (var cell = 0; cell < weights.Length; cell++)
        {
            double dw = weights[cell] - start[cell];
            sums[0, cell] += dw;
            sums[1, cell] += dw * dw;
            sums[2, cell] += dw * dw * dw;
            sums[3, cell] += dw * dw * dw * dw;
        }
    }

    private static (double Mean, double Deviation, double Kurtosis)[] Moments(double[,] sums, int repetitions)
    {
        var moments = new (double, double, double)[Size * Size];
        for (var cell = 0; cell < moments.Length; cell++)
        {
            var mean = sums[0, cell] / repetitions;
            var second = sums[1, cell] / repetitions;
            var variance = Math.Max(second - (mean * mean), 0);
            var fourth = (sums[3, cell] / repetitions) - (4 * mean * sums[2, cell] / repetitions) + (6 * mean * mean * second) - (3 * Math.Pow(mean, 4));
            moments[cell] = (mean, Math.Sqrt(variance), variance > 0 ? fourth / (variance * variance) : 3);
        }

        return moments;
    }

    private static double[]? ExpectedCoincidences(UpdateParameters update, float learningRate, float granularity, float[] x, float[] d)
    {
        if (update.PulseType is not (PulseType.StochasticCompressed or PulseType.Stochastic)) return null;
        var scales = BitLineScales.Choose(update, learningRate, granularity, x.Max(MathF.Abs), d.Max(MathF.Abs));
        double P(float v, float scale) => Math.Min(1, PulseProbability.Quantise(MathF.Abs(v), scale, update.Res, 0.5f));
        return [.. d.SelectMany(di => x.Select(xj => scales.Slots * P(di, scales.DScale) * P(xj, scales.XScale)))];
    }
}
