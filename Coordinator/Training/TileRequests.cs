using Tessera.Actors.Machines;
using Tessera.Coordination.Plan;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>
/// All requests of training and evaluation to tiles, tile by tile and in order, until they no longer matter: until the commit of their step is
/// confirmed. No tile gets more than its credit at a time; what was lost is sent again; what comes twice is taken once.
/// </summary>
internal sealed class TileRequests
{
    /// <summary>Requests that a tile gets without having answered: its mailbox has room for them.</summary>
    public const int Credit = 8;

    private readonly RequestLog[] _logs;
    private readonly PeerId[] _hosts;
    private Outbox _outbox = new(0);

    /// <summary>Creates empty logs.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="microBatches">Most micro-batches of a mini-batch.</param>
    public TileRequests(NetworkPlan plan, int microBatches)
    {
        // Two steps may overlap: the commit of one and the reads of the next.
        _logs = [.. plan.Tiles.Select(_ => new RequestLog(2 * ((2 * microBatches) + 1)))];
        _hosts = new PeerId[plan.Tiles.Count];
    }

    /// <summary>Tiles whose newest commit is not confirmed.</summary>
    public int CommitsOutstanding { get; private set; }

    /// <summary>Answers so far that somebody waited for.</summary>
    public ulong News { get; private set; }

    /// <summary>Says where messages go while the coordinator handles one.</summary>
    public void Use(Outbox outbox) => _outbox = outbox;

    /// <summary>Where a tile is hosted in this term.</summary>
    public PeerId HostOf(TileId tile) => _hosts[tile.Index];

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
    }

    /// <summary>Sends a request as soon as the tile has credit.</summary>
    public void Send(in Message request)
    {
        var tile = request.Tile.Index;
        _logs[tile].Add(request with { Peer = _hosts[tile] });
        CommitsOutstanding += request.Kind == MessageKind.Commit ? 1 : 0;
        _logs[tile].SendWithin(Credit, _outbox);
    }

    /// <summary>Takes an answer.</summary>
    /// <returns>Whether somebody waits for it: it belongs to a request and has not come before.</returns>
    public bool Accept(in Message reply)
    {
        var log = _logs[reply.Tile.Index];
        var isNews = log.Answer(reply);
        News += isNews ? 1ul : 0;
        if (isNews)
        {
            // A tile that answers for a step has committed the one before, whether its word of that came through or not.
            CommitsOutstanding -= reply.Kind == MessageKind.Committed ? 1 : 0;
            CommitsOutstanding -= log.Confirm(CommittedStep(reply));
        }

        log.SendWithin(Credit, _outbox);
        return isNews;
    }

    private static StepId CommittedStep(in Message reply) =>
        reply.Kind == MessageKind.Committed || reply.Purpose == ReadPurpose.Evaluation ? reply.Step : new StepId(reply.Step.Value - 1);

    /// <summary>Sends everything that was sent and not answered once more.</summary>
    public void Repeat()
    {
        foreach (var log in _logs)
        {
            log.Repeat(_outbox);
        }
    }

    /// <summary>Sends all requests of the newest step to one tile from the first on: it lost what it kept of them.</summary>
    /// <returns>False, and nothing is sent, where the step is confirmed or the next one has begun.</returns>
    public bool Replay(TileId tile, StepId step)
    {
        var isRewound = _logs[tile.Index].Rewind(step);
        _logs[tile.Index].SendWithin(Credit, _outbox);
        return isRewound;
    }
}
