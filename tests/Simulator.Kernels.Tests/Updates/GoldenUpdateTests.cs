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
        DeviceParameters device, UpdateParameters update, JsonElement root, JsonElement w0, JsonProperty regime, float[] d, string name)
    {
        var learningRate = GoldenDevice.Number(regime.Value.GetProperty("lr"));
        var goldenRepetitions = regime.Value.GetProperty("reps").GetInt32();
        var means = GoldenDevice.Matrix(regime.Value.GetProperty("dw_mean"));
        var deviations = GoldenDevice.Matrix(regime.Value.GetProperty("dw_std"));
        var x = GoldenDevice.Vector(root.GetProperty("x"));
        var start = GoldenDevice.Matrix(w0);
        using var devices = DeviceArrays.Create(device, update, Size, Size, new TileIdentity(99, 1));
        using var weights = new WeightMatrix(Size, Size);
        GoldenDevice.SetHidden(devices, weights, root.GetProperty("hidden"));
        Assert.Equal(0.001f, devices.WeightGranularity);
        var moments = Moments(devices, weights, start, learningRate, x, d, goldenRepetitions * MoreRepetitions);
        var expected = ExpectedCoincidences(update, learningRate, x, d);
        var up = new float[Size * Size];
        var down = new float[Size * Size];
        devices.GetHiddenParameter("dwmin_up", up);
        devices.GetHiddenParameter("dwmin_down", down);
        var hard = device is ConstantStepDevice or LinearStepDevice;
        for (var cell = 0; cell < Size * Size; cell++)
        {
            var where = $"{name} {regime.Name} row {cell / Size} column {cell % Size}";
            var std = Math.Max(moments[cell].Deviation, deviations[cell]);
            if (expected is not null && expected[cell] * goldenRepetitions < 25)
            {
                var step = Math.Max(up[cell], down[cell]);
                AssertRare(Math.Abs(means[cell]) * goldenRepetitions / step, expected[cell] * goldenRepetitions, where);
                AssertRare(Math.Abs(moments[cell].Mean) * goldenRepetitions * MoreRepetitions / step, expected[cell] * goldenRepetitions * MoreRepetitions, where);
                continue;
            }

            if (hard && std < HeldAtBound * Math.Max(up[cell], down[cell]) && update.PulseType != PulseType.NoneWithDevice)
            {
                Assert.Equal(means[cell], moments[cell].Mean, HeldAtBound * Math.Max(up[cell], down[cell]));
                continue;
            }

            var meanBound = (7 * std * (1 / Math.Sqrt(goldenRepetitions) + 0.0055)) + 2e-7;
            Assert.True(Math.Abs(moments[cell].Mean - means[cell]) < meanBound, $"{where}: mean {moments[cell].Mean}, golden {means[cell]} +- {meanBound}");
            var stdBound = (7 * std * (Math.Sqrt(Math.Max(moments[cell].Kurtosis - 1, 2) / 4 / goldenRepetitions) + 0.0055)) + 2e-7;
            Assert.True(
                Math.Abs(moments[cell].Deviation - deviations[cell]) < stdBound, $"{where}: std {moments[cell].Deviation}, golden {deviations[cell]} +- {stdBound}");
        }
    }

    /// <summary>Bounds on a rare count: its Poisson tail at 1e-10, widened by the noise of the steps it was inferred from.</summary>
    private static void AssertRare(double count, double expected, string where)
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

        var bound = (high + 1) + (7 * 0.3 * Math.Sqrt(high + 1));
        Assert.True(count <= bound * 1.1, $"{where}: about {count} coincidences, expected {expected}, at most {bound}");
    }

    private static (double Mean, double Deviation, double Kurtosis)[] Moments(
        DeviceArray devices, WeightMatrix weights, float[] start, float learningRate, float[] x, float[] d, int repetitions)
    {
        var sums = new double[4, Size * Size];
        for (var r = 0; r < repetitions; r++)
        {
            weights.CopyFrom(start);
            devices.Update(weights, (ulong)r, learningRate, x, d, 1);
            for (var cell = 0; cell < Size * Size; cell++)
            {
                double dw = weights.Values[(cell / Size * weights.Stride) + (cell % Size)] - start[cell];
                sums[0, cell] += dw;
                sums[1, cell] += dw * dw;
                sums[2, cell] += dw * dw * dw;
                sums[3, cell] += dw * dw * dw * dw;
            }
        }

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

    private static double[]? ExpectedCoincidences(UpdateParameters update, float learningRate, float[] x, float[] d)
    {
        if (update.PulseType is not (PulseType.StochasticCompressed or PulseType.Stochastic)) return null;
        var scales = BitLineScales.Choose(update, learningRate, 0.001f, x.Max(MathF.Abs), d.Max(MathF.Abs));
        double P(float v, float scale) => Math.Min(1, PulseProbability.Quantise(MathF.Abs(v), scale, update.Res, 0.5f));
        return [.. d.SelectMany(di => x.Select(xj => scales.Slots * P(di, scales.DScale) * P(xj, scales.XScale)))];
    }
}
