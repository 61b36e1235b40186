using System.Globalization;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Simulation;

/// <summary>I3: a manifest that the store accepts names everything at one step, and every blob is there.</summary>
internal sealed class ManifestChecks(SimulationInvariants invariants, SimulatedWorld world)
{
    private RunManifest? _newest;

    /// <summary>Kind and name of each blob in order, or null where it does not matter.</summary>
    public IReadOnlyList<(string Kind, string Name)>? Expected { get; set; }

    /// <summary>The store accepts a manifest.</summary>
    public void Accepted(RunManifest manifest)
    {
        if (_newest is { } newest && manifest.Step < newest.Step && !(manifest.Term > newest.Term && IsDamaged(newest)))
        {
            Report(manifest, $"is older than the one of step {newest.Step} before it");
        }

        _newest = manifest;
        CheckNames(manifest);
        foreach (var blob in manifest.Blobs)
        {
            CheckBlob(manifest, blob);
        }
    }

    /// <summary>A manifest that nothing else speaks against names a blob that was never durable.</summary>
    public void TooEarly(RunManifest manifest, ManifestBlob blob)
    {
        if (Expected is not null)
        {
            Report(manifest, $"was sent before {blob.Kind} '{blob.Name}' was stored: blob {blob.Hash} was never durable");
        }
    }

    /// <summary>A run may go back behind a checkpoint that cannot be read, in a later term.</summary>
    private bool IsDamaged(RunManifest manifest) => manifest.Blobs.Any(blob => !world.Store.IsIntact(blob.Hash));

    private void CheckNames(RunManifest manifest)
    {
        if (Expected is null)
        {
            return;
        }

        if (manifest.Blobs.Count != Expected.Count)
        {
            Report(manifest, $"names {manifest.Blobs.Count} blobs, expected {Expected.Count}");
            return;
        }

        for (var i = 0; i < Expected.Count; i++)
        {
            var blob = manifest.Blobs[i];
            if ((blob.Kind, blob.Name) != Expected[i])
            {
                Report(manifest, $"names {blob.Kind} '{blob.Name}' at place {i}, expected {Expected[i].Kind} '{Expected[i].Name}'");
            }
        }
    }

    private void CheckBlob(RunManifest manifest, ManifestBlob blob)
    {
        if (world.Store.Read(blob.Hash) is not { } bytes || !world.Store.IsIntact(blob.Hash))
        {
            Report(manifest, $"names {blob.Kind} '{blob.Name}', whose blob {blob.Hash} is not durable and intact");
            return;
        }

        try
        {
            var file = SafetensorsFile.Parse(bytes, blob.Name);
            var expected = manifest.Step.ToString(CultureInfo.InvariantCulture);
            var seen = file.Metadata.GetValueOrDefault("step", "nothing");
            if (seen != expected && blob.Kind != ManifestBlob.LossesKind)
            {
                Report(manifest, $"names {blob.Kind} '{blob.Name}' of step {seen}, expected {expected}");
            }
        }
        catch (SnapshotFormatException error)
        {
            Report(manifest, $"names {blob.Kind} '{blob.Name}', which cannot be read: {error.Message}");
        }
    }

    private void Report(RunManifest manifest, string text) => invariants.Report(
        SimulationInvariant.CompleteManifest, $"the manifest of step {manifest.Step} in term {manifest.Term} {text}");
}
