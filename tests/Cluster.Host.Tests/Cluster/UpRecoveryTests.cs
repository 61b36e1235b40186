using System.Diagnostics;
using Tessera.Actors.Stores;
using Tessera.Host.Faults;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Cluster;

/// <summary>Where <c>tessera up</c> itself is killed, one command goes on from its run folder, and nothing of the killed cluster stays.</summary>
[Collection(ClusterTests.Name)]
public sealed class UpRecoveryTests(ClusterServer server)
{
    private const int Epochs = 200; // long enough that the kill comes in the middle
    private const int EverySteps = 100;
    private const int PauseMilliseconds = 20; // between two looks
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly Dictionary<string, string> NoVariables = [];

    [SkippableTheory]
    [InlineData("up")]
    [InlineData("resume")]
    public void A_cluster_whose_command_was_killed_goes_on_by_one_command_to_the_same_hash(string command)
    {
        server.Running();
        using TemporaryFolder folder = new();
        FaultlessRun reference = FaultlessRun.Train(folder.Root, Epochs, EverySteps);
        string run = folder.PathOf("up");
        string[] up = ["up", reference.Experiment, "--threads", "1", "--run-dir", run, "--nodes=2"];
        string place;
        using (LiveProcess first = LiveProcess.Start(up))
        {
            Await("a checkpoint in the run folder", () => CheckpointOf(run) > 0, first);
            place = File.ReadAllText(Path.Combine(run, "server")).Trim();
            Assert.True(Directory.Exists(place));
            Assert.True(first.Kill(), first.Printed);
        }

        ulong before = CheckpointOf(run);
        Assert.InRange(before, 1ul, (ulong)((Epochs * 13) - 1));
        string[] again = command == "up" ? [.. up[..^1], "--nodes=1"] : ["resume", run];
        ProcessResult result = TesseraCommand.Run(NoVariables, again);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Equal(reference.Hash, result.Value("hash"));
        Assert.Contains(reference.Hash, CliRun.Of("verify", run).Out);
        Assert.Equal(Epochs + 1, File.ReadAllLines(Path.Combine(run, "metrics.csv")).Length); // with a header
        Assert.False(File.Exists(Path.Combine(run, "server")));
        Assert.False(Directory.Exists(place), $"{place} is left");
    }

    [SkippableFact]
    public void A_cluster_whose_command_was_killed_ends_by_itself()
    {
        server.Running();
        using TemporaryFolder folder = new();
        FaultlessRun reference = FaultlessRun.Train(folder.Root, Epochs, EverySteps);
        string run = folder.PathOf("up");
        using LiveProcess first = LiveProcess.Start("up", reference.Experiment, "--threads", "1", "--run-dir", run);
        Await("a checkpoint in the run folder", () => CheckpointOf(run) > 0, first);
        string place = File.ReadAllText(Path.Combine(run, "server")).Trim();
        Assert.True(first.Kill(), first.Printed);

        Await("the end of the server's folder", () => !Directory.Exists(place), null);
    }

    [SkippableFact]
    public void A_folder_of_another_experiment_is_refused_and_stays_as_it_is()
    {
        server.Running();
        using TemporaryFolder folder = new();
        FaultlessRun reference = FaultlessRun.Train(folder.Root, epochs: 1, EverySteps);
        string run = folder.PathOf("reference");
        string experiment = File.ReadAllText(Path.Combine(run, "experiment.yaml"));

        ProcessResult result = TesseraCommand.Run(NoVariables, "up", reference.Experiment, "--seed", "99", "--run-dir", run);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("it was changed since, or is another one", result.Error, StringComparison.Ordinal);
        Assert.Equal(experiment, File.ReadAllText(Path.Combine(run, "experiment.yaml")));
    }

    [SkippableFact]
    public void A_run_that_is_finished_keeps_its_hash()
    {
        server.Running();
        using TemporaryFolder folder = new();
        FaultlessRun reference = FaultlessRun.Train(folder.Root, epochs: 2, EverySteps);

        ProcessResult result = TesseraCommand.Run(NoVariables, "up", reference.Experiment, "--run-dir", folder.PathOf("reference"));

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Equal(reference.Hash, result.Value("hash"));
        Assert.Equal(3, File.ReadAllLines(Path.Combine(folder.PathOf("reference"), "metrics.csv")).Length);
    }

    /// <summary>Step of the newest checkpoint in a run folder; 0 for none.</summary>
    private static ulong CheckpointOf(string run)
    {
        try
        {
            using SqliteRunStore store = SqliteRunStore.OpenReadOnly(Path.Combine(run, SqliteRunStore.FileName));
            return store.ReadNewest()?.Step ?? 0;
        }
        catch (StoreException)
        {
            return 0; // not there yet, or being written
        }
    }

    private static void Await(string what, Func<bool> isSo, LiveProcess? process)
    {
        long start = Stopwatch.GetTimestamp();
        object gate = new();
        while (!isSo())
        {
            if (process is { HasEnded: true } || Stopwatch.GetElapsedTime(start) > Patience) { Assert.Fail($"{what}: not there; printed: {process?.Printed}"); }
            lock (gate) { Monitor.Wait(gate, PauseMilliseconds); }
        }
    }
}
