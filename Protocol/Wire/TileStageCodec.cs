using Tessera.Protocol.Identity;
using Tessera.Protocol.Plan;

namespace Tessera.Protocol.Wire;

/// <summary>A stage on tiles, as it lies in a blueprint: the cuts of its grid.</summary>
internal static class TileStageCodec
{
    private const int Stage = 1;
    private const int Name = 2;
    private const int FirstTile = 3;
    private const int InputParts = 4;
    private const int OutputParts = 5;
    private const int AnalogBias = 6;
    private const int Physics = 7;

    /// <summary>Writes a stage as a map.</summary>
    public static void Write(TileStagePlan stage, MessagePackWriter writer)
    {
        writer.WriteMapHeader(7);
        writer.WriteUInt64(Stage);
        writer.WriteInt64(stage.Stage.Index);
        writer.WriteUInt64(Name);
        writer.WriteString(stage.Name);
        writer.WriteUInt64(FirstTile);
        writer.WriteInt64(stage.Grid.Tiles[0].Id.Index);
        writer.WriteUInt64(InputParts);
        WriteParts(stage.Grid.InputParts, writer);
        writer.WriteUInt64(OutputParts);
        WriteParts(stage.Grid.OutputParts, writer);
        writer.WriteUInt64(AnalogBias);
        writer.WriteBoolean(stage.Grid.Tiles[0].AnalogBias);
        writer.WriteUInt64(Physics);
        writer.WriteInt64(stage.Grid.Physics);
    }

    /// <summary>Reads and checks a stage.</summary>
    /// <param name="reader">Before its map.</param>
    /// <param name="limits">What is taken at most.</param>
    /// <param name="tilesBefore">The tile after the last of the stage before.</param>
    public static TileStagePlan Read(ref MessagePackReader reader, FrameLimits limits, int tilesBefore)
    {
        var keys = new KeySet(ref reader);
        var (stage, firstTile, physics, analogBias) = (0, 0, 0, false);
        var name = string.Empty;
        int[] inputParts = [];
        int[] outputParts = [];
        while (keys.MoveNext(ref reader, Physics, out var key))
        {
            switch (key)
            {
                case Stage:
                    stage = reader.ReadInt32(0, int.MaxValue, "a stage");
                    break;
                case Name:
                    name = AssignmentCodec.ReadText(ref reader, limits.NameBytesMax, "the name of a stage");
                    break;
                case FirstTile:
                    firstTile = reader.ReadInt32(tilesBefore, limits.TilesMax - 1, "the first tile of a stage");
                    break;
                case InputParts:
                    inputParts = ReadParts(ref reader, limits, "inputs");
                    break;
                case OutputParts:
                    outputParts = ReadParts(ref reader, limits, "outputs");
                    break;
                case AnalogBias:
                    analogBias = reader.ReadBoolean();
                    break;
                case Physics:
                    physics = reader.ReadInt32(0, limits.StagesMax - 1, "a stage's physics");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        for (var key = Stage; key <= Physics; key++)
        {
            keys.Require(key, "all of a stage");
        }

        CheckGrid(inputParts, outputParts, firstTile, analogBias, limits);
        var id = new StageId(stage);
        return new TileStagePlan(
            id, name, TileGridPlan.Cut(id, name, new TileId(firstTile), inputParts, outputParts, analogBias, physics));
    }

    private static void WriteParts(IReadOnlyList<int> parts, MessagePackWriter writer)
    {
        writer.WriteArrayHeader(parts.Count);
        foreach (var part in parts)
        {
            writer.WriteInt64(part);
        }
    }

    private static int[] ReadParts(ref MessagePackReader reader, FrameLimits limits, string what)
    {
        var count = reader.ReadArrayHeader();
        if (count < 1 || count > limits.TilesMax)
        {
            throw new WireFormatException($"A frame cuts the {what} of a stage into {count} parts; 1 to {limits.TilesMax} are possible.");
        }

        var parts = new int[count];
        var left = int.MaxValue;
        for (var i = 0; i < count; i++)
        {
            parts[i] = reader.ReadInt32(1, left, $"the {what} of a part");
            left -= parts[i];
        }

        return parts;
    }

    private static void CheckGrid(int[] inputParts, int[] outputParts, int firstTile, bool analogBias, FrameLimits limits)
    {
        var tiles = (long)inputParts.Length * outputParts.Length;
        if (firstTile + tiles > limits.TilesMax)
        {
            throw new WireFormatException(
                $"A frame cuts a stage into {inputParts.Length} x {outputParts.Length} tiles from T{firstTile}; {limits.TilesMax} tiles are possible.");
        }

        if (analogBias && (tiles > 1 || inputParts[0] == int.MaxValue))
        {
            throw new WireFormatException($"A frame gives an analog bias to a stage of {tiles} tiles; only a stage of one tile has room for it.");
        }
    }
}
