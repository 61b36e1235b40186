using System.Globalization;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Machines;

/// <summary>The mutable state of a tile as a blob, and back.</summary>
public static class TileSnapshot
{
    /// <summary>Metadata of a blob that was written by <see cref="Write"/>.</summary>
    public const string Kind = "tessera-tile-1";

    private const string Operation = "operation";

    /// <summary>Writes all arrays that the tile names.</summary>
    /// <param name="description">Who the tile is.</param>
    /// <param name="tile">Its physics.</param>
    /// <param name="step">Mini-batches committed.</param>
    /// <param name="operation">Number of the last operation that took effect.</param>
    public static byte[] Write(TileDescription description, ITile tile, StepId step, ulong operation) =>
        StateBlob.Write(Owner(description), step, [(Operation, operation.ToString(CultureInfo.InvariantCulture))], tile.VisitState);

    /// <summary>Overwrites all arrays that the tile names.</summary>
    /// <param name="description">Who the tile is.</param>
    /// <param name="tile">Its physics.</param>
    /// <param name="blob">A file that <see cref="Write"/> wrote.</param>
    /// <param name="step">The step it must be of.</param>
    /// <returns>The number of the last operation that took effect.</returns>
    /// <exception cref="SnapshotFormatException">The blob belongs to something else, or an array is missing, spare or of another shape.</exception>
    public static ulong Read(TileDescription description, ITile tile, byte[] blob, StepId step)
    {
        var owner = Owner(description);
        var file = StateBlob.Open(blob, owner, step);
        var seen = file.Metadata.GetValueOrDefault(Operation, "nothing");
        if (!ulong.TryParse(seen, CultureInfo.InvariantCulture, out var operation))
        {
            throw new SnapshotFormatException(
                $"The snapshot of '{owner.Name}' has operation '{seen}', expected a number. Restore with the version that wrote it.");
        }

        StateBlob.Load(file, owner, tile.VisitState);
        return operation;
    }

    private static StateBlobOwner Owner(TileDescription description) => new(Kind, description.Name, description.ConfigurationHash);
}
