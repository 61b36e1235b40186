using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <summary>What every store checks before it takes a manifest, and how it says no.</summary>
internal static class CommitRules
{
    /// <summary>Complete checkpoints that are kept where nobody says otherwise: the newest, and one to go back to should it be damaged.</summary>
    public const int KeepByDefault = 2;

    /// <summary>Only the newest term may write.</summary>
    public static void RequireTerm(RunManifest manifest, Term current, string source)
    {
        if (manifest.Term < current.Value)
        {
            throw new StoreException(
                Refusal.OlderTerm,
                $"The checkpoint of step {manifest.Step} is of term {manifest.Term}, but {source} is in {current}: another coordinator took over. "
                + "This one must stop.");
        }

        if (manifest.Term > current.Value)
        {
            throw new StoreException(
                Refusal.Unfit,
                $"The checkpoint of step {manifest.Step} is of term {manifest.Term}, but {source} is in {current} and never gave that term out. "
                + "Take a term from this store before writing to it.");
        }
    }

    /// <summary>Only the newest term may write blobs.</summary>
    public static void RequireWriter(Term? writer, Term current, string source)
    {
        if (writer is { } term && term.CompareTo(current) < 0)
        {
            throw new StoreException(
                Refusal.OlderTerm,
                $"A blob came from {term}, but {source} is in {current}: another coordinator took over. Whoever wrote it must stop.");
        }
    }

    /// <summary>Within a term the steps of checkpoints never fall: a manifest that does is a late repeat of one that was retired.</summary>
    public static void RequireOrder(RunManifest manifest, Term newestTerm, StepId newestStep, string source)
    {
        if (manifest.Term == newestTerm.Value && manifest.Step < newestStep.Value)
        {
            throw new StoreException(
                Refusal.OutOfStep,
                $"The checkpoint of step {manifest.Step} came after that of {newestStep} of the same {newestTerm} in {source}. The newer one stays.");
        }
    }

    /// <summary>The newest of the manifests that are kept but for those that cannot be used; null where there is no other.</summary>
    public static RunManifest? NewestBut(IReadOnlyList<RunManifest> unusable, IReadOnlyList<RunManifest> kept) =>
        kept.FirstOrDefault(manifest => !unusable.Any(other => other.Term == manifest.Term && other.Step == manifest.Step));

    /// <summary>The error for a blob that a manifest names and the store does not hold.</summary>
    public static StoreException MissingBlob(RunManifest manifest, ManifestBlob blob, string source) => new(
        Refusal.Missing,
        $"The checkpoint of step {manifest.Step} names {blob.Kind} '{blob.Name}' with hash {blob.Hash}, which {source} does not hold. "
        + "Store all blobs before the manifest.");

    /// <summary>The error for a hash that the store does not hold.</summary>
    public static StoreException Missing(BlobHash hash, string source) => new(
        Refusal.Missing, $"{source} holds no blob {hash}; its checkpoint was retired or never completed. Start from a checkpoint that is kept.");

    /// <summary>The error for bytes that are not those of their hash.</summary>
    public static StoreException Damaged(BlobHash expected, BlobHash seen, int length, string source) => new(
        Refusal.Damaged,
        $"{source} has {length} bytes with hash {seen} in place of blob {expected}: they were damaged. "
        + "Restore it from a backup or train the run again.");

    /// <summary>The error for a step of which no checkpoint is kept.</summary>
    public static StoreException MissingStep(StepId step, IEnumerable<ulong> kept, string source) => new(
        Refusal.Missing, $"{source} keeps no checkpoint of {step}; steps that it keeps: {Text(kept)}. Choose one of these.");

    /// <summary>How many to keep.</summary>
    public static int RequireKeep(int keep)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        return keep;
    }

    private static string Text(IEnumerable<ulong> steps) => string.Join(", ", steps) is { Length: > 0 } text ? text : "none";
}
