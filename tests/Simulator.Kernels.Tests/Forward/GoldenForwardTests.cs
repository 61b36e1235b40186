using System.Text.Json;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Forward;

/// <summary>Mean and standard deviation of every output against the ones measured on aihwkit (golden/forward_statistics.json).</summary>
public sealed class GoldenForwardTests
{
    /// <summary>About 3,400 means and as many deviations per direction; a normal tail of 7 sigma keeps all of them below a false alarm of 1e-6.</summary>
    private const double Sigmas = 7;

    /// <summary>Bias of aihwkit's table of 32,768 normals, relative to the standard deviation (golden/README.md).</summary>
    private const double TableBias = 0.0055;

    /// <summary>Single-precision noise of a product without any randomness; levels of the converters are at least 100 times wider.</summary>
    private const double Rounding = 1e-4;

    [Theory]
    [InlineData("default")]
    [InlineData("perfect")]
    [InlineData("nm_none")]
    [InlineData("nm_absmax")]
    [InlineData("nm_absmax_thres")]
    [InlineData("nm_constant")]
    [InlineData("nm_constant_nothres")]
    [InlineData("bm_none")]
    [InlineData("bm_none_ob2")]
    [InlineData("bm_iter_ob2")]
    [InlineData("bm_worst_ob2")]
    [InlineData("nm_none_bm_none")]
    [InlineData("no_noise")]
    [InlineData("no_noise_ob2_iter")]
    [InlineData("inp_res_5bit")]
    [InlineData("inp_res_steps")]
    [InlineData("inp_res_off")]
    [InlineData("out_res_5bit")]
    [InlineData("out_res_sto")]
    [InlineData("out_res_off")]
    [InlineData("inp_noise")]
    [InlineData("w_noise_add")]
    [InlineData("ir_drop")]
    [InlineData("ir_drop_noiseless")]
    [InlineData("posneg")]
    [InlineData("posneg_asym")]
    [InlineData("onepass_asym")]
    [InlineData("out_scale2")]
    [InlineData("out_nonlin")]
    [InlineData("r_series_wmin0")]
    [InlineData("v_offset_wmin0")]
    [InlineData("preset_io")]
    public void Forward_statistics_are_aihwkits(string setting)
    {
        using var golden = GoldenData.Open("forward_statistics.json");
        var root = golden.RootElement;
        var measured = root.GetProperty("settings").GetProperty(setting);
        Compare(root, "x", measured, Read(measured.GetProperty("io")), MvmDirection.Forward);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("perfect")]
    [InlineData("no_noise")]
    [InlineData("nm_none")]
    [InlineData("w_noise_pcm")]
    public void Backward_statistics_are_aihwkits(string setting)
    {
        using var golden = GoldenData.Open("forward_statistics.json");
        var root = golden.RootElement;
        var measured = root.GetProperty("backward").GetProperty(setting);
        Compare(root, "d", measured, Read(measured.GetProperty("diff")), MvmDirection.Backward);
    }

    [Fact]
    public void No_setting_is_left_out()
    {
        using var golden = GoldenData.Open("forward_statistics.json");
        Assert.Equal(Names(golden.RootElement.GetProperty("settings")), Compared(nameof(Forward_statistics_are_aihwkits)));
        Assert.Equal(Names(golden.RootElement.GetProperty("backward")), Compared(nameof(Backward_statistics_are_aihwkits)));

        static IEnumerable<string> Names(JsonElement settings) => settings.EnumerateObject().Select(setting => setting.Name).Order();

        static IEnumerable<string> Compared(string method) => typeof(GoldenForwardTests).GetMethod(method)!
            .GetCustomAttributes(typeof(InlineDataAttribute), false)
            .Select(data => (string)((InlineDataAttribute)data).GetData(null!).Single()[0])
            .Order();
    }

    [Fact]
    public void The_preset_is_aihwkits()
    {
        using var golden = GoldenData.Open("forward_statistics.json");
        var io = Read(golden.RootElement.GetProperty("settings").GetProperty("preset_io").GetProperty("io"));
        Assert.Equal(io, new IOParameters() with { OutBound = new PresetIOParameters().OutBound, OutNoise = new PresetIOParameters().OutNoise });
    }

    private static void Compare(JsonElement root, string inputName, JsonElement measured, IOParameters io, MvmDirection direction)
    {
        var (dense, rows, columns) = Matrix(root.GetProperty("w"));
        using var weights = MvmPassTests.Matrix(dense, rows, columns);
        using var pass = new MvmPass(io, direction, rows, columns, new TileIdentity(2026, 5));
        TakeOverDraws(pass, measured);
        var (input, vectors, _) = Matrix(root.GetProperty(inputName));
        var (mean, _, _) = Matrix(measured.GetProperty("y_mean"));
        var (deviation, _, _) = Matrix(measured.GetProperty("y_std"));
        var reps = measured.GetProperty("reps").GetInt32();
        var y = new float[reps * vectors * pass.OutSize];
        for (var rep = 0; rep < reps; rep++)
        {
            var at = new ReadAddress(ReadPhase.Evaluation, 0, rep * vectors);
            pass.Run(weights, at, input, y.AsSpan(rep * vectors * pass.OutSize, vectors * pass.OutSize), vectors);
        }

        for (var cell = 0; cell < vectors * pass.OutSize; cell++)
        {
            CompareCell(y, cell, vectors * pass.OutSize, reps, mean[cell], deviation[cell]);
        }
    }

    /// <summary>What aihwkit drew for its tile cannot be drawn again; with the same fixed values the statistics must be the same.</summary>
    private static void TakeOverDraws(MvmPass pass, JsonElement measured)
    {
        if (!measured.TryGetProperty("forward_params", out var drawn))
        {
            return;
        }

        foreach (var name in pass.ParameterNames)
        {
            var values = drawn.GetProperty(name);
            float[] dense = values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray().Select(value => value.GetSingle())] : [values.GetSingle()];
            Assert.Equal(pass.GetParameter(name).Length, dense.Length);
            pass.SetParameter(name, dense);
        }
    }

    private static void CompareCell(float[] y, int cell, int cells, int reps, double mean, double deviation)
    {
        var (seenMean, fourth, square) = (0.0, 0.0, 0.0);
        for (var rep = 0; rep < reps; rep++)
        {
            seenMean += y[(rep * cells) + cell] / (double)reps;
        }

        for (var rep = 0; rep < reps; rep++)
        {
            var squared = Math.Pow(y[(rep * cells) + cell] - seenMean, 2);
            square += squared / (reps - 1.0);
            fourth += squared * squared / reps;
        }

        var seenDeviation = Math.Sqrt(square);
        var sigma = Math.Max(deviation, seenDeviation);
        var meanBound = (Sigmas * ((Math.Sqrt(2.0 / reps) * sigma) + (TableBias * sigma))) + Rounding;
        Assert.True(Math.Abs(seenMean - mean) <= meanBound, $"output {cell}: mean {seenMean}, aihwkit {mean}, bound {meanBound}");

        // Standard error of a standard deviation from the fourth moment; both sides were measured with as many repetitions.
        var spread = sigma > 0 ? Math.Sqrt(2.0 * Math.Max(fourth - (square * square), 0) / reps) / (2 * sigma) : 0;
        var deviationBound = (Sigmas * (spread + (TableBias * sigma))) + Rounding;
        Assert.True(
            Math.Abs(seenDeviation - deviation) <= deviationBound, $"output {cell}: deviation {seenDeviation}, aihwkit {deviation}, bound {deviationBound}");
    }

    private static (float[] Dense, int Rows, int Columns) Matrix(JsonElement element)
    {
        var rows = element.EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetSingle()).ToArray()).ToArray();
        return (rows.SelectMany(row => row).ToArray(), rows.Length, rows[0].Length);
    }

    /// <summary>Fields by their aihwkit name; those that are absent keep their default.</summary>

    private static IOParameters Read(JsonElement fields) => GoldenData.Fill(new IOParameters(), fields);
}
