using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <summary>Manifests in one transactional store, which also knows the newest term. Calls block and may come from any thread, one at a time.</summary>
public interface IManifestStore
{
    /// <summary>
    /// Makes a manifest the newest, in one transaction that checks that its term is the newest and that all its blobs are there; retires manifests beyond
    /// those to keep, which are of different steps, and the blobs that only these name. The same manifest again is no error.
    /// </summary>
    /// <exception cref="StoreException">It is not stored: <see cref="Protocol.Messages.Refusal.OlderTerm"/> where a newer term is known.</exception>
    void Commit(RunManifest manifest);

    /// <summary>The newest manifest, or null where there is none.</summary>
    /// <exception cref="StoreException">It is damaged, of an unknown format, or the store cannot be read.</exception>
    RunManifest? ReadNewest();

    /// <summary>The newest manifest that is none of those that cannot be used, or null where no other is kept.</summary>
    /// <param name="unusable">Manifests of which a blob is damaged or missing.</param>
    /// <exception cref="StoreException">One that is kept is damaged itself, or the store cannot be read.</exception>
    RunManifest? ReadNewest(IReadOnlyList<RunManifest> unusable);
}
