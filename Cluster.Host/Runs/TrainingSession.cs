using System.Globalization;
using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Host.CommandLine;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Runs;

/// <summary>Trains or goes on training in a run folder, from the lock to the hash. One process at a time works in a folder.</summary>
/// <param name="console">Where to write.</param>
/// <param name="display">Who watches.</param>
/// <param name="folder">The run.</param>
/// <param name="config">Its experiment.</param>
/// <param name="data">Its samples.</param>
/// <param name="options">How to execute it.</param>
internal sealed class TrainingSession(CliConsole console, IRunDisplay display, RunFolder folder, ExperimentConfig config, DataPair data, RunOptions options)
{
    /// <summary>Begins the run in a new folder.</summary>
    public int Begin()
    {
        using RunLock held = RunLock.Take(folder.Root);
        RunIdentity identity = new(ConfigurationHash.Compute(config), RunManifest.CpuEngine, NumericsVersion.Current);
        using SqliteRunStore store = SqliteRunStore.Create(folder.State, identity, config.Checkpoint.Keep);
        return Train(store);
    }

    /// <summary>Goes on from the newest checkpoint.</summary>
    public int Resume()
    {
        using RunLock held = RunLock.Take(folder.Root);
        using SqliteRunStore store = SqliteRunStore.Open(folder.State, config.Checkpoint.Keep);
        RequireIdentity(store);
        File.Delete(folder.Outcome);
        return Train(store);
    }

    private void RequireIdentity(SqliteRunStore store)
    {
        string hash = ConfigurationHash.Compute(config);
        if (store.Identity.ConfigurationHash != hash)
        {
            throw new CheckpointException(
                $"'{folder.Experiment}' has configuration {hash[..12]}, the state beside it was written with {store.Identity.ConfigurationHash[..12]}: the file "
                + "was changed since. Restore it, or train the changed experiment as a new run.");
        }
    }

    private int Train(SqliteRunStore store)
    {
        TrainingSummary summary = new(0, double.NaN, double.NaN, 0, IsFinished: false);
        using (Interrupts interrupts = new(Announce))
        using (TrainingRun run = new(config, data, options, store))
        {
            RecordingObserver observer = new(display, new MetricsWriter(folder));
            display.Watch(() => summary = run.Execute(observer, interrupts.Stop));
        }

        return Conclude(store, summary);
    }

    private void Announce() => console.Error.WriteLine("tessera: stopping after this step, with a checkpoint; once more ends at once.");

    private int Conclude(SqliteRunStore store, TrainingSummary summary)
    {
        string hash = RunVerifier.ComputeHash(store, store.ReadNewest()!);
        string state = summary.IsFinished ? RunOutcome.Finished : RunOutcome.Stopped;
        double? accuracy = double.IsNaN(summary.TestAccuracy) ? MetricsWriter.LastAccuracy(folder) : summary.TestAccuracy;
        new RunOutcome(state, summary.Steps, RunLength.StepsOf(config, data.Train.Count), accuracy, hash).Write(folder);
        display.Note("run", folder.Root);
        if (summary.IsFinished)
        {
            display.Note("verify", $"./tessera verify {folder.Root}");
        }
        else
        {
            display.Note("stopped", string.Create(CultureInfo.InvariantCulture, $"after step {summary.Steps:N0}, as asked; nothing is lost"));
            display.Note("resume", $"./tessera resume {folder.Root}");
        }

        display.Note("hash", hash);
        (display as JsonDisplay)?.Finish();
        return summary.IsFinished ? ExitCode.Done : ExitCode.Failed;
    }
}
