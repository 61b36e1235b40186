using System.Text.Json.Nodes;
using Tessera.Host.CommandLine;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Conformance;

/// <summary>The comparison of unit cells must be able to fail: with one parameter, rule or statistic off, the case that stands beside it notices.</summary>
public sealed class PlantedCellErrorTests
{
    private const string Other = "compound_multistep_other";
    private const string Batches = "compound_multistep_batches";
    private const string Transfer = "compound_multistep_transfer";

    /// <summary>File, case, field of its parameters, and the wrong value.</summary>
    public static TheoryData<string, string, string, string> Parameters => new()
    {
        { Transfer, "TransferCompound_SB_every2_gamma", "gamma", "0.101" },
        { Transfer, "TransferCompound_SB_every2_gamma", "transfer_every", "1" },
        { Transfer, "TransferCompound_SB_every2_gamma", "transfer_lr", "2.4" },
        { Transfer, "TransferCompound_SB_every2_gamma", "transfer_columns", "false" },
        { Transfer, "TransferCompound_SB", "fast_lr", "1.1" },
        { Transfer, "TransferCompound_SB", "n_reads_per_transfer", "2" },
        { Transfer, "BufferedTransferCompound_SB", "thres_scale", "1.2" },
        { Transfer, "BufferedTransferCompound_SB", "momentum", "0.5" },
        { Transfer, "BufferedTransferCompound_SB", "forget_buffer", "false" },
        { Transfer, "ChoppedTransferCompound_SB", "in_chop_prob", "0.2" },
        { Transfer, "ChoppedTransferCompound_SB", "in_chop_random", "false" },
        { Transfer, "ChoppedTransferCompound_autoscale_g20", "momentum", "0.5" },
        { Transfer, "ChoppedTransferCompound_autoscale_g20", "out_chop_prob", "0.1" },
        { Transfer, "DynamicTransferCompound_SB", "tail_weightening", "1" },
        { Transfer, "DynamicTransferCompound_autoscale_g20", "buffer_granularity", "1.1" },
        { Other, "VectorUnitCell_all", "gamma_vec", "[0.505, 0.495]" },
        { Other, "VectorUnitCell_all", "update_policy", "\"SingleRandom\"" },
        { Other, "VectorUnitCell_sequential", "update_policy", "\"SingleRandom\"" },
        { Other, "VectorUnitCell_sequential", "first_update_idx", "1" },
        { Other, "OneSidedUnitCell", "refresh_every", "10" },
        { Other, "MixedPrecisionCompound", "granularity", "0.00505" },
        { Other, "MixedPrecisionCompound_1row", "n_rows_per_transfer", "2" },
        { Transfer, "DynamicTransferCompound_SB", "transfer_every", "-1" },
        { Batches, "OneSided_refresh4_batches", "refresh_every", "5" },
        { Batches, "OneSided_refresh4_batches", "units_in_mbatch", "false" },
        { Batches, "OneSided_refresh4_batches", "refresh_upper_thres", "0.5" },
        { Batches, "Transfer_every_fraction_batches", "transfer_every", "1.2" },
        { Batches, "Buffered_reads4_batches", "units_in_mbatch", "false" },
        { Batches, "Chopped_noisy_negative", "transfer_every", "-0.1" },
        { Batches, "Mixed_onesided_refresh", "device.units_in_mbatch", "false" },
        { Batches, "Mixed_bins", "n_d_bins", "5" },
    };

    /// <summary>File, case, statistics of its snapshots, their wrong value, and what is said.</summary>
    public static TheoryData<string, string, string, string, string> Statistics => new()
    {
        { Transfer, "TransferCompound_SB", "*.w.std.*.*", "0", "alike in every golden tile" },
        { Other, "MixedPrecisionCompound", "200.hidden_weights_chi.std.*.*", "0.1", "alike in every tile of ours" },
        { Other, "MixedPrecisionCompound", "1.w.mean.*.*", "0.1", "alike in every golden tile" },
    };

    [Theory]
    [MemberData(nameof(Parameters))]
    public void A_wrong_parameter_of_a_cell_fails(string file, string name, string field, string wrong) =>
        Assert.Equal("FAIL", Changed(file, name, $"params.{field}", wrong)["outcome"]!.GetValue<string>());

    [Theory]
    [MemberData(nameof(Statistics))]
    public void Chance_on_one_side_only_fails(string file, string name, string path, string wrong, string said)
    {
        JsonNode after = Changed(file, name, $"snapshots.{path}", wrong);
        Assert.Equal("FAIL", after["outcome"]!.GetValue<string>());
        Assert.Contains(said, after["where"]!.GetValue<string>());
    }

    [Fact]
    public void One_percent_in_the_learning_rate_of_an_exact_sum_fails()
    {
        using GoldenCopy golden = new();
        golden.Plant(Other, "lr", 1.01);
        Assert.Equal("FAIL", Run(golden, "MixedPrecisionCompound", ExitCode.Failed)["outcome"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public void Other_mini_batches_fail(string wrong)
    {
        using GoldenCopy golden = new();
        golden.Put(Batches, "batch", wrong);
        Assert.Equal("FAIL", Run(golden, "Transfer_every_fraction_batches", ExitCode.Failed)["outcome"]!.GetValue<string>());
    }

    [Fact]
    public void Mini_batches_that_do_not_fit_the_vectors_are_damage()
    {
        using GoldenCopy golden = new();
        golden.Put(Batches, "batch", "4");
        CliRun run = CliRun.Of("conformance", golden.Root);
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("saw 90 vectors, expected whole mini-batches of 4", run.Error);
    }

    [Fact]
    public void Other_update_parameters_of_the_tile_fail() =>
        Assert.Equal("FAIL", Changed(Batches, "Transfer_no_management", "update.desired_bl", "20")["outcome"]!.GetValue<string>());

    [Fact]
    public void Unchanged_files_pass()
    {
        using GoldenCopy golden = new();
        golden.Copy(Other);
        golden.Copy(Transfer);
        golden.Copy(Batches);
        CliRun run = CliRun.Of("conformance", golden.Root);
        Assert.EndsWith("36 passed, 0 failed, 0 skipped\n", run.Out);
    }

    [Fact]
    public void Hidden_parameters_in_another_order_fail()
    {
        JsonNode after = Changed(Other, "OneSidedUnitCell", "hidden_names", """["hidden_weights_1", "hidden_weights_0"]""");
        Assert.Equal("FAIL", after["outcome"]!.GetValue<string>());
        Assert.Contains("expected hidden_weights_1, hidden_weights_0, in this order", after["reason"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("ChoppedTransferCompound_SB", "gamma", "0.1")]
    [InlineData("DynamicTransferCompound_SB", "transfer_every", "-1")]
    public void A_defect_that_is_imitated_is_compared(string name, string field, string value) =>
        Assert.Equal("FAIL", Changed(Transfer, name, $"params.{field}", value)["outcome"]!.GetValue<string>());

    [Theory]
    [InlineData(Other, "MixedPrecisionCompound", "n_x_bins", "10", "nothing is summed up")]
    public void What_was_measured_with_a_defect_is_skipped_and_says_so(string file, string name, string field, string value, string reason)
    {
        JsonNode after = Changed(file, name, $"params.{field}", value, ExitCode.Done);
        Assert.Equal("skipped", after["outcome"]!.GetValue<string>());
        Assert.Contains(reason, after["reason"]!.GetValue<string>());
    }

    private static JsonNode Changed(string file, string name, string path, string json, int code = ExitCode.Failed)
    {
        using GoldenCopy golden = new();
        golden.Put(file, $"cases.{name}.{path}", json);
        return Run(golden, name, code);
    }

    private static JsonNode Run(GoldenCopy golden, string name, int code)
    {
        CliRun run = CliRun.Of("conformance", golden.Root, "--filter", $"/{name}", "--json");
        JsonNode[] lines = [.. run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
        JsonNode line = lines.Single(line => line["case"]?.GetValue<string>().EndsWith($"/{name}", StringComparison.Ordinal) == true);
        Assert.Equal((code, ""), (run.ExitCode, run.Error));
        return line;
    }
}
