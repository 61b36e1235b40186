using System.Globalization;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Machines;

/// <summary>Whose state a blob is.</summary>
/// <param name="Kind">Kind and version of the blob, for instance <c>tessera-tile-1</c>.</param>
/// <param name="Name">Name in the plan.</param>
/// <param name="ConfigurationHash">SHA-256 of the run's configuration.</param>
public sealed record StateBlobOwner(string Kind, string Name, string ConfigurationHash);

/// <summary>
/// State that is named to a visitor, as a safetensors blob and back. Equal state gives equal bytes; what does not fit is refused before anything is
/// overwritten. The state is visited twice when it is written, first for the layout and then for the values, so that every value is copied once: a copy
/// of the state is taken while training waits.
/// </summary>
public static class StateBlob
{
    private const string Step = "step";

    /// <summary>Writes all arrays that the state names.</summary>
    /// <param name="owner">Whose state it is.</param>
    /// <param name="step">Step of the state; null where the bytes must not depend on it.</param>
    /// <param name="more">Further lines of metadata.</param>
    /// <param name="visitState">Names the same arrays, in the same order, whenever it is called.</param>
    public static byte[] Write(StateBlobOwner owner, StepId? step, IEnumerable<(string Key, string Value)> more, Action<ITileStateVisitor> visitState)
    {
        var layout = new SafetensorsLayout();
        layout.AddMetadata("kind", owner.Kind);
        layout.AddMetadata("name", owner.Name);
        layout.AddMetadata("configuration_hash", owner.ConfigurationHash);
        layout.AddMetadata("numerics_version", NumericsVersion.Current.ToString(CultureInfo.InvariantCulture));
        layout.AddMetadata("engine", RunManifest.CpuEngine);
        if (step is not null)
        {
            layout.AddMetadata(Step, Text(step.Value));
        }

        foreach (var (key, value) in more)
        {
            layout.AddMetadata(key, value);
        }

        visitState(new Declarer(layout));
        var blob = layout.Allocate();
        var filler = new Filler(layout);
        visitState(filler);
        return filler.Seen == layout.Count
            ? blob
            : throw new InvalidOperationException(
                $"The state named {layout.Count} arrays at first and {filler.Seen} at the second visit; both must agree.");
    }

    /// <summary>Parses a blob and checks whose it is. Its numerics version is that of its manifest, which is checked before.</summary>
    /// <param name="blob">A file that <see cref="Write"/> wrote.</param>
    /// <param name="owner">Whose state it must be.</param>
    /// <param name="step">The step it must be of; null where it has none.</param>
    /// <exception cref="SnapshotFormatException">It is damaged or belongs to something else.</exception>
    public static SafetensorsFile Open(byte[] blob, StateBlobOwner owner, StepId? step)
    {
        var file = SafetensorsFile.Parse(blob, owner.Name);
        Require(file, owner, "kind", owner.Kind);
        Require(file, owner, "name", owner.Name);
        Require(file, owner, "configuration_hash", owner.ConfigurationHash);
        Require(file, owner, "engine", RunManifest.CpuEngine);
        if (step is not null)
        {
            Require(file, owner, Step, Text(step.Value));
        }

        return file;
    }

    /// <summary>Overwrites all arrays that the state names, once all are known to fit.</summary>
    /// <exception cref="SnapshotFormatException">An array is missing, spare or of another shape; nothing was overwritten.</exception>
    public static void Load(SafetensorsFile file, StateBlobOwner owner, Action<ITileStateVisitor> visitState)
    {
        var checker = new Checker(file, owner);
        visitState(checker);
        if (checker.Seen != file.Arrays.Count)
        {
            throw new SnapshotFormatException(
                $"The snapshot of '{owner.Name}' has {file.Arrays.Count} arrays, expected {checker.Seen}. Restore with the version that wrote it.");
        }

        visitState(new Loader(file));
    }

    private static string Text(StepId step) => step.Value.ToString(CultureInfo.InvariantCulture);

    private static void Require(SafetensorsFile file, StateBlobOwner owner, string key, string expected)
    {
        var seen = file.Metadata.GetValueOrDefault(key, "nothing");
        if (seen != expected)
        {
            throw new SnapshotFormatException(
                $"The snapshot of '{owner.Name}' has {key} '{seen}', expected '{expected}'. Restore the snapshot of this run, name and version.");
        }
    }

    private sealed class Declarer(SafetensorsLayout layout) : ITileStateVisitor
    {
        public void Visit(string name, int rows, int columns, int stride, Span<float> values) =>
            layout.Declare(name, SafetensorsType.F32, rows, columns);

        public void VisitHalf(string name, int rows, int columns, int stride, Span<Half> values) =>
            layout.Declare(name, SafetensorsType.F16, rows, columns);
    }

    private sealed class Filler(SafetensorsLayout layout) : ITileStateVisitor
    {
        public int Seen { get; private set; }

        public void Visit(string name, int rows, int columns, int stride, Span<float> values) =>
            layout.WriteFloats(Seen++, rows, columns, stride, values);

        public void VisitHalf(string name, int rows, int columns, int stride, Span<Half> values) =>
            layout.WriteHalves(Seen++, rows, columns, stride, values);
    }

    private sealed class Checker(SafetensorsFile file, StateBlobOwner owner) : ITileStateVisitor
    {
        public int Seen { get; private set; }

        public void Visit(string name, int rows, int columns, int stride, Span<float> values) => Check(name, SafetensorsType.F32, rows, columns);

        public void VisitHalf(string name, int rows, int columns, int stride, Span<Half> values) => Check(name, SafetensorsType.F16, rows, columns);

        private void Check(string name, SafetensorsType type, int rows, int columns)
        {
            var array = file.Array(name);
            if (array.Type != type || !array.Shape.SequenceEqual([rows, columns]))
            {
                throw new SnapshotFormatException(
                    $"Array '{name}' of the snapshot of '{owner.Name}' is {array.Type} [{string.Join(", ", array.Shape)}], expected {type} [{rows}, {columns}]. "
                    + "Restore with the plan that wrote it.");
            }

            Seen++;
        }
    }

    private sealed class Loader(SafetensorsFile file) : ITileStateVisitor
    {
        public void Visit(string name, int rows, int columns, int stride, Span<float> values)
        {
            var stored = file.Array(name);
            if (stride == columns)
            {
                stored.CopyFloats(0, values[..(rows * columns)]);
                return;
            }

            for (var row = 0; row < rows; row++)
            {
                stored.CopyFloats(row * columns, values.Slice(row * stride, columns));
            }
        }

        public void VisitHalf(string name, int rows, int columns, int stride, Span<Half> values)
        {
            var stored = file.Array(name);
            for (var row = 0; row < rows; row++)
            {
                stored.CopyHalves(row * columns, values.Slice(row * stride, columns));
            }
        }
    }
}
