namespace Tessera.Protocol.Snapshots;

/// <summary>A state that is complete: every tile and every digital stage with learned values at one step, by the hash of its blob.</summary>
public sealed record RunManifest
{
    /// <summary>The format this version writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Engine kind of tiles that compute on processors; their bits do not depend on which.</summary>
    public const string CpuEngine = "cpu";

    /// <summary>Format of the manifest.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Version of the numerics that produced the bits.</summary>
    public required int NumericsVersion { get; init; }

    /// <summary>Kind of engine that produced the bits.</summary>
    public string Engine { get; init; } = CpuEngine;

    /// <summary>SHA-256 of the canonical configuration (64 hex).</summary>
    public required string ConfigurationHash { get; init; }

    /// <summary>Mini-batches committed.</summary>
    public required ulong Step { get; init; }

    /// <summary>Incarnation that wrote it; not part of the state hash, for recoveries do not change the state.</summary>
    public required ulong Term { get; init; }

    /// <summary>Numerics versions that were changed within the run, with consent: from then on its bits are those of no single version.</summary>
    public IReadOnlyList<NumericsChange> NumericsChanges { get; init; } = [];

    /// <summary>Tiles in the order of their identities, then digital stages in the order of the plan, then the losses.</summary>
    public required IReadOnlyList<ManifestBlob> Blobs { get; init; }

    /// <summary>The entry of a kind and name.</summary>
    /// <exception cref="SnapshotFormatException">There is none.</exception>
    public ManifestBlob Find(string kind, string name)
    {
        foreach (var blob in Blobs)
        {
            if (blob.Kind == kind && blob.Name == name)
            {
                return blob;
            }
        }

        throw new SnapshotFormatException(
            $"The checkpoint of step {Step} holds no {kind} '{name}', which the network has: it is of another network. Resume it with its own experiment.");
    }
}

/// <summary>A change of the numerics version within a run.</summary>
/// <param name="Step">The step after which the run went on with the other version.</param>
/// <param name="From">Version before.</param>
/// <param name="To">Version after.</param>
public sealed record NumericsChange(ulong Step, int From, int To);

/// <summary>One blob of a manifest.</summary>
/// <param name="Kind"><c>tile</c>, <c>stage</c> or <c>losses</c>.</param>
/// <param name="Name">Name in the plan.</param>
/// <param name="Hash">SHA-256 of the file.</param>
public sealed record ManifestBlob(string Kind, string Name, BlobHash Hash)
{
    /// <summary>A tile.</summary>
    public const string TileKind = "tile";

    /// <summary>A digital stage with learned values.</summary>
    public const string StageKind = "stage";

    /// <summary>A chunk of losses.</summary>
    public const string LossesKind = "losses";
}
