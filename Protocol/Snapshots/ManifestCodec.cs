using System.Text;
using System.Text.Json;

namespace Tessera.Protocol.Snapshots;

/// <summary>
/// Manifests as JSON of one canonical form. The last field is the SHA-256 of the same text with that field empty, so that no flipped byte
/// goes unnoticed, also not in a field that nothing else checks.
/// </summary>
public static class ManifestCodec
{
    /// <summary>Writes a manifest.</summary>
    public static byte[] Write(RunManifest manifest) => Write(manifest, BlobHash.Of(Write(manifest, string.Empty)).Hex);

    /// <summary>Reads a manifest.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="source">What to call it in an error.</param>
    /// <exception cref="SnapshotFormatException">Not a manifest, of an unknown format, or damaged.</exception>
    public static RunManifest Read(byte[] bytes, string source)
    {
        RunManifest manifest;
        try
        {
            using var document = JsonDocument.Parse(bytes);
            manifest = Read(document.RootElement, source);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw new SnapshotFormatException(
                $"'{source}' is not a readable manifest ({error.Message}). Restore it from a backup or repeat the run.", error);
        }

        return bytes.AsSpan().SequenceEqual(Write(manifest))
            ? manifest
            : throw new SnapshotFormatException(
                $"'{source}' does not match its own checksum: it was changed after it was written. Restore it from a backup or repeat the run.");
    }

    private static RunManifest Read(JsonElement root, string source)
    {
        var format = root.GetProperty("format").GetInt32();
        if (format != RunManifest.CurrentFormat)
        {
            throw new SnapshotFormatException(
                $"'{source}' has format {format}, this version reads format {RunManifest.CurrentFormat}. Use the version that wrote it.");
        }

        var blobs = new List<ManifestBlob>();
        foreach (var blob in root.GetProperty("blobs").EnumerateArray())
        {
            var hash = Text(blob, "sha256");
            if (!BlobHash.IsWellFormed(hash))
            {
                throw new FormatException($"blob hash '{hash}' is not 64 lower-case hexadecimal digits");
            }

            blobs.Add(new ManifestBlob(Text(blob, "kind"), Text(blob, "name"), new BlobHash(hash)));
        }

        return new RunManifest
        {
            Format = format,
            NumericsVersion = root.GetProperty("numerics_version").GetInt32(),
            Engine = Text(root, "engine"),
            ConfigurationHash = Text(root, "configuration_hash"),
            Step = root.GetProperty("step").GetUInt64(),
            Term = root.GetProperty("term").GetUInt64(),
            NumericsChanges = [.. root.GetProperty("numerics_changes").EnumerateArray().Select(ReadChange)],
            Blobs = blobs,
        };
    }

    private static NumericsChange ReadChange(JsonElement change) => new(
        change.GetProperty("step").GetUInt64(), change.GetProperty("from").GetInt32(), change.GetProperty("to").GetInt32());

    private static string Text(JsonElement element, string name) =>
        element.GetProperty(name).GetString() ?? throw new FormatException($"'{name}' is null, expected text");

    private static byte[] Write(RunManifest manifest, string checksum)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", manifest.Format);
            json.WriteNumber("numerics_version", manifest.NumericsVersion);
            json.WriteString("engine", manifest.Engine);
            json.WriteString("configuration_hash", manifest.ConfigurationHash);
            json.WriteNumber("step", manifest.Step);
            json.WriteNumber("term", manifest.Term);
            json.WriteStartArray("numerics_changes");
            foreach (var change in manifest.NumericsChanges)
            {
                json.WriteStartObject();
                json.WriteNumber("step", change.Step);
                json.WriteNumber("from", change.From);
                json.WriteNumber("to", change.To);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("blobs");
            foreach (var blob in manifest.Blobs)
            {
                json.WriteStartObject();
                json.WriteString("kind", blob.Kind);
                json.WriteString("name", blob.Name);
                json.WriteString("sha256", blob.Hash.Hex);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("checksum", checksum);
            json.WriteEndObject();
        }

        buffer.Write(Encoding.UTF8.GetBytes("\n"));
        return buffer.ToArray();
    }
}
