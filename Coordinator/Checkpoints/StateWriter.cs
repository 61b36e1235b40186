using System.Globalization;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Checkpoints;

/// <summary>Writes a state: blobs first, each under the hash of its bytes, and the manifest last, so that a manifest never names what is not there.</summary>
internal sealed class StateWriter(string folder, string configurationHash, StepId step, Term term)
{
    private readonly List<ManifestBlob> _blobs = [];

    /// <summary>Adds a tile's blob; tiles come in the order of their identities.</summary>
    public void AddTile(string name, byte[] blob) => Add("tile", name, blob);

    /// <summary>Adds a digital stage by its arrays.</summary>
    public void AddStage(string name, Action<ITileStateVisitor> visitState)
    {
        var writer = Begin(StateFolder.StageKind, name);
        visitState(new ArrayCollector(writer));
        Add("stage", name, writer.ToArray());
    }

    /// <summary>Adds the bits of all losses: loss i belongs to step i + 1.</summary>
    public void AddLosses(ReadOnlySpan<float> losses)
    {
        var writer = Begin(StateFolder.LossesKind, StateFolder.LossesName);
        writer.AddFloats("loss", losses);
        Add("losses", StateFolder.LossesName, writer.ToArray());
    }

    /// <summary>Writes the manifest.</summary>
    public void Commit() => Write(StateFolder.Manifest(folder), ManifestCodec.Write(new RunManifest
    {
        NumericsVersion = NumericsVersion.Current,
        ConfigurationHash = configurationHash,
        Step = step.Value,
        Term = term.Value,
        Blobs = _blobs,
    }));

    private SafetensorsWriter Begin(string kind, string name)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("kind", kind);
        writer.AddMetadata("name", name);
        writer.AddMetadata("configuration_hash", configurationHash);
        writer.AddMetadata("numerics_version", NumericsVersion.Current.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("step", step.Value.ToString(CultureInfo.InvariantCulture));
        return writer;
    }

    private void Add(string kind, string name, byte[] blob)
    {
        var hash = BlobHash.Of(blob);
        Write(StateFolder.Blob(folder, hash), blob);
        _blobs.Add(new ManifestBlob(kind, name, hash));
    }

    /// <summary>A file appears whole or not at all: written beside its place, then moved there.</summary>
    private static void Write(string path, byte[] bytes)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var partial = path + ".partial";
            File.WriteAllBytes(partial, bytes);
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"Cannot write '{path}' ({bytes.Length} bytes): {error.Message} Choose another folder with --run-dir or free some space.", error);
        }
    }

    private sealed class ArrayCollector(SafetensorsWriter writer) : ITileStateVisitor
    {
        public void Visit(string name, int rows, int columns, int stride, Span<float> values) =>
            writer.AddFloats(name, rows, columns, stride, values);
    }
}
