using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Experiments;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Runs;

/// <summary>The state of a run in its folder, for whoever trains it and holds its lock.</summary>
internal static class RunState
{
    /// <summary>Begins the state of a new run.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="config">Its experiment.</param>
    /// <exception cref="StoreException">It cannot be written.</exception>
    public static SqliteRunStore Create(RunFolder folder, ExperimentConfig config) =>
        SqliteRunStore.Create(folder.State, new RunIdentity(ConfigurationHash.Compute(config), RunManifest.CpuEngine, NumericsVersion.Current), config.Checkpoint.Keep);

    /// <summary>Opens the state, or begins it where the run was ended before it began.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="config">Its experiment.</param>
    /// <exception cref="StoreException">It cannot be read or written.</exception>
    /// <exception cref="CheckpointException">It is lost, or of another experiment.</exception>
    public static SqliteRunStore OpenOrCreate(RunFolder folder, ExperimentConfig config)
    {
        SqliteRunStore store = Open(folder, config);
        string hash = ConfigurationHash.Compute(config);
        string seen = store.Identity.ConfigurationHash;
        if (seen == hash) { return store; }
        store.Dispose();
        throw new CheckpointException(
            $"The experiment has configuration {hash[..12]}, the state in '{folder.Root}' was written with {seen[..12]}: it was changed since, or is another one. "
            + "Go on with the one that the run was begun with, or train the changed experiment as a new run.");
    }

    private static SqliteRunStore Open(RunFolder folder, ExperimentConfig config)
    {
        try
        {
            return SqliteRunStore.Open(folder.State, config.Checkpoint.Keep);
        }
        catch (StoreException error) when (error.Refusal == Refusal.Missing)
        {
            return folder.HasMetrics ? throw folder.StateLost(error) : Create(folder, config);
        }
    }
}
