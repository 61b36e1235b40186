using System.Globalization;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Machines;

/// <summary>The mutable state of a tile as a blob, and back. Equal state gives equal bytes; what does not fit is refused.</summary>
public static class TileSnapshot
{
    /// <summary>Metadata of a blob that was written by <see cref="Write"/>.</summary>
    public const string Kind = "tessera-tile-1";

    /// <summary>Writes all arrays that the tile names.</summary>
    /// <param name="description">Who the tile is.</param>
    /// <param name="tile">Its physics.</param>
    /// <param name="step">Mini-batches committed.</param>
    /// <param name="operation">Number of the last operation that took effect.</param>
    public static byte[] Write(TileDescription description, ITile tile, StepId step, ulong operation)
    {
        return StateBlob.Write(
            [
                ("kind", Kind),
                ("name", description.Name),
                ("configuration_hash", description.ConfigurationHash),
                ("numerics_version", NumericsVersion.Current.ToString(CultureInfo.InvariantCulture)),
                ("engine", RunManifest.CpuEngine),
                ("step", Text(step.Value)),
                ("operation", Text(operation)),
            ],
            tile.VisitState);
    }

    /// <summary>Overwrites all arrays that the tile names.</summary>
    /// <param name="description">Who the tile is.</param>
    /// <param name="tile">Its physics.</param>
    /// <param name="blob">A file that <see cref="Write"/> wrote.</param>
    /// <param name="step">The step it must be of.</param>
    /// <returns>The step of the state, and the number of the last operation that took effect.</returns>
    /// <exception cref="SnapshotFormatException">The blob belongs to something else, or an array is missing, spare or of another shape.</exception>
    public static (StepId Step, ulong Operation) Read(TileDescription description, ITile tile, byte[] blob, StepId step)
    {
        var file = SafetensorsFile.Parse(blob, description.Name);
        Require(file, description, "kind", Kind);
        Require(file, description, "name", description.Name);
        Require(file, description, "configuration_hash", description.ConfigurationHash);
        if (!description.AcceptNumericsChange)
        {
            Require(file, description, "numerics_version", NumericsVersion.Current.ToString(CultureInfo.InvariantCulture));
        }

        Require(file, description, "engine", RunManifest.CpuEngine);
        Require(file, description, "step", Text(step.Value));
        var checker = new Checker(file);
        tile.VisitState(checker);
        if (checker.Seen != file.Arrays.Count)
        {
            throw new SnapshotFormatException(
                $"The snapshot of '{description.Name}' has {file.Arrays.Count} arrays, the tile has {checker.Seen}. "
                + "Restore with the version that wrote it.");
        }

        var operation = ReadOperation(file, description);
        tile.VisitState(new Loader(file));
        return (step, operation);
    }

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static ulong ReadOperation(SafetensorsFile file, TileDescription description)
    {
        var seen = file.Metadata.GetValueOrDefault("operation", "nothing");
        return ulong.TryParse(seen, CultureInfo.InvariantCulture, out var operation)
            ? operation
            : throw new SnapshotFormatException(
                $"The snapshot for tile '{description.Name}' has operation '{seen}', expected a number. Restore with the version that wrote it.");
    }

    private static void Require(SafetensorsFile file, TileDescription description, string key, string expected)
    {
        var seen = file.Metadata.GetValueOrDefault(key, "nothing");
        if (seen != expected)
        {
            throw new SnapshotFormatException(
                $"The snapshot for tile '{description.Name}' has {key} '{seen}', expected '{expected}'. "
                + "Restore the snapshot of this run, tile and version.");
        }
    }

    private sealed class Checker(SafetensorsFile file) : ITileStateVisitor
    {
        public int Seen { get; private set; }

        public void Visit(string name, int rows, int columns, int stride, Span<float> values)
        {
            var array = file.Array(name);
            if (array.Type != SafetensorsType.F32 || !array.Shape.SequenceEqual([rows, columns]))
            {
                throw new SnapshotFormatException(
                    $"Array '{name}' of the snapshot is {array.Type} [{string.Join(", ", array.Shape)}], the tile has F32 [{rows}, {columns}]. "
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
    }
}
