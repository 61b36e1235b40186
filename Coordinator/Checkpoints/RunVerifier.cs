using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tessera.Actors.Stores;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Checkpoints;

/// <summary>
/// Recomputes the hash of a state from its stored bytes. It covers the step, the names, shapes and bytes of all arrays of all tiles and digital
/// stages, and the loss bits of every step; not the term, wall times, threads or folder.
/// </summary>
public static class RunVerifier
{
    private const string Header = "tessera-state-hash 1\n";

    /// <summary>Reads everything that a manifest names, checks it, and hashes it.</summary>
    /// <param name="blobs">Where the bytes are; it checks them against their hashes.</param>
    /// <param name="manifest">The state.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="CheckpointException">Something is missing, damaged or of another version.</exception>
    public static string ComputeHash(IBlobStore blobs, RunManifest manifest)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Append(hash, Header);
            Append(hash, string.Create(CultureInfo.InvariantCulture, $"step {manifest.Step}\n"));
            foreach (var entry in manifest.Blobs.Where(entry => entry.Kind != ManifestBlob.LossesKind))
            {
                Append(hash, $"{entry.Kind} {entry.Name}\n");
                foreach (var array in Open(blobs, manifest, entry).Arrays)
                {
                    Append(hash, $"{array.Name} {array.Type} [{string.Join(',', array.Shape)}]\n");
                    hash.AppendData(array.Bytes.Span);
                }
            }

            AppendLosses(hash, blobs, manifest);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception error) when (error is SnapshotFormatException or StoreException)
        {
            throw new CheckpointException(error.Message, error);
        }
    }

    /// <summary>The losses of all steps of a state.</summary>
    /// <exception cref="CheckpointException">Something is missing, damaged or of another version.</exception>
    public static float[] ReadLosses(IBlobStore blobs, RunManifest manifest)
    {
        try
        {
            float[] losses =
            [
                .. manifest.Blobs.Where(entry => entry.Kind == ManifestBlob.LossesKind)
                    .OrderBy(entry => LossChunks.IndexOf(entry.Name))
                    .SelectMany(entry => Open(blobs, manifest, entry).Array(LossChunks.Array).Floats()),
            ];
            return (ulong)losses.Length == manifest.Step
                ? losses
                : throw new CheckpointException(
                    $"The checkpoint of step {manifest.Step} holds {losses.Length} losses, expected one a step. Restore it from a backup or repeat the run.");
        }
        catch (Exception error) when (error is SnapshotFormatException or StoreException)
        {
            throw new CheckpointException(error.Message, error);
        }
    }

    /// <summary>The losses of all chunks count as one array, so that the hash does not depend on how they are cut.</summary>
    private static void AppendLosses(IncrementalHash hash, IBlobStore blobs, RunManifest manifest)
    {
        var losses = ReadLosses(blobs, manifest);
        Append(hash, $"losses losses\n{LossChunks.Array} F32 [{losses.Length}]\n");
        foreach (var loss in losses)
        {
            hash.AppendData(BitConverter.GetBytes(BitConverter.SingleToUInt32Bits(loss)));
        }
    }

    private static SafetensorsFile Open(IBlobStore blobs, RunManifest manifest, ManifestBlob entry)
    {
        var file = SafetensorsFile.Parse(blobs.Get(entry.Hash), entry.Name);
        Require(file, entry, "name", entry.Name);
        Require(file, entry, "configuration_hash", manifest.ConfigurationHash);
        if (entry.Kind != ManifestBlob.LossesKind)
        {
            // A full chunk of losses was written at its own step, perhaps by an earlier version, and never again.
            Require(file, entry, "numerics_version", manifest.NumericsVersion.ToString(CultureInfo.InvariantCulture));
            Require(file, entry, "step", manifest.Step.ToString(CultureInfo.InvariantCulture));
        }

        return file;
    }

    private static void Require(SafetensorsFile file, ManifestBlob entry, string key, string expected)
    {
        var seen = file.Metadata.GetValueOrDefault(key, "nothing");
        if (seen != expected)
        {
            throw new CheckpointException(
                $"The blob of {entry.Kind} '{entry.Name}' has {key} '{seen}', the manifest says '{expected}': they are of different runs or steps. "
                + "Restore both from one backup.");
        }
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
}
