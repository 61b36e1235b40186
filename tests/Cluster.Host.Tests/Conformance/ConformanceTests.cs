using System.Text.Json.Nodes;
using Tessera.Host.CommandLine;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Conformance;

/// <summary>The whole collection, through the program's own entry point.</summary>
public sealed class ConformanceTests
{
    private static readonly string[] LaterFiles = ["hidden_parameters_seed123_4x5", "pcm_inference"];

    [Fact]
    public void Nothing_in_the_collection_fails()
    {
        CliRun run = CliRun.Of("conformance", GoldenCopy.Original);
        string[] lines = run.Out.TrimEnd().Split('\n');
        Assert.DoesNotContain(lines, line => line.StartsWith("FAIL", StringComparison.Ordinal));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"^\d+ passed, 0 failed, \d+ skipped$", lines[^1]);
        int passed = lines.Count(line => line.StartsWith("ok ", StringComparison.Ordinal));
        int skipped = lines.Count(line => line.StartsWith("skipped ", StringComparison.Ordinal));
        Assert.Equal($"{passed} passed, 0 failed, {skipped} skipped", lines[^1]);
        Assert.True(passed >= 130, $"{passed} cases passed");
    }

    [Fact]
    public void What_later_builds_will_do_is_skipped_with_a_reason()
    {
        foreach (string file in LaterFiles)
        {
            CliRun run = CliRun.Of("conformance", GoldenCopy.Original, "--filter", file);
            Assert.Equal(0, run.ExitCode);
            Assert.All(run.Out.TrimEnd().Split('\n')[..^1], line => Assert.Matches($"^skipped {file}.*: .+", line));
        }
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        string one = CliRun.Of("conformance", GoldenCopy.Original, "--filter", "SoftBoundsDevice", "--threads", "1").Out;
        Assert.Equal(one, CliRun.Of("conformance", GoldenCopy.Original, "--filter", "SoftBoundsDevice", "--threads", "3").Out);
    }

    [Fact]
    public void Json_has_an_object_for_every_case_and_one_with_the_totals()
    {
        CliRun run = CliRun.Of("conformance", GoldenCopy.Original, "--filter", "forward_statistics/nm_", "--json");
        JsonNode[] lines = [.. run.Out.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!)];
        Assert.All(lines[..^1], line => Assert.Equal("ok", line["outcome"]!.GetValue<string>()));
        Assert.All(lines[..^1], line => Assert.InRange(line["z"]!.GetValue<double>(), 0, line["limit"]!.GetValue<double>()));
        Assert.All(lines[..^1], line => Assert.InRange(line["detectable_spread"]!.GetValue<double>(), 0.03, 0.06));
        Assert.Equal(lines.Length - 1, lines[^1]["passed"]!.GetValue<int>());
        Assert.Equal(0, lines[^1]["failed"]!.GetValue<int>());
    }

    [Fact]
    public void A_device_that_nobody_knows_is_skipped_in_the_words_of_the_program()
    {
        using GoldenCopy golden = new();
        golden.Write("update_MagicDevice.json", """
            {"device":"MagicDevice","params":{"dw_min":0.1,"magic":3},"x":[1],"d":[1],"w0":[[0]],"hidden":{},
            "regimes":{"one":{"lr":0.1,"reps":10,"dw_mean":[[0]],"dw_std":[[0]]}}}
            """);
        CliRun run = CliRun.Of("conformance", golden.Root);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("skipped update_MagicDevice/one: MagicDevice is not in this build. No device of this build has the field magic", run.Out);
    }

    [Fact]
    public void A_hidden_parameter_that_a_device_lacks_fails()
    {
        using GoldenCopy golden = new();
        golden.Write("update_ConstantStepDevice.json", """
            {"device":"ConstantStepDevice","params":{"dw_min":0.1},"x":[1],"d":[1],"w0":[[0]],"hidden":{"slope":[[0.1]]},
            "regimes":{"one":{"lr":0.1,"reps":10,"dw_mean":[[0]],"dw_std":[[0]]}}}
            """);
        CliRun run = CliRun.Of("conformance", golden.Root);
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("there is no hidden parameter slope; this device has max_bound", run.Out);
        Assert.EndsWith("0 passed, 1 failed, 0 skipped\n", run.Out);
    }

    [Theory]
    [InlineData("None", "0.05", "ok ")]
    [InlineData("None", "0.0501", "FAIL ")]
    [InlineData("NoneWithDevice", "0.05", "ok ")]
    public void Exact_updates_are_compared_within_rounding(string pulseType, string lowered, string outcome)
    {
        using GoldenCopy golden = new();
        golden.Write("update_variants_ConstantStep.json", $$"""
            {"params":{"dw_min":0.1},"x":[1],"d":[0.5],"hidden":{"max_bound":[[0.6]],"min_bound":[[-0.6]],"dwmin_up":[[0.1]],"dwmin_down":[[0.1]],"decay_scales":[[1]]},
            "variants":{"exact":{"update":{"pulse_type":"{{pulseType}}"},"w0":[[0.2]],"regimes":{"one":{"lr":0.1,"reps":10,"dw_mean":[[-{{lowered}}]],"dw_std":[[0]]} } } } }
            """);
        Assert.StartsWith(outcome, CliRun.Of("conformance", golden.Root).Out);
    }

    [Fact]
    public void A_setting_that_aihwkit_refuses_passes_where_it_is_refused_here_too()
    {
        using GoldenCopy golden = new();
        golden.Write("forward.json", """
            {"w":[[0.5]],"x":[[1]],"d":[[1]],"settings":{"both":{"io":{"inp_bound":2},"error":"inp_bound"},"one":{"io":{},"error":"unknown"}}}
            """);
        string output = CliRun.Of("conformance", golden.Root).Out;
        Assert.Contains("ok      forward/both: both refuse it", output);
        Assert.Contains("skipped forward/one: aihwkit refuses this setting (unknown)", output);
    }

    /// <summary>What is in the folder, and what the message must hold.</summary>
    public static TheoryData<string, string, int, string[]> Damaged => new()
    {
        { "notes.txt", "x", 2, ["holds no golden file", "response_curves.json"] },
        { "a.json", "{", 1, ["a.json", "is not JSON", "Fetch the golden folder again"] },
        { "a.json", "[1, 2]", 1, ["a.json", "saw no object"] },
        { "a.json", """{"colour": 1}""", 1, ["a.json", "is no golden file", "colour"] },
        { "a.json", """{"pulse_index": [0, 20], "n_up": 10, "n_down": 10}""", 1, ["a.json", "'every' is missing"] },
        { "a.json", """{"tile": [0, 5], "quantiles": [0.5], "devices": {}}""", 1, ["a.json.tile", "saw 0 and 5"] },
        { "a.json", """{"X": [[1]], "D": [[1], [1]], "cases": {}}""", 1, ["a.json.D", "has 2 rows, expected 1"] },
        { "a.json", """{"X": [[1]], "D": [[1]], "w0": [[0]], "lr": 1, "reps": 1, "cases": {}}""", 1, ["a.json.reps", "saw 1", "2 or more"] },
        { "a.json", """{"X": [[1]], "D": [[1]], "w0": [[0]], "lr": 1, "reps": 9, "batch": 4, "cases": {}}""", 1, ["a.json.X", "saw 1 vectors, expected whole mini-batches of 4"] },
        { "a.json", """{"X": [[1]], "D": [[1]], "w0": [[0]], "lr": 1, "reps": 9, "cases": {"a": {"snapshots": {"2": {}}}}}""", 1, ["cases.a.snapshots", "saw '2'", "1 to 1"] },
        { "a.json", """{"pulse_index": [0], "n_up": 10, "n_down": 10, "every": 20, "devices": {}}""", 1, ["pulse_index", "has 1 numbers, expected 2"] },
        { "a.json", """{"pulse_index": [0, 21], "n_up": 10, "n_down": 10, "every": 20, "devices": {}}""", 1, ["pulse_index[1]", "saw 21, expected 20"] },
        { "a.json", """{"pulse_index": [0], "n_up": "many"}""", 1, ["n_up", "saw \"many\"", "whole number of 0 or more"] },
        { "a.json", """{"regimes": {}, "params": {}, "hidden": {}, "x": [1], "d": [1], "w0": [[1, 2]]}""", 1, ["w0[0]", "has 2 numbers, expected 1"] },
        { "a.json", """{"regimes": {}, "params": {}, "hidden": {}, "x": ["one"], "d": [1]}""", 1, ["x[0]", "saw \"one\"", "a number"] },
        { "a.json", """{"settings": {"s": {"y_mean": 1}}, "w": [[1]], "x": [[1]]}""", 1, ["settings.s.y_mean", "a list of rows"] },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_damaged_folder_is_explained(string file, string text, int code, string[] fragments)
    {
        using GoldenCopy golden = new();
        golden.Write(file, text);
        RequireExplained(CliRun.Of("conformance", golden.Root), code, fragments);
    }

    [Fact]
    public void A_wrong_command_is_explained()
    {
        RequireExplained(CliRun.Of("conformance"), 2, ["FOLDER", "--help"]);
        RequireExplained(CliRun.Of("conformance", "/nowhere/at/all"), 2, ["There is no folder '/nowhere/at/all'"]);
        RequireExplained(CliRun.Of("conformance", typeof(ConformanceTests).Assembly.Location), 2, ["is a file", "parent folder"]);
        RequireExplained(CliRun.Of("conformance", GoldenCopy.Original, "--filter", "nothing-like-it"), 2, ["--filter", "nothing-like-it", "response_curves"]);
    }

    private static void RequireExplained(CliRun run, int code, string[] fragments)
    {
        Assert.Equal(code, run.ExitCode);
        Assert.DoesNotContain("   at ", run.All);
        Assert.DoesNotContain("unexpected failure", run.All);
        foreach (string fragment in fragments) { Assert.Contains(fragment, run.Error); }
    }
}
