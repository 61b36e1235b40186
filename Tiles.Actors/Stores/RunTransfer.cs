using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <summary>Copies checkpoints from one store of a run to another: into a cluster's database, out of it, or into memory to train a stretch again.</summary>
public static class RunTransfer
{
    /// <summary>Copies the newest checkpoint; doing so again is no error.</summary>
    /// <param name="from">A store, which is only read.</param>
    /// <param name="to">A store of the same run; nobody else writes to it meanwhile.</param>
    /// <returns>The manifest as the other store has it, or null where there is none.</returns>
    /// <exception cref="StoreException">It cannot be read or stored.</exception>
    public static RunManifest? CopyNewest(IRunStore from, IRunStore to)
    {
        ArgumentNullException.ThrowIfNull(from);
        return from.ReadNewest() is { } manifest ? Copy(from, to, manifest) : null;
    }

    /// <summary>
    /// Copies a checkpoint. The other store raises its term until it has given out the manifest's; where it is in a later one, the manifest is stored
    /// in that.
    /// </summary>
    /// <param name="from">The store that has its blobs, which is only read.</param>
    /// <param name="to">A store of the same run; nobody else writes to it meanwhile.</param>
    /// <param name="manifest">The checkpoint.</param>
    /// <returns>The manifest as the other store has it.</returns>
    /// <exception cref="StoreException">It cannot be read or stored.</exception>
    public static RunManifest Copy(IRunStore from, IRunStore to, RunManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(manifest);
        var term = to.CurrentTerm;
        while (term.CompareTo(new Term(Math.Max(1, manifest.Term))) < 0)
        {
            term = to.RaiseTerm();
        }

        foreach (var blob in manifest.Blobs)
        {
            to.Put(from.Get(blob.Hash), term);
        }

        var copy = manifest with { Term = term.Value };
        to.Commit(copy);
        return copy;
    }
}
