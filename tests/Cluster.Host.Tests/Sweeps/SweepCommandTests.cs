using System.Text.Json;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Host.Configuration;
using Tessera.Host.Runs;
using Tessera.Host.Sweeps;
using Tessera.Host.Tests.CommandLine;
using Tessera.Kernels.Configuration;

namespace Tessera.Host.Tests.Sweeps;

public sealed class SweepCommandTests
{
    private static readonly string[] Keys = ["constant|fast", "constant|slow", "soft|fast", "soft|slow"];

    [Fact]
    public void A_sweep_leaves_a_line_for_every_run_and_prints_a_table()
    {
        using TemporaryFolder folder = new();
        string reference = folder.Write("reference.json", """{"constant|fast|lr": {"accuracy": [0.1, 0.1001]}, "soft|slow": {"accuracy": [0.5, 0.6]}}""");
        CliRun run = CliRun.Of([.. SmallSweep.Write(folder), "--against", reference]);
        Assert.Equal("", run.Error);
        string[] csv = File.ReadAllLines(folder.PathOf("results/results.csv"));
        Assert.Equal("combination,seed,accuracy,final_loss,seconds_per_epoch,hash,configuration", csv[0]);
        Assert.Equal(Keys.SelectMany(key => new[] { $"{key},3", $"{key},4" }), csv.Skip(1).Select(line => string.Join(',', line.Split(',')[..2])));
        SweepResult[] results = Results(folder);
        Assert.Equal(8, results.Select(result => result.Hash).Distinct().Count());
        Assert.Equal(csv.Skip(1), results.Select(result => result.ToCsv()));
        Assert.All(results, result => Assert.True(result is { Accuracy: >= 0 and <= 1, FinalLoss: > 0 and < 10, SecondsPerEpoch: > 0 }));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.PathOf("results/runs")));

        string[] table = [.. run.Out.Split(Environment.NewLine).Where(line => line.StartsWith('|'))];
        Assert.Equal(6, table.Length);
        Assert.Single(table.Select(line => line.Length).Distinct());
        string[] first = Cells(table[2]);
        Assert.Equal(["constant", "fast", "2", "0"], first[..4]);
        SampleStatistics accuracy = SampleStatistics.Of([results[0].Accuracy, results[1].Accuracy]);
        Assert.Equal(FormattableString.Invariant($"{100 * accuracy.Mean:F2} ± {100 * accuracy.StandardDeviation:F2}"), first[4]);
        Assert.Equal("10.01 ± 0.01", first[6]);
        Assert.Equal("-", Cells(table[3])[^1]);
        Assert.Contains("2 compared: ", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_of_a_sweep_has_the_hash_that_training_gives()
    {
        using TemporaryFolder folder = new();
        string[] sweep = [.. SmallSweep.Write(folder), "--only", "device=soft", "--only", "rate=slow", "--seeds", "4"];
        Assert.Equal((0, ""), (CliRun.Of(sweep) is var run ? run.ExitCode : -1, run.Error));
        string plain = folder.Write("plain.yaml", SmallSweep.Experiment.Replace("\n  ", "\n", StringComparison.Ordinal)[2..]);
        CliRun train = CliRun.Of(
            "train", plain, "--data", folder.PathOf("data"), "--run-dir", folder.PathOf("run"), "--seed", "4",
            "--set", "rpu_config.device=SoftBoundsDevice", "--set", "training.learning_rate=0.01");
        Assert.Equal(TrainingFixture.Value(train.Out, "hash"), Assert.Single(Results(folder)).Hash);
    }

    [Fact]
    public void A_sweep_goes_on_after_whole_lines_wherever_it_was_killed()
    {
        using TemporaryFolder folder = new();
        string[] sweep = SmallSweep.Write(folder);
        Assert.Equal(0, CliRun.Of(sweep).ExitCode);
        SweepResult[] whole = Results(folder);
        string path = folder.PathOf("results/results.jsonl");
        string text = File.ReadAllText(path);
        int[] ends = [.. text.Select((letter, index) => (letter, index)).Where(at => at.letter == '\n').Select(at => at.index + 1)];
        (int Length, int Done)[] kills = [(0, 0), (ends[2] + 20, 3), (ends[5], 6), (ends[7] - 1, 7), (ends[7], 8)];
        foreach ((int length, int done) in kills)
        {
            File.WriteAllText(path, text[..length]);
            File.WriteAllText(folder.PathOf("results/results.csv"), "combination,seed,acc");
            CliRun again = CliRun.Of(sweep);
            Assert.Equal((0, ""), (again.ExitCode, again.Error));
            Assert.Equal(done > 0, again.Out.Contains($"{done} of 8 runs are done already", StringComparison.Ordinal));
            Assert.Equal(8 - done, again.Out.Split('\n').Count(line => line.Contains("  hash ", StringComparison.Ordinal)));
            SweepResult[] results = Results(folder);
            Assert.Equal(whole.Select(Bits), results.Select(Bits));
            Assert.Equal(results.Select(result => result.ToCsv()), File.ReadAllLines(folder.PathOf("results/results.csv")).Skip(1));
        }
    }

    [Fact]
    public void The_run_in_progress_goes_on_at_its_checkpoint_to_the_same_bits()
    {
        using TemporaryFolder folder = new();
        string[] sweep = SmallSweep.Write(folder);
        Assert.Equal(0, CliRun.Of(sweep).ExitCode);
        SweepResult[] whole = Results(folder);
        File.WriteAllText(folder.PathOf("results/results.jsonl"), "");

        SweepRun first = SweepReader.Read(sweep[1]).Runs(folder.PathOf("data"))[0];
        string place = folder.PathOf("results/runs/constant+fast+3");
        TrainingSession session = new(
            new QuietDisplay(TextWriter.Null), RunFolder.Create(place, "x", 3), first.Config, new SweepData(1).Of(first.Config), new RunOptions { Threads = 1, EndAfter = 3 });
        Assert.Equal(1, session.Begin());
        Assert.Equal(3, RunOutcome.Read(RunFolder.Of(place))!.Step);
        Assert.Equal(0, CliRun.Of(sweep).ExitCode);
        Assert.Equal(whole.Select(Bits), Results(folder).Select(Bits));
        Assert.False(Directory.Exists(place));
    }

    [Fact]
    public void Results_of_another_experiment_are_not_mixed_in()
    {
        using TemporaryFolder folder = new();
        string[] sweep = [.. SmallSweep.Write(folder), "--only", "device=soft", "--seeds", "3"];
        Assert.Equal(0, CliRun.Of(sweep).ExitCode);
        File.WriteAllText(sweep[1], File.ReadAllText(sweep[1]).Replace("epochs: 2", "epochs: 1", StringComparison.Ordinal));
        CliRun changed = CliRun.Of(sweep);
        Assert.Equal(2, changed.ExitCode);
        Assert.Contains("soft|fast seed 3", changed.Error, StringComparison.Ordinal);
        Assert.Contains("another --run-dir", changed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_is_no_result_is_named()
    {
        using TemporaryFolder folder = new();
        string[] sweep = SmallSweep.Write(folder);
        folder.Write("results/results.jsonl", "{\"combination\":\"soft|fast\"}\n");
        CliRun run = CliRun.Of(sweep);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("results.jsonl:1", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_use_is_refused()
    {
        using TemporaryFolder folder = new();
        string[] sweep = SmallSweep.Write(folder);
        using SweepFolder held = SweepFolder.Open(folder.PathOf("results"));
        CliRun run = CliRun.Of(sweep);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("another process", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_fails_is_counted_and_the_others_go_on()
    {
        using TemporaryFolder folder = new();
        string[] sweep = SmallSweep.Write(
            folder,
            """
            axes:
              rate:
                - {name: broken, set: {rpu_config: FloatingPointRPUConfig, training.learning_rate: 1e38}}
                - {name: good, set: {training.learning_rate: 0.1}}
            seeds: 1..2
            """);
        for (int time = 0; time < 2; time++)
        {
            CliRun run = CliRun.Of(sweep);
            Assert.Equal(1, run.ExitCode);
            Assert.Contains("broken seed 1 failed", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
            string[] table = [.. run.Out.Split(Environment.NewLine).Where(line => line.StartsWith('|'))];
            Assert.Equal(["broken", "0", "2", "-", "-"], Cells(table[2]));
            Assert.Equal(["good", "2", "0"], Cells(table[3])[..3]);
            Assert.Equal(["good", "good"], Results(folder).Select(result => result.Combination));
        }
    }

    [Fact]
    public void The_built_in_digits_are_swept_with_averaged_pixels_and_told_as_json()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write(
            "digits.yaml",
            """
            experiment:
              data: {train: 0..99, test: 0..49, pool: 4}
              network: {layers: [{type: AnalogLinear, in_features: 49, out_features: 10}, LogSoftmax]}
              training: {epochs: 1}
            axes: {device: [{name: soft, set: {rpu_config.device: SoftBoundsDevice}}]}
            seeds: 1..2
            """);
        CliRun run = CliRun.Of("sweep", file, "--run-dir", folder.PathOf("results"), "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Equal(Results(folder).Select(result => result.ToJson()), lines[..2].Select(line => line.TrimEnd('\r')));
        using JsonDocument row = JsonDocument.Parse(lines[2]);
        Assert.Equal(("soft", 2), (row.RootElement.GetProperty("combination").GetString(), row.RootElement.GetProperty("runs").GetInt32()));
    }

    [Fact]
    public void The_learning_rules_are_six_rules_on_five_devices_with_five_seeds()
    {
        SweepPlan plan = SweepReader.Read(Examples.PathOf("learning-rules.yaml"));
        Assert.Equal((30, 5), (plan.Combinations().Count, plan.Seeds.Count));
        IReadOnlyList<SweepRun> runs = plan.Runs(null);
        Assert.Equal(150, runs.Select(run => run.Configuration).Distinct().Count());
        foreach (SweepRun run in runs)
        {
            string[] names = [.. run.Combination.Values.Select(value => value.Name)];
            DeviceParameters device = DevicePresets.All.Single(preset => preset.Name == $"{names[1]}PresetDevice").Device;
            Assert.Equal(BuildConfig.Create(names[0], device), run.Config.RpuConfig);
            Assert.Equal(ConfigurationHash.Compute(run.Config with { RpuConfig = WrittenRules.Read(names[0], names[1]) }), run.Configuration);
            TrainingConfig training = run.Config.Training;
            Assert.Equal((2, 20, 10, 0.1f), (run.Config.Data.Pool, training.Epochs, training.BatchSize, training.LearningRate));
        }
    }

    [Theory]
    [InlineData("sgd", "sgd")]
    [InlineData("tiki-taka", "tiki-taka")]
    [InlineData("ttv2", "ttv2")]
    [InlineData("c-ttv2", "ttv3")]
    [InlineData("agad", "ttv4")]
    [InlineData("mixed-precision", "mp")]
    public void Each_learning_rule_has_an_example_that_is_a_run_of_the_sweep(string example, string rule)
    {
        SweepRun run = SweepReader.Read(Examples.PathOf("learning-rules.yaml")).Runs(null).Single(run => run.Combination.Key == $"{rule}|EcRam" && run.Config.Seed == 1);
        ExperimentConfig config = ExperimentLoader.Load(new ExperimentSource { File = Examples.PathOf($"rule-{example}.yaml") });
        Assert.Equal(run.Configuration, ConfigurationHash.Compute(config));
    }

    private static SweepResult[] Results(TemporaryFolder folder) =>
        [.. File.ReadAllLines(folder.PathOf("results/results.jsonl")).Select(line => SweepResult.FromJson(line)!)];

    private static SweepResult Bits(SweepResult result) => result with { SecondsPerEpoch = 0 };

    private static string[] Cells(string line) => [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];
}
