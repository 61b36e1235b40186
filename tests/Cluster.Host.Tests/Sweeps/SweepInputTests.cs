using Tessera.Host.Sweeps;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Sweeps;

/// <summary>Wrong sweeps: one message that names the place and the way out, the right exit code, and nothing trained.</summary>
public sealed class SweepInputTests
{
    private const string Axis = "axes: {device: [{name: soft, set: {rpu_config.device: SoftBoundsDevice}}]}\n";

    /// <summary>What follows the experiment in the file, further arguments, exit code, and what the message must hold.</summary>
    public static TheoryData<string, string, int, string[]> Wrong => new()
    {
        { Axis, "", 2, ["small.yaml:1:1", "seeds", "is missing", "1..5"] },
        { Axis + "seeds: []", "", 2, ["seeds", "saw a list of 0 items"] },
        { Axis + "seeds: 5..1", "", 2, ["seeds", "saw '5..1'"] },
        { Axis + "seeds: [1, -2]", "", 2, ["seeds.1", "saw '-2'"] },
        { Axis + "seeds: [1, 1]", "", 2, ["seeds.1", "seed 1 again"] },
        { Axis + "seeds: [1, 01]", "", 2, ["seeds.1", "seed 1 again"] },
        { "seeds: 1..2", "", 2, ["axes", "is missing"] },
        { "seeds: 1..2\naxes: {}", "", 2, ["axes", "saw an empty map"] },
        { "seeds: 1..2\naxes: {device: soft}", "", 2, ["axes.device", "saw 'soft'", "a list of values"] },
        { "seeds: 1..2\naxes: {device: [{set: {training.epochs: 1}}]}", "", 2, ["axes.device.0.name", "is missing"] },
        { "seeds: 1..2\naxes: {device: [{name: a, sett: {training.epochs: 1}}]}", "", 2, ["unknown field 'sett'", "Did you mean 'set'?"] },
        { "seeds: 1..2\naxes: {device: [a, a]}", "", 2, ["axes.device.1", "the name 'a'"] },
        { "seeds: 1..2\naxes: {device: ['a|b']}", "", 2, ["axes.device.0", "saw 'a|b' as a name"] },
        { "seeds: 1..2\naxes: {device: [{name: a, set: {seed: 1}}]}", "", 2, ["under 'seeds:'"] },
        { "seeds: 1..2\naxes: {e: [{name: a, set: {training.epocs: 1}}]}", "", 2, ["training.epocs", "Did you mean 'epochs'?", "small.yaml:"] },
        { "seeds: 1..2\naxes: {e: [{name: a, set: {training.epochs: 0}}, {name: b, set: {training.epochs: x}}]}", "", 2, ["saw 0", "saw 'x'", "2 problems; nothing was run"] },
        { "seeds: 1..2\naxes: {d: [a], e: [{name: b, set: {rpu_config.device: <dd>StepDevice}}]}", "", 2, ["saw <dd>", "Did you mean 'd'?"] },
        { "seeds: 1..2\naxes: {d: [Konstant], e: [{name: b, set: {rpu_config.device: <d>StepDevice}}]}", "", 2, ["saw 'KonstantStepDevice'", "Did you mean 'ConstantStepDevice'"] },
        { Axis + "seed: 1\nseeds: 1..2", "", 2, ["unknown field 'seed' of a sweep", "Did you mean 'seeds'?"] },
        { Axis + "seeds: 1..2", "--data /nowhere/at/all", 1, ["/nowhere/at/all", "does not exist"] },
        { "seeds: 1..2\naxes: {e: [{name: a, set: {data.pool: 4}}]}", "", 1, ["data.pool is 4", "6 x 6 pixels"] },
        { "seeds: 1..2\naxes: {e: [{name: a, set: {data.pool: 2}}]}", "", 1, ["9 features", "in_features to 9"] },
        { Axis + "seeds: 1..2", "--only devise=soft", 2, ["no axis 'devise'", "Did you mean 'device'?"] },
        { Axis + "seeds: 1..2", "--only device=sofd", 2, ["no value 'sofd'", "Did you mean 'soft'?"] },
        { Axis + "seeds: 1..2", "--only device", 2, ["AXIS=VALUE"] },
        { Axis + "seeds: 1..2", "--seeds 7", 2, ["no seed in '7'", "1, 2"] },
        { Axis + "seeds: 1..2", "--against /nowhere.json", 2, ["--against", "/nowhere.json"] },
        { Axis + "seeds: 1..2", "--memory-limit 1KiB", 2, ["--memory-limit"] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_sweep_is_refused_before_anything_is_made(string rest, string further, int code, string[] parts)
    {
        using TemporaryFolder folder = new();
        string[] arguments = SmallSweep.Write(folder, rest);
        if (further.StartsWith("--data", StringComparison.Ordinal)) { arguments = [.. arguments[..2], .. arguments[4..]]; }
        CliRun run = CliRun.Of([.. arguments, .. further.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal((code, ""), (run.ExitCode, run.Out));
        Assert.All(parts, part => Assert.Contains(part, run.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(folder.PathOf("results")));
    }

    [Theory]
    [InlineData("[1]", "expected an object")]
    [InlineData("{", "is not JSON")]
    [InlineData("""{"soft": {"acuracy": [0.5]}}""", "no array 'accuracy'")]
    [InlineData("""{"soft": {"accuracy": [93.1]}}""", "93.1")]
    [InlineData("""{"hard": {"accuracy": [0.5]}}""", "none of the combinations")]
    [InlineData("""{"soft|1": {"accuracy": [0.5]}, "soft|2": {"accuracy": [0.5]}}""", "soft|1 and soft|2 could both be soft")]
    public void A_reference_that_is_none_is_refused(string json, string part)
    {
        using TemporaryFolder folder = new();
        CliRun run = CliRun.Of([.. SmallSweep.Write(folder, Axis + "seeds: 1..2"), "--against", folder.Write("reference.json", json)]);
        Assert.Equal((2, ""), (run.ExitCode, run.Out));
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(folder.PathOf("results")));
    }

    [Fact]
    public void The_file_and_the_folder_must_be_what_they_are_meant_to_be()
    {
        using TemporaryFolder folder = new();
        string[] sweep = SmallSweep.Write(folder);
        folder.Write("results/letter.txt", "hello");
        CliRun taken = CliRun.Of(sweep);
        Assert.Equal(2, taken.ExitCode);
        Assert.Contains("holds no results.jsonl", taken.Error, StringComparison.Ordinal);
        Assert.Equal(2, CliRun.Of("sweep", folder.Root).ExitCode);
        Assert.Contains("no sweep file", CliRun.Of("sweep", folder.PathOf("none.yaml")).Error, StringComparison.Ordinal);
        Assert.Contains("saw a list of 1 item", CliRun.Of("sweep", folder.Write("list.yaml", "- 1\n")).Error, StringComparison.Ordinal);
        Assert.Contains("'sweep' needs SWEEP.yaml", CliRun.Of("sweep").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Combinations_are_all_values_with_all_others_and_names_stand_for_values()
    {
        using TemporaryFolder folder = new();
        folder.Write("base.yaml", "seed: 9\nnetwork: {layers: [{type: AnalogLinear, in_features: 784, out_features: 10}, LogSoftmax]}\n");
        string file = folder.Write(
            "s.yaml",
            """
            experiment: base.yaml
            axes:
              rule:
                - {name: plain, set: {rpu_config: {type: SingleRPUConfig, device: <device>StepDevice}}}
                - {name: slow, set: {rpu_config.device: <device>StepDevice, training.learning_rate: 0.001}}
              device: [Constant, Linear]
            seeds: 2..4
            """);
        IReadOnlyList<SweepRun> runs = SweepReader.Read(file).Runs(null);
        Assert.Equal(["plain|Constant", "plain|Linear", "slow|Constant", "slow|Linear"], runs.Select(run => run.Combination.Key).Distinct());
        Assert.Equal([2UL, 3UL, 4UL, 2UL], runs.Take(4).Select(run => run.Config.Seed));
        Assert.Equal(12, runs.Select(run => run.Configuration).Distinct().Count());
        Assert.IsType<Kernels.Configuration.LinearStepDevice>(Assert.IsType<Kernels.Configuration.SingleRPUConfig>(runs[^1].Config.RpuConfig).Device);
        Assert.Equal((0.05f, 0.001f), (runs[0].Config.Training.LearningRate, runs[^1].Config.Training.LearningRate));
    }
}
