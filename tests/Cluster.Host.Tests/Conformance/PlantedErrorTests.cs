using System.Text.Json.Nodes;
using Tessera.Host.CommandLine;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Conformance;

/// <summary>
/// The comparison must be able to fail: with one parameter a little off, so that the devices are no longer those that were measured, the case must
/// notice; with the file as it is, it must not.
/// </summary>
public sealed class PlantedErrorTests
{
    private const double Percent = 1.01;

    /// <summary>File, case, and the coefficient that is 1 % off; all of these cases are free of noise.</summary>
    public static TheoryData<string, string, string> Coefficients => new()
    {
        { "response_curves", "ConstantStepDevice/nominal", "devices.ConstantStepDevice.nominal_params.dw_min" },
        { "response_curves", "/LinearStepDevice/nominal", "devices.LinearStepDevice.nominal_params.dw_min" },
        { "response_curves", "EcRamPresetDevice/nominal", "devices.EcRamPresetDevice.nominal_params.gamma_up" },
        { "response_curves", "EcRamPresetDevice/nominal", "devices.EcRamPresetDevice.nominal_params.gamma_down" },
        { "response_curves", "/SoftBoundsDevice/nominal", "devices.SoftBoundsDevice.nominal_params.w_max" },
        { "response_curves", "/SoftBoundsDevice/nominal", "devices.SoftBoundsDevice.nominal_params.w_min" },
        { "response_curves", "/ExpStepDevice/nominal", "devices.ExpStepDevice.nominal_params.A_up" },
        { "response_curves", "/ExpStepDevice/nominal", "devices.ExpStepDevice.nominal_params.gamma_down" },
        { "response_curves", "/PowStepDevice/nominal", "devices.PowStepDevice.nominal_params.pow_gamma" },
        { "response_curves", "/PiecewiseStepDevice/nominal", "devices.PiecewiseStepDevice.nominal_params.piecewise_up.*" },
        { "response_curves", "/SoftBoundsReferenceDevice/nominal", "devices.SoftBoundsReferenceDevice.nominal_params.w_max" },
        { "response_curves", "ReRamESPresetDevice/nominal", "devices.ReRamESPresetDevice.nominal_params.up_down" },
        { "response_curves", "PCMPresetDevice/granularity", "devices.PCMPresetDevice.params.A_down" },
        { "forward_statistics", "forward_statistics/no_noise", "settings.no_noise.io.inp_res" },
        { "forward_statistics", "forward_statistics/backward/perfect", "w.*.*" },
        { "update_variants_ConstantStep", "none_with_device/lr0.01", "variants.none_with_device.regimes.*.lr" },
    };

    /// <summary>File, case, and the parameter that is off by twice the smallest error that the case says it can detect in spreads.</summary>
    public static TheoryData<string, string, string> Spreads => new()
    {
        { "hidden_parameters", "hidden_parameters/ConstantStepDevice", "devices.ConstantStepDevice.params.w_max_dtod" },
        { "hidden_parameters", "hidden_parameters/ConstantStepDevice", "devices.ConstantStepDevice.params.dw_min_dtod" },
        { "hidden_parameters", "hidden_parameters/LinearStepDevice", "devices.LinearStepDevice.params.gamma_down_dtod" },
        { "hidden_parameters", "hidden_parameters/GokmenVlasovPresetDevice", "devices.GokmenVlasovPresetDevice.params.w_min_dtod" },
        { "hidden_parameters", "hidden_parameters/PowStepDevice", "devices.PowStepDevice.params.pow_gamma_dtod" },
        { "response_curves", "/ConstantStepDevice/spread_20x200", "devices.ConstantStepDevice.params.dw_min_dtod" },
        { "response_curves", "/SoftBoundsDevice/spread_20x200", "devices.SoftBoundsDevice.params.dw_min_dtod" },
        { "forward_statistics", "forward_statistics/default", "settings.default.io.out_noise" },
        { "forward_statistics", "forward_statistics/inp_noise", "settings.inp_noise.io.inp_noise" },
        { "forward_statistics", "forward_statistics/w_noise_add", "settings.w_noise_add.io.w_noise" },
        { "forward_statistics", "backward/w_noise_pcm", "backward.w_noise_pcm.diff.w_noise" },
        { "update_variants_ConstantStep", "mean_count/lr0.01", "params.dw_min_std" },
        { "update_ReRamESPresetDevice", "bl8", "params.write_noise_std" },
    };

    [SkippableTheory]
    [MemberData(nameof(Coefficients))]
    public void One_percent_in_a_coefficient_of_a_noise_free_case_fails(string file, string name, string path) => RequireNoticed(file, name, path, _ => Percent);

    [SkippableTheory]
    [MemberData(nameof(Spreads))]
    public void Twice_the_detectable_error_in_a_spread_fails(string file, string name, string path) =>
        RequireNoticed(file, name, path, line => 1 + (2 * line["detectable_spread"]!.GetValue<double>()));

    /// <summary>Output 0 of vector 2 lies well beyond its bound: one repetition of aihwkit's 5,000 may have come below it, but not many.</summary>
    [Theory]
    [InlineData("0.002", "ok")]
    [InlineData("0.05", "FAIL")]
    public void An_output_at_its_bound_may_leave_it_once_but_not_often(string deviation, string outcome)
    {
        using GoldenCopy golden = new();
        golden.Put("forward_statistics", "settings.bm_none_ob2.y_std.2.0", deviation);
        CliRun run = CliRun.Of("conformance", golden.Root, "--filter", "bm_none_ob2", "--json");
        string line = run.Out.Split('\n').Single(line => line.Contains("/bm_none_ob2\"", StringComparison.Ordinal) && !line.Contains("nm_none", StringComparison.Ordinal));
        Assert.Contains($"\"outcome\":\"{outcome}\"", line, StringComparison.Ordinal);
    }

    private static void RequireNoticed(string file, string name, string path, Func<JsonNode, double> factor)
    {
        using GoldenCopy golden = new();
        golden.Copy(file);
        JsonNode before = Run(golden, name, ExitCode.Done);
        Skip.If(before["outcome"]!.GetValue<string>() == "skipped", before["reason"]?.GetValue<string>());
        Assert.Equal("ok", before["outcome"]!.GetValue<string>());
        golden.Plant(file, path, factor(before));
        JsonNode after = Run(golden, name, ExitCode.Failed);
        Assert.Equal("FAIL", after["outcome"]!.GetValue<string>());
    }

    private static JsonNode Run(GoldenCopy golden, string name, int code)
    {
        CliRun run = CliRun.Of("conformance", golden.Root, "--filter", name, "--json");
        Assert.Equal((code, ""), (run.ExitCode, run.Error));
        return JsonNode.Parse(run.Out.Split('\n')[0])!;
    }
}
