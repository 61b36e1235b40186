using System.Globalization;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Checkpoints;

/// <summary>What the coordinator itself holds, as blobs and back: the learned values of digital stages, and the losses.</summary>
/// <param name="configurationHash">SHA-256 of the run's configuration.</param>
internal sealed class StageSnapshot(string configurationHash)
{
    /// <summary>Metadata of the blob of a digital stage.</summary>
    public const string StageKind = "tessera-stage-1";

    /// <summary>Metadata of a blob of losses.</summary>
    public const string LossesKind = "tessera-losses-1";

    private const string LossArray = "loss";

    /// <summary>A stage by its arrays.</summary>
    public byte[] OfStage(string name, StepId step, Action<ITileStateVisitor> visitState)
    {
        var writer = Begin(StageKind, name);
        writer.AddMetadata("step", step.Value.ToString(CultureInfo.InvariantCulture));
        visitState(new Collector(writer));
        return writer.ToArray();
    }

    /// <summary>A chunk of losses. Its bytes do not depend on the step that stores it.</summary>
    public byte[] OfLosses(int chunk, ReadOnlySpan<float> losses)
    {
        var writer = Begin(LossesKind, LossChunks.NameOf(chunk));
        writer.AddFloats(LossArray, LossChunks.Of(losses, chunk));
        return writer.ToArray();
    }

    /// <summary>Overwrites the arrays of a stage.</summary>
    /// <exception cref="SnapshotFormatException">The blob is of something else.</exception>
    public void LoadStage(string name, StepId step, byte[] blob, Action<ITileStateVisitor> visitState)
    {
        var file = Open(blob, StageKind, name);
        Require(file, name, "step", step.Value.ToString(CultureInfo.InvariantCulture));
        visitState(new Loader(file, writes: false));
        visitState(new Loader(file, writes: true));
    }

    /// <summary>The losses of a chunk.</summary>
    /// <exception cref="SnapshotFormatException">The blob is of something else.</exception>
    public float[] LoadLosses(int chunk, byte[] blob) => Open(blob, LossesKind, LossChunks.NameOf(chunk)).Array(LossArray).Floats();

    private SafetensorsWriter Begin(string kind, string name)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("kind", kind);
        writer.AddMetadata("name", name);
        writer.AddMetadata("configuration_hash", configurationHash);
        writer.AddMetadata("numerics_version", NumericsVersion.Current.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("engine", RunManifest.CpuEngine);
        return writer;
    }

    private SafetensorsFile Open(byte[] blob, string kind, string name)
    {
        var file = SafetensorsFile.Parse(blob, name);
        Require(file, name, "kind", kind);
        Require(file, name, "name", name);
        Require(file, name, "configuration_hash", configurationHash);
        return file;
    }

    private static void Require(SafetensorsFile file, string name, string key, string expected)
    {
        var seen = file.Metadata.GetValueOrDefault(key, "nothing");
        if (seen != expected)
        {
            throw new SnapshotFormatException(
                $"The blob of '{name}' has {key} '{seen}', expected '{expected}'. Restore the checkpoint of this run and version.");
        }
    }

    private sealed class Collector(SafetensorsWriter writer) : ITileStateVisitor
    {
        public void Visit(string name, int rows, int columns, int stride, Span<float> values) =>
            writer.AddFloats(name, rows, columns, stride, values);
    }

    private sealed class Loader(SafetensorsFile file, bool writes) : ITileStateVisitor
    {
        public void Visit(string name, int rows, int columns, int stride, Span<float> values)
        {
            var array = file.Array(name);
            if (!array.Shape.SequenceEqual([rows, columns]))
            {
                throw new SnapshotFormatException(
                    $"Array '{name}' has shape [{string.Join(", ", array.Shape)}], expected [{rows}, {columns}]. Restore with the plan that wrote it.");
            }

            var stored = writes ? array.Floats() : [];
            for (var row = 0; writes && row < rows; row++)
            {
                stored.AsSpan(row * columns, columns).CopyTo(values[(row * stride)..]);
            }
        }
    }
}
