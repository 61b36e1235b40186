using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Host.CommandLine;
using Tessera.Host.Configuration;
using Tessera.Host.Http;
using Tessera.Host.Runs;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Cluster;

/// <summary>
/// A process that coordinates a run of a cluster, or stands by to do so, until the run is finished or the process is asked to end: then it hands over at a
/// checkpoint.
/// </summary>
/// <param name="place">How it takes part.</param>
/// <param name="experiment">What is trained.</param>
/// <param name="display">Who watches.</param>
/// <param name="log">Where it tells what happens to the cluster.</param>
internal sealed class CoordinatorProcess(ProcessPlace place, ClusterExperiment experiment, IRunDisplay display, ILogger log)
{
    private readonly long _steps = RunLength.StepsOf(experiment.Config, experiment.Data.Train.Count);

    /// <summary>Runs until the end.</summary>
    /// <param name="interrupts">Ask it to hand over and end.</param>
    /// <param name="kept">Where the database goes with the cluster: the folder that keeps the run. Otherwise null.</param>
    /// <returns>An exit code.</returns>
    public int Run(Interrupts interrupts, KeptRun? kept = null)
    {
        experiment.Folder.WriteExperiment(ExperimentLoader.ToYaml(experiment.Config));
        using ClusterLinks links = ClusterLinks.Open(place, "coordinator", listens: false, log, interrupts.Stop);
        CoordinatorStatusSource status = new(new StatusParts(ProcessStatus.Coordinator, place, links), place.Name);
        using StatusServer? http = StatusParts.Serve(place, status);
        string reach = StatusParts.Reach(place, http);
        if (http is not null) { HostLog.Serves(log, reach); }
        using PostgresRunStore store = ClusterLinks.Patiently(OpenStore, log, interrupts.Stop);
        using PostgresRunLog shared = new(place.Cluster.Database, place.Cluster.Run);
        if (kept is not null)
        {
            new RunOutcome(RunOutcome.Begun, 0, _steps, null, null).Write(experiment.Folder);
            kept.Restore(store, shared);
        }

        bool isFinished = ClusterLinks.Patiently(store.ReadNewest, log, interrupts.Stop)?.Step == (ulong)_steps
            || Train(links, reach, store, shared, status, kept, interrupts);
        if (!isFinished) { return Stopped(store, kept); }
        kept?.Keep(store);
        RunManifest manifest = store.ReadNewest()!;
        string hash = RunVerifier.ComputeHash(store, manifest);
        shared.SetOutcome(JsonSerializer.Serialize(new { state = RunOutcome.Finished, step = manifest.Step, hash }));
        new RunOutcome(RunOutcome.Finished, (long)manifest.Step, _steps, MetricsWriter.LastAccuracy(experiment.Folder), hash).Write(experiment.Folder);
        display.Note("run", experiment.Folder.Root);
        display.Note("hash", hash);
        (display as JsonDisplay)?.Finish();
        return ExitCode.Done;
    }

    private int Stopped(PostgresRunStore store, KeptRun? kept)
    {
        if (kept is null)
        {
            display.Note("handed over", "another coordinator goes on, or this one when it is started again; nothing is lost");
            return ExitCode.Done;
        }

        try { kept.Keep(store); }
        catch (StoreException error) when (error.Refusal == Refusal.Unavailable) { display.Warn(error.Message); } // the one before is kept
        long step = kept.Step;
        new RunOutcome(RunOutcome.Stopped, step, _steps, MetricsWriter.LastAccuracy(experiment.Folder), null).Write(experiment.Folder);
        display.Note("run", experiment.Folder.Root);
        display.Note("stopped", string.Create(CultureInfo.InvariantCulture, $"after step {step:N0}, as asked; nothing is lost"));
        display.Note("resume", $"./tessera resume {experiment.Folder.Root}");
        return ExitCode.Failed;
    }

    private bool Train(
        ClusterLinks links, string http, PostgresRunStore store, PostgresRunLog shared, CoordinatorStatusSource status, KeptRun? kept, Interrupts interrupts)
    {
        ClusterSeat seat = new()
        {
            Self = links.Self,
            Name = place.Name,
            Plane = links.Plane,
            Network = links.Network,
            Http = http,
            MembersMin = experiment.MembersMin,
        };
        using TrainingRun run = new(experiment.Config, experiment.Data, experiment.Options, store, seat);
        Action onCheckpoint = kept is null ? static () => { } : () => kept.KeepMeanwhile(place.Cluster, display.Warn);
        ClusterObserver observer = new(display, new MetricsWriter(experiment.Folder), shared, status, log, onCheckpoint, interrupts.Stop);
        TrainingSummary? summary = null;
        status.Begin(run);
        try { display.Watch(() => summary = run.Execute(observer, interrupts.Stop)); }
        catch (OperationCanceledException) when (interrupts.Stop.IsCancellationRequested) { return false; } // the database is away: as after a crash
        if (summary!.IsFinished) { status.End(); }
        return summary.IsFinished;
    }

    private PostgresRunStore OpenStore() => PostgresRunStore.OpenOrCreate(
        place.Cluster.Database,
        place.Cluster.Run,
        new RunIdentity(ConfigurationHash.Compute(experiment.Config), RunManifest.CpuEngine, NumericsVersion.Current),
        experiment.Config.Checkpoint.Keep,
        place.Cluster.Files);
}

/// <summary>What a cluster trains, as its coordinator sees it.</summary>
/// <param name="Config">The experiment.</param>
/// <param name="Data">Its samples.</param>
/// <param name="Folder">Where this process writes metrics.</param>
/// <param name="Options">How this process executes its part.</param>
/// <param name="MembersMin">Nodes to wait for at the start.</param>
internal sealed record ClusterExperiment(ExperimentConfig Config, DataPair Data, RunFolder Folder, RunOptions Options, int MembersMin);
