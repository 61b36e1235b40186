using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Checkpoints;

/// <summary>
/// Recomputes the hash of a state from its stored bytes. It covers the step, the names, shapes and bytes of all arrays of all tiles and digital
/// stages, and the loss bits of every step; not the term, wall times, threads or folder.
/// </summary>
public static class RunVerifier
{
    private const string Header = "tessera-state-hash 1\n";

    /// <summary>Reads everything again and hashes it.</summary>
    /// <param name="stateFolder">Folder with a manifest.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="CheckpointException">Something is missing, damaged or of another version.</exception>
    public static string ComputeHash(string stateFolder)
    {
        try
        {
            return Compute(stateFolder);
        }
        catch (SnapshotFormatException error)
        {
            throw new CheckpointException(error.Message, error);
        }
    }

    private static string Compute(string folder)
    {
        var manifest = ManifestCodec.Read(ReadFile(StateFolder.Manifest(folder), "the manifest of the state"), StateFolder.Manifest(folder));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Header);
        Append(hash, string.Create(CultureInfo.InvariantCulture, $"step {manifest.Step}\n"));
        foreach (var entry in manifest.Blobs)
        {
            var file = ReadBlob(folder, manifest, entry);
            RequireLossCount(folder, manifest, entry, file);
            Append(hash, $"{entry.Kind} {entry.Name}\n");
            foreach (var array in file.Arrays)
            {
                Append(hash, $"{array.Name} {array.Type} [{string.Join(',', array.Shape)}]\n");
                hash.AppendData(array.Bytes.Span);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static SafetensorsFile ReadBlob(string folder, RunManifest manifest, ManifestBlob entry)
    {
        var path = StateFolder.Blob(folder, entry.Hash);
        var bytes = ReadFile(path, $"the {entry.Kind} '{entry.Name}'");
        var seen = BlobHash.Of(bytes);
        if (seen != entry.Hash)
        {
            throw new CheckpointException(
                $"'{path}' of {entry.Kind} '{entry.Name}' has {bytes.Length} bytes with hash {seen}, expected {entry.Hash}: it was damaged. "
                + "Restore it from a backup or repeat the run.");
        }

        var file = SafetensorsFile.Parse(bytes, path);
        Require(path, file, "name", entry.Name);
        Require(path, file, "configuration_hash", manifest.ConfigurationHash);
        Require(path, file, "numerics_version", manifest.NumericsVersion.ToString(CultureInfo.InvariantCulture));
        Require(path, file, "step", manifest.Step.ToString(CultureInfo.InvariantCulture));
        return file;
    }

    private static void Require(string path, SafetensorsFile file, string key, string expected)
    {
        var seen = file.Metadata.GetValueOrDefault(key, "nothing");
        if (seen != expected)
        {
            throw new CheckpointException(
                $"'{path}' has {key} '{seen}', the manifest says '{expected}': blob and manifest are of different runs or steps. Restore both from one backup.");
        }
    }

    private static void RequireLossCount(string folder, RunManifest manifest, ManifestBlob entry, SafetensorsFile file)
    {
        if (entry.Kind == "losses" && (ulong)file.Array("loss").Shape[0] != manifest.Step)
        {
            throw new CheckpointException(
                $"The state in '{folder}' is at step {manifest.Step} but holds {file.Array("loss").Shape[0]} losses, expected one a step. Restore it from a backup or repeat the run.");
        }
    }

    private static byte[] ReadFile(string path, string what)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CheckpointException($"'{path}' is missing, expected {what}. Check the folder's name, restore it from a backup or repeat the run.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"Cannot read '{path}', {what}: {error.Message}", error);
        }
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
}
