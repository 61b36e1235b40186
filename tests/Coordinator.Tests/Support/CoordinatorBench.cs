using Tessera.Actors.Tests.Support;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Machines;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Tests.Support;

/// <summary>
/// A coordinator by hand: what it asks of others waits in <see cref="Pending"/> until the test answers it, in any order; what it tells its client is
/// in <see cref="Reports"/>. Tiles are not there: their products are zeros.
/// </summary>
internal sealed class CoordinatorBench : IDisposable
{
    private readonly CoordinatorMachine _machine;
    private readonly MachineHarness _harness;
    private readonly NetworkPlan _plan;
    private readonly Dictionary<PeerId, IReadOnlyList<TileId>> _assigned = [];

    public CoordinatorBench(
        ExperimentConfig config, int samples = 45, Func<CoordinatorSettings, CoordinatorSettings>? change = null, CoordinatorBench? after = null)
    {
        var data = TinySamples.Pair(samples, 12, Networks.Features, Networks.Classes);
        _plan = PlanBuilder.Build(config);
        var settings = TrainingRun.Settings(config, data, new RunOptions()) with { EvaluationMax = 5 };
        Settings = change?.Invoke(settings) ?? settings;
        _machine = new CoordinatorMachine(config, _plan, data, Settings);
        _harness = new MachineHarness(_machine);
        (Blobs, Manifest, Term) = after is null ? ([], null, 0) : (after.Blobs, after.Manifest, after.Term);
    }

    public CoordinatorSettings Settings { get; }

    /// <summary>Requests without answer, in order of sending.</summary>
    public List<Message> Pending { get; } = [];

    /// <summary>Everything sent to the client.</summary>
    public List<Message> Reports { get; } = [];

    /// <summary>What the store holds.</summary>
    public Dictionary<BlobHash, byte[]> Blobs { get; }

    /// <summary>The newest manifest in the store.</summary>
    public RunManifest? Manifest { get; set; }

    /// <summary>The manifest before it that is kept, for whoever cannot use the newest.</summary>
    public RunManifest? Older { get; private set; }

    /// <summary>The term that was granted last.</summary>
    public ulong Term { get; set; }

    /// <summary>Processes that host tiles.</summary>
    public List<int> Members { get; set; } = [7];

    /// <summary>Those of them that drain.</summary>
    public HashSet<int> Draining { get; } = [];

    /// <summary>What they report of their tiles.</summary>
    public Dictionary<int, string> Tiles { get; } = [];

    /// <summary>Memory of each of them; 0 is unknown.</summary>
    public long MemoryBytes { get; set; }

    /// <summary>What the machine says of itself.</summary>
    public CoordinatorStatus Status => _machine.Status;

    public string Last => $"{Reports[^1].Kind} {Reports[^1].Step.Value}";

    public IEnumerable<string> Told => Reports.Select(report => $"{report.Kind} {report.Step.Value}");

    public void Dispose() => _machine.Dispose();

    /// <summary>Starts and brings everything up to the first step.</summary>
    public CoordinatorBench Open(ulong credits = 1000)
    {
        Tell(MessageKind.Start, credits);
        AnswerAll(request => request.Kind is MessageKind.Lead or MessageKind.ReadManifest or MessageKind.Assign or MessageKind.Apply
            or MessageKind.Restore or MessageKind.GetBlob);
        return this;
    }

    /// <summary>Hands over a message of the client.</summary>
    public void Tell(MessageKind kind, ulong operation = 0) => Hand(new Message { Kind = kind, Tile = TileId.None, Operation = operation });

    /// <summary>Hands over any message.</summary>
    /// <returns>What it led to, reports left out.</returns>
    public List<Message> Hand(in Message message)
    {
        var sent = _harness.Send(message);
        Reports.AddRange(sent.Where(answer => answer.To == Recipient.Client));
        var asked = sent.Where(answer => answer.To != Recipient.Client).ToList();
        Pending.AddRange(asked);
        foreach (var assign in asked.Where(request => request.Kind == MessageKind.Assign))
        {
            _assigned[assign.Peer] = ((TileAssignment)assign.Body!).Tiles;
        }

        return asked;
    }

    /// <summary>Moves the time on.</summary>
    public List<Message> Advance(double seconds)
    {
        var sent = _harness.Advance(seconds);
        Reports.AddRange(sent.Where(answer => answer.To == Recipient.Client));
        return [.. sent.Where(answer => answer.To != Recipient.Client)];
    }

    /// <summary>Moves the time on without a timer.</summary>
    public void Stall(double seconds) => _harness.Stall(seconds);

    /// <summary>Hands over the members as they are now, as the control client does when they change.</summary>
    public List<Message> TellMembers() => Hand(new Message { Kind = MessageKind.Leading, Term = new Term(Term), Body = MemberList() });

    /// <summary>Hands over what the edge says of a process.</summary>
    public List<Message> TellPeer(MessageKind kind, int peer) => Hand(new Message { Kind = kind, Peer = new PeerId(peer) });

    /// <summary>Hands over what the control client says of the lease.</summary>
    public List<Message> TellLease(MessageKind kind) => Hand(new Message { Kind = kind, Term = new Term(Term), Detail = "the lease" });

    /// <summary>The requests of a kind to a tile, or to the groups of its stage, that wait for an answer.</summary>
    public List<Message> To(MessageKind kind, int tile) =>
        [.. Pending.Where(request => request.Kind == kind && (IsToGroup(request) ? StageOf(tile) == request.ReplyTo.Stage : request.Tile.Index == tile))];

    /// <summary>Answers the only request of a kind to a tile, or the one of some vector.</summary>
    public List<Message> Answer(MessageKind kind, int tile = -1, int? vector = null) =>
        Answer(Assert.Single(To(kind, tile), request => vector is null || request.Vectors.First == vector));

    /// <summary>Answers until nothing is left that may be answered.</summary>
    public void AnswerAll(Func<Message, bool>? may = null)
    {
        for (var i = 0; i < 100_000; i++)
        {
            var at = Pending.FindIndex(request => may is null || may(request));
            if (at < 0)
            {
                return;
            }

            Answer(Pending[at]);
        }

        Assert.Fail("The coordinator asks without end.");
    }

    /// <summary>Answers a request as whoever got it would.</summary>
    public List<Message> Answer(in Message request)
    {
        Pending.Remove(request);
        if (request is { Kind: MessageKind.Commit, SnapshotAfter: true })
        {
            foreach (var tile in LayoutOf(request).Tiles)
            {
                Pending.Add(request with { Kind = MessageKind.Snapshot, To = Recipient.Tile, Tile = tile.Id, SnapshotAfter = false });
            }
        }

        return Reply(request) is { } reply ? Hand(reply) : [];
    }

    private MemberList MemberList() => new([.. Members.Select(peer =>
        new Member(new PeerId(peer), $"node-{peer}", 1, MemoryBytes) { IsDraining = Draining.Contains(peer), Tiles = Tiles.GetValueOrDefault(peer, string.Empty) })]);

    private Message? Reply(in Message request)
    {
        var reply = request with { To = Recipient.Coordinator, From = Recipient.None, Payload = default };
        switch (request.Kind)
        {
            case MessageKind.Lead:
                return reply with { Kind = MessageKind.Leading, Term = new Term(++Term), Body = MemberList() };
            case MessageKind.Assign:
                return reply with { Kind = MessageKind.Assigned };
            case MessageKind.Apply:
                return reply with { Kind = MessageKind.Applied };
            case MessageKind.Restore:
                return reply with { Kind = MessageKind.Restored };
            case MessageKind.Forward:
                return reply with { Kind = MessageKind.Output, Payload = Zeros(request, LayoutOf(request).Forward.SumColumns) };
            case MessageKind.Backward:
                var isWanted = request.WantsInputGradient;
                var gradient = isWanted ? Zeros(request, LayoutOf(request).Backward.SumColumns) : default;
                return reply with { Kind = MessageKind.InputGradient, Payload = gradient };
            case MessageKind.Commit:
                return reply with { Kind = MessageKind.Committed };
            case MessageKind.Snapshot:
                return reply with { Kind = MessageKind.Snapshotted, Hash = BlobHash.Of([(byte)request.Tile.Index, (byte)request.Step.Value]) };
            default:
                return OfStore(request, reply);
        }
    }

    private Message? OfStore(in Message request, in Message reply)
    {
        switch (request.Kind)
        {
            case MessageKind.ReadManifest:
                return reply with { Kind = MessageKind.ManifestRead, Body = request.Body is null ? Manifest : Older };
            case MessageKind.GetBlob:
                return reply with { Kind = MessageKind.BlobRead, Blob = Blobs[request.Hash] };
            case MessageKind.PutBlob:
                var hash = BlobHash.Of(request.Blob);
                Blobs[hash] = request.Blob!;
                return reply with { Kind = MessageKind.BlobStored, Hash = hash };
            case MessageKind.CommitManifest:
                Older = Manifest;
                Manifest = (RunManifest)request.Body!;
                return reply with { Kind = MessageKind.ManifestStored };
            default:
                return null; // has no answer
        }
    }

    private static bool IsToGroup(in Message request) =>
        request is { To: Recipient.Node, Kind: MessageKind.Forward or MessageKind.Backward or MessageKind.Commit };

    public StageId? StageOf(int tile) => tile < 0 ? null : _plan.Tiles[tile].Stage;

    private GroupLayout LayoutOf(Message request)
    {
        var grid = _plan.Stages[request.ReplyTo.Stage.Index].Grid!;
        return new GroupLayout(grid, grid.Tiles.Where(tile => _assigned[request.Peer].Contains(tile.Id)).Select(tile => tile.Port));
    }

    private static Tensor Zeros(in Message request, int columns) =>
        new(new float[request.Vectors.Count * columns], 0, request.Vectors.Count, columns, columns);
}
