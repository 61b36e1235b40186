using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <summary>All that a run keeps: blobs, manifests and the newest term, in one place that changes by transactions.</summary>
public interface IRunStore : IBlobStore, IManifestStore
{
    /// <summary>The newest term; <see cref="Term.None"/> before the first.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    Term CurrentTerm { get; }

    /// <summary>
    /// Opens a new term, higher than all before, and removes blobs that no manifest names: what an older term left unfinished. Whoever is of an older
    /// term cannot commit from here on.
    /// </summary>
    /// <exception cref="StoreException">The term is not raised.</exception>
    Term RaiseTerm();

    /// <summary>All manifests that are kept, newest first.</summary>
    /// <exception cref="StoreException">One is damaged, or the store cannot be read.</exception>
    IReadOnlyList<RunManifest> ReadAll();

    /// <summary>The newest manifest of a step.</summary>
    /// <exception cref="StoreException"><see cref="Protocol.Messages.Refusal.Missing"/> where none of this step is kept; damaged; cannot be
    /// read.</exception>
    RunManifest Read(StepId step);
}
