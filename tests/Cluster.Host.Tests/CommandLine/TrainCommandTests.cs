using System.Text.Json;

namespace Tessera.Host.Tests.CommandLine;

public sealed class TrainCommandTests
{
    [Fact]
    public void A_run_leaves_experiment_metrics_and_a_state_that_verifies()
    {
        using TemporaryFolder folder = new();
        string run = folder.PathOf("run");
        CliRun train = CliRun.Of([.. TrainingFixture.Write(folder, TrainingFixture.Physics[0]), "--run-dir", run]);
        Assert.Equal("", train.Error);
        Assert.Equal(0, train.ExitCode);
        Assert.Contains("epoch 2/2  loss ", train.Out);
        Assert.Equal(run, TrainingFixture.Value(train.Out, "run"));
        string hash = TrainingFixture.Value(train.Out, "hash");
        Assert.Matches("^[0-9a-f]{64}$", hash);
        Assert.EndsWith($"hash: {hash}{Environment.NewLine}", train.Out);

        string[] csv = File.ReadAllLines(Path.Combine(run, "metrics.csv"));
        Assert.Equal(3, csv.Length);
        Assert.Equal(csv[0].Split(',').Length, csv[1].Split(',').Length);
        using JsonDocument epoch = JsonDocument.Parse(File.ReadAllLines(Path.Combine(run, "metrics.jsonl"))[1]);
        Assert.Equal(2, epoch.RootElement.GetProperty("epoch").GetInt32());
        Assert.Equal(10, epoch.RootElement.GetProperty("step").GetInt64());
        Assert.InRange(epoch.RootElement.GetProperty("train_loss").GetDouble(), 0.01, 10);

        Assert.Equal((0, $"step: 10{Environment.NewLine}hash: {hash}{Environment.NewLine}"), Outcome(CliRun.Of("verify", run)));
        CliRun again = CliRun.Of("train", Path.Combine(run, "experiment.yaml"), "--run-dir", folder.PathOf("again"));
        Assert.Equal(hash, TrainingFixture.Value(again.Out, "hash"));
    }

    [Fact]
    public void Json_output_is_one_object_a_line()
    {
        using TemporaryFolder folder = new();
        CliRun train = CliRun.Of([.. TrainingFixture.Write(folder, TrainingFixture.Physics[4]), "--run-dir", folder.PathOf("run"), "--json"]);
        Assert.Equal(0, train.ExitCode);
        string[] lines = train.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        foreach (string line in lines) { JsonDocument.Parse(line).Dispose(); }
        using JsonDocument last = JsonDocument.Parse(lines[^1]);
        Assert.Matches("^[0-9a-f]{64}$", last.RootElement.GetProperty("hash").GetString());
    }

    [Fact]
    public void Activations_of_fewer_bits_are_a_layer()
    {
        using TemporaryFolder folder = new();
        string[] train = TrainingFixture.Write(folder, TrainingFixture.Physics[0]);
        CliRun Run(string name, string layer) => CliRun.Of([.. train, "--run-dir", folder.PathOf(name), "--set", "network.layers.2=" + layer]);
        CliRun narrow = Run("narrow", "{type: FloatPrecisionCast, exponent: 4, mantissa: 3, saturate_to_inf: false}");
        Assert.Equal("", narrow.Error);
        string hash = TrainingFixture.Value(narrow.Out, "hash");
        CliRun again = CliRun.Of("train", Path.Combine(folder.PathOf("narrow"), "experiment.yaml"), "--run-dir", folder.PathOf("again"));
        Assert.Equal(hash, TrainingFixture.Value(again.Out, "hash"));
        Assert.NotEqual(hash, TrainingFixture.Value(Run("wide", "FloatPrecisionCast").Out, "hash"));
        Assert.Contains("mantissa: saw 30, expected 3 to 22", Run("none", "{type: FloatPrecisionCast, mantissa: 30}").Error);
    }

    [Fact]
    public void A_flipped_byte_is_found()
    {
        using TemporaryFolder folder = new();
        string run = folder.PathOf("run");
        Assert.Equal(0, CliRun.Of([.. TrainingFixture.Write(folder, TrainingFixture.Physics[0]), "--run-dir", run]).ExitCode);
        StateFile.FlipBits(run);
        CliRun verify = CliRun.Of("verify", run);
        Assert.Equal(1, verify.ExitCode);
        Assert.Contains("state.db", verify.Error);
        Assert.DoesNotContain("   at ", verify.Error);
    }

    [Fact]
    public void A_loss_that_is_not_finite_fails_and_is_listed_with_its_reason()
    {
        using TemporaryFolder folder = new();
        string run = folder.PathOf("run");
        CliRun train = CliRun.Of(
            [.. TrainingFixture.Write(folder, TrainingFixture.Physics[4]), "--run-dir", run, "--set", "training.learning_rate=1e30", "--set", "network.layers.1=ReLU"]);
        Assert.Equal(1, train.ExitCode);
        Assert.Contains("step", train.Error);
        Assert.Contains("learning_rate", train.Error);
        Assert.DoesNotContain("   at ", train.Error);
        Assert.Equal(1, CliRun.Of("verify", run).ExitCode);
        CliRun runs = CliRun.Of("runs", folder.Root);
        Assert.Contains("failed", runs.Out);
        Assert.Contains("learning_rate", runs.Out);
    }

    private static (int Code, string Output) Outcome(CliRun run) => (run.ExitCode, run.Out);
}
