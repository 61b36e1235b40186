using Tessera.Protocol.Cluster;
using Tessera.Protocol.Plan;

namespace Tessera.Protocol.Wire;

/// <summary>What a node must know of a run, as it lies in an assignment.</summary>
internal static class BlueprintCodec
{
    private const int ConfigurationHash = 1;
    private const int Seed = 2;
    private const int NumericsVersion = 3;
    private const int BatchMax = 4;
    private const int EvaluationMax = 5;
    private const int Physics = 6;
    private const int Stages = 7;

    /// <summary>Writes a blueprint as a map.</summary>
    public static void Write(RunBlueprint run, MessagePackWriter writer)
    {
        writer.WriteMapHeader(7);
        writer.WriteUInt64(ConfigurationHash);
        writer.WriteString(run.ConfigurationHash);
        writer.WriteUInt64(Seed);
        writer.WriteUInt64(run.Seed);
        writer.WriteUInt64(NumericsVersion);
        writer.WriteInt64(run.NumericsVersion);
        writer.WriteUInt64(BatchMax);
        writer.WriteInt64(run.BatchMax);
        writer.WriteUInt64(EvaluationMax);
        writer.WriteInt64(run.EvaluationMax);
        writer.WriteUInt64(Physics);
        writer.WriteArrayHeader(run.Physics.Count);
        foreach (var physics in run.Physics)
        {
            writer.WriteString(physics);
        }

        writer.WriteUInt64(Stages);
        writer.WriteArrayHeader(run.Stages.Count);
        foreach (var stage in run.Stages)
        {
            TileStageCodec.Write(stage, writer);
        }
    }

    /// <summary>Reads and checks a blueprint.</summary>
    public static RunBlueprint Read(ref MessagePackReader reader, FrameLimits limits)
    {
        var keys = new KeySet(ref reader);
        var hash = string.Empty;
        var seed = 0UL;
        var (numericsVersion, batchMax, evaluationMax) = (0, 0, 0);
        string[] physics = [];
        TileStagePlan[] stages = [];
        while (keys.MoveNext(ref reader, Stages, out var key))
        {
            switch (key)
            {
                case ConfigurationHash:
                    hash = AssignmentCodec.ReadText(ref reader, limits.NameBytesMax, "the hash of a configuration");
                    break;
                case Seed:
                    seed = reader.ReadUInt64();
                    break;
                case NumericsVersion:
                    numericsVersion = reader.ReadInt32(0, int.MaxValue, "the version of the numerics");
                    break;
                case BatchMax:
                    batchMax = reader.ReadInt32(1, int.MaxValue, "the most vectors of a mini-batch");
                    break;
                case EvaluationMax:
                    evaluationMax = reader.ReadInt32(1, int.MaxValue, "the most vectors of an evaluation");
                    break;
                case Physics:
                    physics = ReadPhysics(ref reader, limits);
                    break;
                case Stages:
                    stages = ReadStages(ref reader, limits);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        for (var key = ConfigurationHash; key <= Stages; key++)
        {
            keys.Require(key, "all of a run");
        }

        CheckPhysics(stages, physics.Length);
        return new RunBlueprint
        {
            ConfigurationHash = hash,
            Seed = seed,
            NumericsVersion = numericsVersion,
            BatchMax = batchMax,
            EvaluationMax = evaluationMax,
            Physics = physics,
            Stages = stages,
        };
    }

    private static string[] ReadPhysics(ref MessagePackReader reader, FrameLimits limits)
    {
        var physics = new string[ReadCount(ref reader, limits, "configurations of physics")];
        for (var i = 0; i < physics.Length; i++)
        {
            physics[i] = AssignmentCodec.ReadText(ref reader, limits.HeaderBytesMax, "a configuration of physics");
        }

        return physics;
    }

    private static TileStagePlan[] ReadStages(ref MessagePackReader reader, FrameLimits limits)
    {
        var stages = new TileStagePlan[ReadCount(ref reader, limits, "stages")];
        var firstTile = 0;
        for (var i = 0; i < stages.Length; i++)
        {
            stages[i] = TileStageCodec.Read(ref reader, limits, firstTile);
            firstTile = stages[i].Grid.Tiles[^1].Id.Index + 1;
        }

        return stages;
    }

    private static int ReadCount(ref MessagePackReader reader, FrameLimits limits, string what)
    {
        var count = reader.ReadArrayHeader();
        return count <= limits.StagesMax ? count : throw new WireFormatException($"A frame has {count} {what}; {limits.StagesMax} are possible.");
    }

    private static void CheckPhysics(TileStagePlan[] stages, int count)
    {
        foreach (var stage in stages)
        {
            if (stage.Grid.Physics >= count)
            {
                throw new WireFormatException($"A frame has {count} configurations of physics; {stage.Stage} wants number {stage.Grid.Physics}.");
            }
        }
    }
}
