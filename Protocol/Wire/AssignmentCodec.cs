using System.Text;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Plan;

namespace Tessera.Protocol.Wire;

/// <summary>
/// Assignments as they lie in a header. A grid of tiles travels as its cuts and is built again by <see cref="TileGridPlan.Cut"/>; what is read is checked as far
/// as a node relies on it: cuts, identities of tiles in order, and that every assigned tile exists.
/// </summary>
internal static class AssignmentCodec
{
    private const int Run = 1;
    private const int Tiles = 2;
    private const int Fresh = 3;

    /// <summary>Writes an assignment as a map.</summary>
    public static void Write(TileAssignment assignment, MessagePackWriter writer)
    {
        writer.WriteMapHeader(3);
        writer.WriteUInt64(Run);
        BlueprintCodec.Write(assignment.Run, writer);
        writer.WriteUInt64(Tiles);
        writer.WriteArrayHeader(assignment.Tiles.Count);
        foreach (var tile in assignment.Tiles)
        {
            writer.WriteInt64(tile.Index);
        }

        writer.WriteUInt64(Fresh);
        writer.WriteBoolean(assignment.Fresh);
    }

    /// <summary>Reads and checks an assignment.</summary>
    public static TileAssignment Read(ref MessagePackReader reader, FrameLimits limits)
    {
        var keys = new KeySet(ref reader);
        RunBlueprint? run = null;
        TileId[] tiles = [];
        var fresh = false;
        while (keys.MoveNext(ref reader, Fresh, out var key))
        {
            switch (key)
            {
                case Run:
                    run = BlueprintCodec.Read(ref reader, limits);
                    break;
                case Tiles:
                    tiles = ReadTiles(ref reader, limits);
                    break;
                case Fresh:
                    fresh = reader.ReadBoolean();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        keys.Require(Run, "which run its tiles belong to");
        keys.Require(Tiles, "which tiles are assigned");
        CheckTilesExist(tiles, run!);
        return new TileAssignment(run!, tiles, fresh);
    }

    /// <summary>Reads a text of limited length.</summary>
    public static string ReadText(ref MessagePackReader reader, int bytesMax, string what) => Encoding.UTF8.GetString(reader.ReadString(bytesMax, what));

    private static TileId[] ReadTiles(ref MessagePackReader reader, FrameLimits limits)
    {
        var count = reader.ReadArrayHeader();
        if (count > limits.TilesMax)
        {
            throw new WireFormatException($"A frame assigns {count} tiles; {limits.TilesMax} are possible.");
        }

        var tiles = new TileId[count];
        for (var i = 0; i < count; i++)
        {
            tiles[i] = new TileId(reader.ReadInt32(i == 0 ? 0 : tiles[i - 1].Index + 1, limits.TilesMax - 1, "an assigned tile, in ascending order"));
        }

        return tiles;
    }

    // Tiles and stages are both in ascending order of identities.
    private static void CheckTilesExist(TileId[] tiles, RunBlueprint run)
    {
        var stage = 0;
        foreach (var tile in tiles)
        {
            while (stage < run.Stages.Count && run.Stages[stage].Grid.Tiles[^1].Id.Index < tile.Index)
            {
                stage++;
            }

            if (stage == run.Stages.Count || run.Stages[stage].Grid.Tiles[0].Id.Index > tile.Index)
            {
                throw new WireFormatException($"A frame assigns {tile}, which no stage of its run has.");
            }
        }
    }
}
