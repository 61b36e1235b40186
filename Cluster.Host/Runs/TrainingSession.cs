using System.Globalization;
using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Host.CommandLine;
using Tessera.Host.Configuration;

namespace Tessera.Host.Runs;

/// <summary>Trains or goes on training in a run folder, from the lock to the hash. One process at a time works in a folder.</summary>
/// <param name="display">Who watches.</param>
/// <param name="folder">The run.</param>
/// <param name="config">Its experiment.</param>
/// <param name="data">Its samples.</param>
/// <param name="options">How to execute it.</param>
internal sealed class TrainingSession(IRunDisplay display, RunFolder folder, ExperimentConfig config, DataPair data, RunOptions options)
{
    private readonly long _steps = RunLength.StepsOf(config, data.Train.Count);

    /// <summary>Begins the run in a new folder.</summary>
    public int Begin()
    {
        using RunLock held = RunLock.Take(folder.Root);
        folder.WriteExperiment(ExperimentLoader.ToYaml(config));
        using SqliteRunStore store = RunState.Create(folder, config);
        return Train(store);
    }

    /// <summary>Goes on from the newest checkpoint, or from the start where the run was ended before it began.</summary>
    public int Resume()
    {
        using RunLock held = RunLock.Take(folder.Root);
        RunServer.Remove(folder);
        using SqliteRunStore store = RunState.OpenOrCreate(folder, config);
        return Train(store);
    }

    private int Train(SqliteRunStore store)
    {
        new RunOutcome(RunOutcome.Begun, 0, _steps, null, null).Write(folder);
        try
        {
            return Conclude(store, Execute(store));
        }
        catch (Exception error) when (error is TrainingException or CheckpointException or StoreException or IOException or UnauthorizedAccessException)
        {
            Record(error);
            throw;
        }
    }

    private TrainingSummary Execute(SqliteRunStore store)
    {
        TrainingSummary summary = new(0, double.NaN, double.NaN, 0, IsFinished: false);
        using Interrupts interrupts = new(
            () => display.Warn("stopping after this step, with a checkpoint; once more ends at once."), () => (display as TerminalDisplay)?.RestoreCursor());
        using TrainingRun run = new(config, data, options, store);
        RecordingObserver observer = new(display, new MetricsWriter(folder));
        display.Watch(() => summary = run.Execute(observer, interrupts.Stop));
        return summary;
    }

    private void Record(Exception failure)
    {
        try
        {
            new RunOutcome(RunOutcome.Failed, 0, _steps, MetricsWriter.LastAccuracy(folder), null, failure.Message).Write(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What cannot be written twice is still told to whoever started the run.
        }
    }

    private int Conclude(SqliteRunStore store, TrainingSummary summary)
    {
        string hash = RunVerifier.ComputeHash(store, store.ReadNewest()!);
        string state = summary.IsFinished ? RunOutcome.Finished : RunOutcome.Stopped;
        double? accuracy = double.IsNaN(summary.TestAccuracy) ? MetricsWriter.LastAccuracy(folder) : summary.TestAccuracy;
        new RunOutcome(state, summary.Steps, _steps, accuracy, hash).Write(folder);
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
