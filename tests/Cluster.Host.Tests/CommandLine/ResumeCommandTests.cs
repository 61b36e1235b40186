using System.Text.Json;
using Tessera.Actors.Stores;

namespace Tessera.Host.Tests.CommandLine;

/// <summary>What people do to a run between its end and <c>tessera resume</c>.</summary>
public sealed class ResumeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, "1")]
    [InlineData(3, "2")]
    [InlineData(5, "1")] // the end of an epoch, which is evaluated again
    [InlineData(9, "3")]
    public void A_killed_run_ends_with_the_hash_and_the_metrics_of_one_that_was_left_alone(long steps, string threads)
    {
        string whole = PartialRun.WholeHash(_folder);
        string run = PartialRun.Make(_folder, steps);
        CliRun resumed = CliRun.Of("resume", run, "--threads", threads);
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        Assert.Equal(whole, TrainingFixture.Value(resumed.Out, "hash"));
        Assert.Equal(steps > 0, resumed.Out.Contains($"resumed: after step {steps}"));
        Assert.Equal(Metrics(_folder.PathOf("whole")), Metrics(run));
        Assert.Equal(0, CliRun.Of("verify", run, "--against", _folder.PathOf("whole"), "--replay", "0", "10").ExitCode);
    }

    [Fact]
    public void A_finished_run_is_evaluated_once_more_and_stays_as_it_is()
    {
        string hash = PartialRun.WholeHash(_folder);
        string run = _folder.PathOf("whole");
        string[] metrics = File.ReadAllLines(Path.Combine(run, "metrics.csv"));
        CliRun again = CliRun.Of("resume", run);
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Equal(hash, TrainingFixture.Value(again.Out, "hash"));
        Assert.Contains("epoch 2/2", again.Out);
        Assert.Contains("trained before", again.Out);
        Assert.DoesNotContain("samples/s", again.Out);
        Assert.Equal(metrics, File.ReadAllLines(Path.Combine(run, "metrics.csv")));
    }

    [Fact]
    public void A_line_that_a_kill_cut_off_and_one_from_after_the_checkpoint_are_written_anew()
    {
        PartialRun.WholeHash(_folder);
        string run = PartialRun.Make(_folder, 7);
        File.AppendAllText(Path.Combine(run, "metrics.jsonl"), "{\"epoch\":2,\"step\":10}\n");
        File.AppendAllText(Path.Combine(run, "metrics.csv"), "2,10,0.1,0.2,0.1,0.3,4");
        Assert.Equal(0, CliRun.Of("resume", run).ExitCode);
        Assert.Equal(Metrics(_folder.PathOf("whole")), Metrics(run));
        foreach (string line in File.ReadAllLines(Path.Combine(run, "metrics.jsonl"))) { JsonDocument.Parse(line).Dispose(); }
        Assert.Equal(2, File.ReadAllLines(Path.Combine(run, "metrics.jsonl")).Length);
    }

    [Fact]
    public void A_run_that_moved_goes_on()
    {
        string whole = PartialRun.WholeHash(_folder);
        string moved = _folder.PathOf("elsewhere");
        Directory.Move(PartialRun.Make(_folder, 4), moved);
        Assert.Equal(whole, TrainingFixture.Value(CliRun.Of("resume", moved).Out, "hash"));
    }

    [Fact]
    public void A_second_process_is_kept_out()
    {
        string run = PartialRun.Make(_folder, 4);
        using (RunLock held = RunLock.Take(run))
        {
            RequireRefused(CliRun.Of("resume", run), 1, "another process", "Wait until it ends");
            Assert.Contains("running", CliRun.Of("runs", _folder.Root).Out);
        }

        Assert.Equal(0, CliRun.Of("resume", run).ExitCode);
    }

    [Fact]
    public void A_changed_experiment_is_refused_and_the_state_stays_as_it_is()
    {
        string run = PartialRun.Make(_folder, 4);
        string experiment = Path.Combine(run, "experiment.yaml");
        string text = File.ReadAllText(experiment);
        byte[] state = File.ReadAllBytes(StateFile.Of(run));
        File.WriteAllText(experiment, text.Replace("epochs: 2", "epochs: 3", StringComparison.Ordinal));
        RequireRefused(CliRun.Of("resume", run), 1, "configuration", "it was changed since, or is another one", "train the changed experiment as a new run");
        File.WriteAllText(experiment, "");
        RequireRefused(CliRun.Of("resume", run), 2, "is empty");
        File.Delete(experiment);
        RequireRefused(CliRun.Of("resume", run), 2, "lacks experiment.yaml", "Restore it from a backup");
        Assert.Equal(state, File.ReadAllBytes(StateFile.Of(run)));
        File.WriteAllText(experiment, text);
        Assert.Equal(0, CliRun.Of("resume", run).ExitCode);
    }

    [Fact]
    public void What_does_not_change_a_bit_may_be_edited()
    {
        string whole = PartialRun.WholeHash(_folder);
        string run = PartialRun.Make(_folder, 4);
        string experiment = Path.Combine(run, "experiment.yaml");
        string text = File.ReadAllText(experiment).Replace("every_steps: 0", "every_steps: 1", StringComparison.Ordinal);
        Assert.Contains("every_steps: 1", text);
        File.WriteAllText(experiment, text);
        Assert.Equal(whole, TrainingFixture.Value(CliRun.Of("resume", run).Out, "hash"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_that_was_killed_before_its_state_existed_begins(bool isFileThere)
    {
        string whole = PartialRun.WholeHash(_folder);
        string run = PartialRun.Make(_folder, 0);
        File.Delete(StateFile.Of(run));
        if (isFileThere) { File.WriteAllBytes(StateFile.Of(run), []); }
        Assert.Contains("killed", CliRun.Of("runs", run).Out);
        RequireRefused(CliRun.Of("verify", run), 1, "no checkpoint yet", "tessera resume");
        Assert.Equal(whole, TrainingFixture.Value(CliRun.Of("resume", run).Out, "hash"));
    }

    [Fact]
    public void A_run_that_was_killed_before_its_experiment_was_written_says_so()
    {
        _folder.Write("early/run.lock", "1\n");
        _folder.Write("early/experiment.yaml.partial", "seed: 1\ntra");
        RequireRefused(CliRun.Of("resume", _folder.PathOf("early")), 2, "lacks experiment.yaml", "nothing is lost", "tessera train");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_state_that_went_away_is_not_replaced_silently(bool isFileThere)
    {
        string run = PartialRun.Make(_folder, 4);
        File.Delete(StateFile.Of(run));
        if (isFileThere) { File.WriteAllBytes(StateFile.Of(run), []); }
        RequireRefused(CliRun.Of("resume", run), 1, "the state is lost", "backup", "tessera train");
        RequireRefused(CliRun.Of("verify", run), 1, "the state is lost");
        CliRun runs = CliRun.Of("runs", _folder.Root);
        Assert.Contains("unreadable", runs.Out);
        Assert.Contains("the state is lost", runs.Out);
    }

    /// <summary>Epoch, step, loss, accuracy and learning rate of every epoch; times differ from run to run.</summary>
    private static string[] Metrics(string run) =>
        [.. File.ReadAllLines(Path.Combine(run, "metrics.csv")).Select(line => string.Join(',', line.Split(',').Take(5)))];

    private static void RequireRefused(CliRun run, int code, params string[] fragments)
    {
        Assert.Equal(code, run.ExitCode);
        Assert.DoesNotContain("   at ", run.All);
        Assert.DoesNotContain("unexpected failure", run.All);
        foreach (string fragment in fragments) { Assert.Contains(fragment, run.Error); }
    }
}
