using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Host.Configuration;
using Tessera.Host.Runs;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Cluster;

/// <summary>
/// A run folder that keeps what a cluster trains whose database goes with the cluster: the newest checkpoint is copied into it as soon as it is complete, so that
/// whatever is killed, the run goes on from the folder, on a new cluster or in one process. It is locked for as long as this object lives.
/// </summary>
internal sealed class KeptRun : IDisposable
{
    private readonly RunLock _lock;
    private readonly RunFolder _folder;
    private readonly SqliteRunStore _kept;

    private KeptRun(RunLock held, RunFolder folder, SqliteRunStore kept)
    {
        _lock = held;
        _folder = folder;
        _kept = kept;
    }

    /// <summary>Takes a folder, new or of a run that goes on.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">The experiment.</param>
    /// <exception cref="StoreException">Another process trains the run; its state cannot be read or written.</exception>
    /// <exception cref="CheckpointException">The folder is of another experiment.</exception>
    public static KeptRun Open(RunFolder folder, ExperimentConfig config)
    {
        RunLock held = RunLock.Take(folder.Root);
        try
        {
            if (!File.Exists(folder.State)) { folder.WriteExperiment(ExperimentLoader.ToYaml(config)); } // first: a state is never without its experiment
            return new KeptRun(held, folder, RunState.OpenOrCreate(folder, config));
        }
        catch (Exception)
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Step of the checkpoint that is kept; 0 for none.</summary>
    public long Step => (long)(_kept.ReadNewest()?.Step ?? 0);

    /// <summary>Puts the checkpoint that is kept, and the epochs up to it, into the database of a new cluster, before anybody trains there.</summary>
    /// <param name="store">The run there.</param>
    /// <param name="epochs">Its epochs.</param>
    /// <exception cref="StoreException">It cannot be read or stored.</exception>
    public void Restore(PostgresRunStore store, IEpochLog epochs)
    {
        if (RunTransfer.CopyNewest(_kept, store) is not { } manifest) { return; }
        foreach (EpochReport epoch in MetricsWriter.Read(_folder, (long)manifest.Step))
        {
            epochs.Append(new StepId((ulong)epoch.Step), epoch.Epoch, MetricsWriter.ToJson(epoch));
        }
    }

    /// <summary>Copies the newest checkpoint into the folder.</summary>
    /// <param name="store">The run in the database.</param>
    /// <exception cref="StoreException">It cannot be read or stored.</exception>
    public void Keep(IRunStore store) => RunTransfer.CopyNewest(store, _kept);

    /// <summary>As <see cref="Keep"/>, beside the training that goes on. A checkpoint that a newer one replaces meanwhile is passed over.</summary>
    /// <param name="cluster">The run in the database.</param>
    /// <param name="warn">Told where it fails.</param>
    public void KeepMeanwhile(ClusterPlace cluster, Action<string> warn)
    {
        try
        {
            using PostgresRunStore store = PostgresRunStore.OpenReadOnly(cluster.Database, cluster.Run, cluster.Files);
            RunManifest? before = store.ReadNewest();
            try { Keep(store); }
            catch (StoreException) when (store.ReadNewest() is { } newest && newest.Step != before?.Step) { } // its own turn comes
        }
        catch (StoreException error)
        {
            warn($"The newest checkpoint was not copied to '{_folder.Root}': {error.Message} Training goes on; the next one is tried again.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _kept.Dispose();
        _lock.Dispose();
    }
}
