using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;
using Tessera.Protocol.Snapshots;
using Tessera.Protocol.Wire;

namespace Tessera.Protocol.Tests.Support;

/// <summary>Messages that travel, drawn from a seed or the same for all tests.</summary>
internal static class WireSamples
{
    private static readonly Recipient[] Recipients = [Recipient.Tile, Recipient.Node, Recipient.Coordinator];

    /// <summary>A message with about half of its members set.</summary>
    public static Message Draw(Random random) => new()
    {
        Kind = (MessageKind)random.Next(1, 256),
        To = Recipients[random.Next(Recipients.Length)],
        Refusal = (Refusal)random.Next(10),
        Purpose = (ReadPurpose)random.Next(2),
        WantsInputGradient = Coin(random),
        SnapshotAfter = Coin(random),
        Tile = new TileId(Coin(random) ? random.Next(-1, 5) : random.Next(65536)),
        ReplyTo = new EdgeId(new StageId(Coin(random) ? random.Next(-1, 3) : random.Next()), Coin(random) ? 0 : random.Next()),
        Term = new Term(Number(random)),
        Step = new StepId(Number(random)),
        Vectors = new VectorRange(random.Next(1 << 30), random.Next(1 << 30)),
        Operation = Number(random),
        Scalar = BitConverter.Int32BitsToSingle(Coin(random) ? 0 : random.Next(int.MinValue, int.MaxValue)),
        Payload = Coin(random) ? default : Strided(random, random.Next(1, 9), random.Next(1, 9)),
        Hash = Coin(random) ? default : BlobHash.Of(BitConverter.GetBytes(random.Next())),
        Detail = Coin(random) ? null : Text(random, random.Next(40)),
        Body = random.Next(4) == 0 ? Assignment(random) : null,
    };

    /// <summary>A forward request as a coordinator sends it in every step.</summary>
    public static Message Forward(int rows, int columns) => new()
    {
        Kind = MessageKind.Forward,
        To = Recipient.Tile,
        Tile = new TileId(3),
        ReplyTo = new EdgeId(new StageId(2), 1),
        Term = Term.First,
        Step = new StepId(840),
        Vectors = new VectorRange(0, rows),
        Payload = AlignedFloats.Dense(rows, columns),
    };

    public static TileAssignment Assignment(Random random)
    {
        var stages = new List<TileStagePlan>();
        var tiles = 0;
        for (var i = 0; i < random.Next(1, 4); i++)
        {
            var bias = random.Next(3) == 0;
            var inputs = Parts(random, bias ? 1 : random.Next(1, 4));
            var outputs = Parts(random, bias ? 1 : random.Next(1, 4));
            var stage = new StageId(i + 1);
            var grid = TileGridPlan.Cut(stage, $"hidden{i}", new TileId(tiles), inputs, outputs, bias, random.Next(2));
            stages.Add(new TileStagePlan(stage, $"hidden{i}", grid));
            tiles += grid.Tiles.Count;
        }

        var run = new RunBlueprint
        {
            ConfigurationHash = BlobHash.Of([1]).Hex,
            Seed = Number(random),
            NumericsVersion = random.Next(1, 9),
            BatchMax = random.Next(1, 1000),
            EvaluationMax = random.Next(1, 1000),
            Physics = ["{\"device\":\"ä\"}", "{}"],
            Stages = stages,
        };
        return new TileAssignment(run, [.. Enumerable.Range(0, tiles).Where(_ => Coin(random)).Select(i => new TileId(i))], Coin(random));
    }

    public static HandshakeSettings Process(int peer, string name, string? secret = null) => new()
    {
        Self = new PeerId(peer),
        Name = name,
        Role = "node",
        Secret = secret is null ? default : System.Text.Encoding.UTF8.GetBytes(secret),
    };

    /// <summary>Rows with gaps between them, which must not travel.</summary>
    private static Tensor Strided(Random random, int rows, int columns)
    {
        var stride = columns + random.Next(5);
        var values = new float[3 + (rows * stride)];
        foreach (ref var value in values.AsSpan())
        {
            value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
        }

        return new Tensor(values, 3, rows, columns, stride);
    }

    private static int[] Parts(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(1, 600))];

    private static bool Coin(Random random) => random.Next(2) == 0;

    private static ulong Number(Random random) => (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);

    private static string Text(Random random, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => random.Next(3) == 0 ? "ü€🎲" : ((char)random.Next(32, 127)).ToString()));
}
