using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Runs;

/// <summary>The newest checkpoint of a run, read and checked.</summary>
internal sealed class StoredRun : IDisposable
{
    private readonly SqliteRunStore _store;

    private StoredRun(RunFolder folder, SqliteRunStore store, RunManifest manifest)
    {
        Folder = folder;
        _store = store;
        Manifest = manifest;
        Hash = RunVerifier.ComputeHash(store, manifest);
    }

    /// <summary>The run.</summary>
    public RunFolder Folder { get; }

    /// <summary>Its store, for reading.</summary>
    public IRunStore Store => _store;

    /// <summary>Its newest checkpoint.</summary>
    public RunManifest Manifest { get; }

    /// <summary>Hash of that.</summary>
    public string Hash { get; }

    /// <summary>Opens a run and checks everything that its newest checkpoint names.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    /// <exception cref="CheckpointException">There is no checkpoint, or it is damaged.</exception>
    public static StoredRun Open(RunFolder folder)
    {
        SqliteRunStore store = OpenStore(folder);
        try
        {
            RunManifest manifest = store.ReadNewest() ?? throw NoCheckpoint(folder, null);
            return new StoredRun(folder, store, manifest);
        }
        catch (Exception)
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The checkpoint of a step.</summary>
    /// <exception cref="StoreException">It is not kept; the message lists those that are.</exception>
    public RunManifest ManifestOf(long step) => Store.Read(new StepId((ulong)step));

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    private static SqliteRunStore OpenStore(RunFolder folder)
    {
        try
        {
            return SqliteRunStore.OpenReadOnly(folder.State);
        }
        catch (StoreException error) when (error.Refusal == Refusal.Missing)
        {
            throw folder.HasMetrics ? folder.StateLost(error) : NoCheckpoint(folder, error);
        }
    }

    private static CheckpointException NoCheckpoint(RunFolder folder, Exception? cause)
    {
        string message = $"'{folder.Root}' holds no checkpoint yet. If no process trains it any more, 'tessera resume {folder.Root}' trains it from the start.";
        return cause is null ? new CheckpointException(message) : new CheckpointException(message, cause);
    }
}
