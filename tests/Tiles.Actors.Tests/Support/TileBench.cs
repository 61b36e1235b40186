using Tessera.Actors.Machines;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Support;

/// <summary>A tile machine with a tile of 3 x 5, a store in memory, and the requests of a coordinator.</summary>
public sealed class TileBench : IDisposable
{
    public const int BatchMax = 4;
    public static readonly TileShape Shape = new(3, 5);
    public static readonly PeerId Coordinator = new(7);
    private readonly MachineHarness _harness;

    public TileBench(bool isOpen = true, string name = "layer/T0", string configuration = "abc", TileShape? shape = null)
    {
        Tile = new PerfectTile(shape ?? Shape, disturbance: 0.1f, salt: 7);
        Machine = new TileMachine(
            new TileDescription { Id = new TileId(2), Name = name, ConfigurationHash = configuration, BatchMax = BatchMax, EvaluationMax = 8 }, Tile);
        _harness = new MachineHarness(Machine);
        if (isOpen)
        {
            Assert.Equal(MessageKind.Applied, One(Apply(1)).Kind);
        }
    }

    public PerfectTile Tile { get; }

    public TileMachine Machine { get; }

    /// <summary>Blobs by hash.</summary>
    public Dictionary<BlobHash, byte[]> Blobs { get; init; } = [];

    /// <summary>Term of the requests that follow.</summary>
    public Term Term { get; set; } = Term.First;

    public float[] Weights => Tile.Weights.ToArray();

    public void Dispose() => Machine.Dispose();

    public IReadOnlyList<Message> Send(in Message message) => _harness.Send(message);

    public Message One(in Message message) => _harness.One(message);

    public void None(in Message message) => _harness.None(message);

    /// <summary>Sends what must be refused, without any effect on the weights.</summary>
    public Message Refused(in Message message, Refusal refusal)
    {
        var (weights, step) = (Weights, Machine.Step);
        var answer = One(message);
        Assert.Equal(MessageKind.Refused, answer.Kind);
        Assert.Equal(refusal, answer.Refusal);
        Assert.Equal((Coordinator, Recipient.Coordinator, Machine.Id), (answer.Peer, answer.To, answer.Tile));
        Assert.NotNull(answer.Detail);
        Assert.Equal(weights, Weights);
        Assert.Equal(step, Machine.Step);
        return answer;
    }

    public Message Request(MessageKind kind, ulong step, int first = 0, int count = 0, Tensor payload = default) => new()
    {
        Kind = kind,
        To = Recipient.Tile,
        Peer = Coordinator,
        Tile = Machine.Id,
        ReplyTo = new EdgeId(new StageId(3), 1),
        Term = Term,
        Step = new StepId(step),
        Vectors = new VectorRange(first, count),
        Payload = payload,
        Scalar = 0.5f,
    };

    public Message Apply(ulong operation, int seed = 1) =>
        Request(MessageKind.Apply, 0, payload: Numbers(Tile.Shape.OutSize, Tile.Shape.XSize, seed)) with { Operation = operation };

    public Message Forward(ulong step, int first, int count) =>
        Request(MessageKind.Forward, step, first, count, Numbers(count, Shape.InSize, first));

    public Message Backward(ulong step, int first, int count) =>
        Request(MessageKind.Backward, step, first, count, Numbers(count, Shape.OutSize, 100 + first)) with { WantsInputGradient = true };

    public Message Commit(ulong step, int count, bool snapshot = false) =>
        Request(MessageKind.Commit, step, 0, count) with { SnapshotAfter = snapshot };

    public Message Restore(ulong step, BlobHash hash) => Request(MessageKind.Restore, step) with { Hash = hash };

    /// <summary>Trains one step; returns what the commit sent.</summary>
    public IReadOnlyList<Message> Step(ulong step, int count = 2, bool snapshot = false)
    {
        Assert.Equal(MessageKind.Output, One(Forward(step, 0, count)).Kind);
        Assert.Equal(MessageKind.InputGradient, One(Backward(step, 0, count)).Kind);
        var sent = Send(Commit(step, count, snapshot));
        Assert.Equal(MessageKind.Committed, sent[0].Kind);
        return sent;
    }

    /// <summary>Trains one step with a snapshot that the store keeps; returns its hash.</summary>
    public BlobHash StepAndStore(ulong step)
    {
        var answer = One(Store(Step(step, snapshot: true)[1]));
        Assert.Equal(MessageKind.Snapshotted, answer.Kind);
        return answer.Hash;
    }

    /// <summary>The store's answer to a request of the tile.</summary>
    public Message Store(in Message request)
    {
        Assert.Equal((Recipient.StoreClient, Recipient.Tile, Machine.Id), (request.To, request.From, request.Tile));
        var answer = new Message
        {
            To = Recipient.Tile,
            From = Recipient.StoreClient,
            Tile = request.Tile,
            Term = request.Term,
            Step = request.Step,
            Operation = request.Operation,
        };
        switch (request.Kind)
        {
            case MessageKind.PutBlob:
                var hash = BlobHash.Of(request.Blob);
                Blobs[hash] = [.. request.Blob!];
                return answer with { Kind = MessageKind.BlobStored, Hash = hash };
            case MessageKind.GetBlob when Blobs.TryGetValue(request.Hash, out var blob):
                return answer with { Kind = MessageKind.BlobRead, Hash = request.Hash, Blob = blob };
            default:
                return Fail(request, Refusal.Missing);
        }
    }

    /// <summary>The store's refusal of a request of the tile.</summary>
    public static Message Fail(in Message request, Refusal refusal) => new()
    {
        Kind = MessageKind.StoreFailed,
        To = Recipient.Tile,
        From = Recipient.StoreClient,
        Tile = request.Tile,
        Term = request.Term,
        Step = request.Step,
        Operation = request.Operation,
        Refusal = refusal,
        Detail = "the store said no",
    };

    /// <summary>Row r depends on seed + r only, so that a micro-batch from vector v on is Numbers(count, columns, v).</summary>
    public static Tensor Numbers(int rows, int columns, int seed)
    {
        var numbers = AlignedFloats.Dense(rows, columns);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                numbers.Row(row)[column] = MathF.Sin((31 * (seed + row)) + (7 * column) + 1);
            }
        }

        return numbers;
    }
}
