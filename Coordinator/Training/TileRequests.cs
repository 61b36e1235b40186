using Tessera.Actors.Machines;
using Tessera.Coordination.Plan;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>
/// All requests of training and evaluation to the groups of tiles, group by group and in order, until they no longer matter: until the commit of their step
/// is confirmed. No group gets more than its credit at a time; what was lost is sent again; what comes twice is taken once.
/// </summary>
internal sealed class TileRequests
{
    /// <summary>Requests that a group gets without having answered.</summary>
    public const int Credit = StageGroups.Credit;

    private readonly IReadOnlyList<StagePlan> _stages;
    private readonly IReadOnlyList<TilePlan> _tiles;
    private readonly RequestLog[] _logs; // [first tile of the stage + group]: a stage has no more groups than tiles
    private readonly PeerId[] _hosts; // by tile
    private readonly int[] _groupOf; // by tile
    private readonly TileGroup[][] _groups; // by stage
    private Outbox _outbox = new(0);
    private TimeSpan _now;

    /// <summary>Creates empty logs.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="microBatches">Most micro-batches of a mini-batch.</param>
    public TileRequests(NetworkPlan plan, int microBatches)
    {
        _stages = plan.Stages;
        _tiles = plan.Tiles;

        // Two steps may overlap: the commit of one and the reads of the next.
        _logs = [.. plan.Tiles.Select(_ => new RequestLog(2 * ((2 * microBatches) + 1)))];
        _hosts = new PeerId[plan.Tiles.Count];
        _groupOf = new int[plan.Tiles.Count];
        _groups = new TileGroup[plan.Stages.Count][];
        Array.Fill(_groups, []);
    }

    /// <summary>Groups whose newest commit is not confirmed.</summary>
    public int CommitsOutstanding { get; private set; }

    /// <summary>Answers so far that somebody waited for.</summary>
    public ulong News { get; private set; }

    /// <summary>How long groups took from a request to its first answer, the time on the way included.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Says where messages go, and what time it is, while the coordinator handles one.</summary>
    public void Use(Outbox outbox, TimeSpan now) => (_outbox, _now) = (outbox, now);

    /// <summary>Where a tile is hosted in this term.</summary>
    public PeerId HostOf(TileId tile) => _hosts[tile.Index];

    /// <summary>The groups of a stage in this term, by their ports; other groups are another array.</summary>
    public TileGroup[] GroupsOf(StageId stage) => _groups[stage.Index];

    /// <summary>Forgets all requests: a new term begins.</summary>
    /// <param name="hosts">The process of each tile.</param>
    public void Reset(IReadOnlyList<PeerId> hosts)
    {
        CommitsOutstanding = 0;
        for (var tile = 0; tile < _logs.Length; tile++)
        {
            _logs[tile].Clear();
            _hosts[tile] = hosts[tile];
        }

        foreach (var stage in _stages)
        {
            var groups = TileGroup.Of(stage, hosts);
            _groups[stage.Id.Index] = groups;
            foreach (var group in groups)
            {
                foreach (var tile in group.Layout.Tiles)
                {
                    _groupOf[tile.Id.Index] = group.Edge.Port;
                }
            }
        }
    }

    /// <summary>Sends a request to the group that it says as soon as the group has credit.</summary>
    public void Send(in Message request)
    {
        var log = LogOf(request.ReplyTo);
        log.Add(request with { Peer = _groups[request.ReplyTo.Stage.Index][request.ReplyTo.Port].Host });
        CommitsOutstanding += request.Kind == MessageKind.Commit ? 1 : 0;
        log.SendWithin(Credit, _now, _outbox);
    }

    /// <summary>Takes an answer.</summary>
    /// <returns>Whether somebody waits for it: it belongs to a request and has not come before.</returns>
    public bool Accept(in Message reply)
    {
        var (stage, port) = (reply.ReplyTo.Stage.Index, reply.ReplyTo.Port);
        if ((uint)stage >= (uint)_groups.Length || (uint)port >= (uint)_groups[stage].Length)
        {
            return false; // no group of this term
        }

        var log = LogOf(reply.ReplyTo);
        var isNews = log.Answer(reply, out var sentAt);
        News += isNews ? 1ul : 0;
        if (isNews)
        {
            Latency.Add(_now - sentAt);

            // A group that answers for a step has committed the one before, whether its word of that came through or not.
            CommitsOutstanding -= reply.Kind == MessageKind.Committed ? 1 : 0;
            CommitsOutstanding -= log.Confirm(CommittedStep(reply));
        }

        log.SendWithin(Credit, _now, _outbox);
        return isNews;
    }

    /// <summary>Sends everything that was sent and not answered once more.</summary>
    public void Repeat()
    {
        foreach (var log in _logs)
        {
            log.Repeat(_outbox);
        }
    }

    /// <summary>Sends all requests of the newest step to the group of a tile from the first on: the tile lost what it kept of them.</summary>
    /// <returns>False, and nothing is sent, where the step is confirmed or the next one has begun.</returns>
    public bool Replay(TileId tile, StepId step)
    {
        if ((uint)tile.Index >= (uint)_tiles.Count)
        {
            return false; // no tile of this run
        }

        var log = LogOf(new EdgeId(_tiles[tile.Index].Stage, _groupOf[tile.Index]));
        var isRewound = log.Rewind(step);
        log.SendWithin(Credit, _now, _outbox);
        return isRewound;
    }

    private static StepId CommittedStep(in Message reply) =>
        reply.Kind == MessageKind.Committed || reply.Purpose == ReadPurpose.Evaluation ? reply.Step : new StepId(reply.Step.Value - 1);

    private RequestLog LogOf(EdgeId edge) => _logs[_stages[edge.Stage.Index].Grid!.Tiles[0].Id.Index + edge.Port];
}
