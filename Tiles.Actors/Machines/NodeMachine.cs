using Tessera.Kernels.Numerics;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Actors.Machines;

/// <summary>Builds the machine of a tile, fresh from construction. What cannot be built is an exception, which the node passes on as a refusal.</summary>
/// <param name="run">What it is a tile of.</param>
/// <param name="stage">The stage that it lies in.</param>
/// <param name="tile">The tile.</param>
public delegate TileMachine TileMachineBuilder(RunBlueprint run, TileStagePlan stage, TilePlan tile);

/// <summary>
/// Which tiles this process hosts. A coordinator assigns them term by term. Requests of training and evaluation are to the tiles of a stage here as a group;
/// others from other processes pass through to single tiles. All are served in the term of the assignment only. While the lease of the process is lapsed it
/// neither does nor answers anything, and keeps all state. Nothing that another process sends makes it throw.
/// </summary>
/// <param name="build">Builds tiles.</param>
/// <param name="awaitsLease">Whether it serves only once the control client says that the lease holds; false where there is none.</param>
/// <param name="tilesMax">Most tiles that it hosts, 1 or more: what its mailbox is made for.</param>
public sealed class NodeMachine(TileMachineBuilder build, bool awaitsLease = false, int tilesMax = int.MaxValue) : IMachine
{
    private const MessageKind LastTileRequest = (MessageKind)31; // answers of tiles begin after it
    private readonly SortedSet<int> _tiles = [];
    private readonly StageGroups _groups = new();
    private readonly bool _hasControlClient = awaitsLease;
    private string? _configurationHash; // of the run whose tiles are hosted

    /// <summary>Term of the newest assignment.</summary>
    public Term Term { get; private set; } = Term.None;

    /// <summary>Whether the lease is lapsed, or did not hold yet.</summary>
    public bool IsSuspended { get; private set; } = awaitsLease;

    /// <summary>Hosted tiles, in ascending order.</summary>
    public IReadOnlyList<TileId> Tiles => [.. _tiles.Select(index => new TileId(index))];

    /// <summary>Their names, in the same order.</summary>
    public IReadOnlyList<string> TileNames { get; private set; } = [];

    /// <summary>Requests that were refused because they were of an older term.</summary>
    public long OlderTermRefusals { get; private set; }

    /// <inheritdoc/>
    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        if (message.Peer == PeerId.Here && message.Kind is MessageKind.LeaseLapsed or MessageKind.LeaseHolds)
        {
            IsSuspended = message.Kind == MessageKind.LeaseLapsed;
        }
        else if (StageGroups.IsAnswer(message))
        {
            _groups.Take(message, IsSuspended, outbox);
        }
        else if (IsSuspended || message.Kind is MessageKind.PeerLost or MessageKind.PeerFound)
        {
            // Suspended: another process may have these tiles by now. A peer that comes or goes: tiles keep their state for whoever leads next.
        }
        else if (message.To == Recipient.Tile)
        {
            ServeTile(message, outbox);
        }
        else if (StageGroups.IsRequest(message))
        {
            if (IsOfTerm(message, outbox))
            {
                _groups.Ask(message, outbox);
            }
        }
        else if (message.Kind == MessageKind.Assign)
        {
            Assign(message, outbox);
        }
        else
        {
            Refuse(message, outbox, Refusal.Unfit, $"a node does not understand '{message.Kind}'; upgrade the older side");
        }
    }

    private void ServeTile(in Message message, Outbox outbox)
    {
        if (message.Kind is MessageKind.None or > LastTileRequest)
        {
            Refuse(message, outbox, Refusal.Unfit, $"'{message.Kind}' is no request to a tile; upgrade the older side");
        }
        else if (IsOfTerm(message, outbox))
        {
            if (_tiles.Contains(message.Tile.Index))
            {
                outbox.Send(message with { From = Recipient.None });
            }
            else
            {
                Refuse(message, outbox, Refusal.NotHosted, $"{message.Tile} is none of the {_tiles.Count} tiles of {Term} here; assign it in a new term");
            }
        }
    }

    private bool IsOfTerm(in Message message, Outbox outbox)
    {
        var order = message.Term.CompareTo(Term);
        if (order < 0)
        {
            Refuse(message, outbox, Refusal.OlderTerm, Replaced(message));
        }
        else if (order > 0)
        {
            Refuse(message, outbox, Refusal.NotHosted, $"it is of {message.Term}, the newest assignment here of {Term}; assign the tiles first");
        }

        return order == 0;
    }

    private void Assign(in Message message, Outbox outbox)
    {
        var order = message.Term.CompareTo(Term);
        if (order < 0)
        {
            Refuse(message, outbox, Refusal.OlderTerm, Replaced(message));
            return;
        }

        if (message.Term == Term.None || message.Body is not TileAssignment assignment || assignment.Tiles.Any(tile => tile.Index < 0))
        {
            Refuse(message, outbox, Refusal.Unfit, $"the assignment of {message.Term} has no tiles that can be; check the coordinator's version");
            return;
        }

        if (assignment.Tiles.Count > tilesMax)
        {
            Refuse(message, outbox, Refusal.Unfit, $"{assignment.Tiles.Count} tiles were assigned, and it takes {tilesMax}; start more nodes, or use larger tiles");
            return;
        }

        if (order > 0 && !TryHost(message, assignment, outbox))
        {
            return;
        }

        outbox.Send(new Message
        {
            Kind = MessageKind.Assigned,
            To = Recipient.Coordinator,
            Peer = message.Peer,
            Tile = TileId.None,
            Term = Term,
        });
    }

    /// <summary>Builds what is missing before anything is changed, so that a refused assignment leaves the node as it is.</summary>
    private bool TryHost(in Message message, TileAssignment assignment, Outbox outbox)
    {
        var wanted = new SortedSet<int>(assignment.Tiles.Select(tile => tile.Index));
        var keeps = !assignment.Fresh && assignment.Run.ConfigurationHash == _configurationHash;
        var built = new List<TileMachine>();
        try
        {
            Build(assignment.Run, wanted.Where(index => !keeps || !_tiles.Contains(index)).ToList(), built);
        }
        catch (Exception error)
        {
            built.ForEach(machine => machine.Dispose());
            Refuse(message, outbox, Refusal.Unfit, $"{wanted.Count} tiles cannot be hosted here: {error.Message}");
            return false;
        }

        foreach (var index in _tiles.Except(wanted))
        {
            outbox.Drop(new TileId(index));
            _groups.Forget(new TileId(index));
        }

        foreach (var machine in built)
        {
            outbox.Host(machine.Id, machine);
            _groups.Forget(machine.Id);
        }

        _tiles.Clear();
        _tiles.UnionWith(wanted);
        _configurationHash = assignment.Run.ConfigurationHash;
        Term = message.Term;
        TileNames = [.. assignment.Run.Stages.SelectMany(stage => stage.Grid.Tiles).Where(tile => wanted.Contains(tile.Id.Index)).Select(tile => tile.Name)];
        _groups.Begin(assignment.Run, _tiles);
        if (_hasControlClient)
        {
            outbox.Send(new Message { Kind = MessageKind.Hosts, To = Recipient.ControlClient, Tile = TileId.None, Detail = TileRanges.Write(Tiles) });
        }

        return true;
    }

    private void Build(RunBlueprint run, List<int> missing, List<TileMachine> built)
    {
        if (run.NumericsVersion != NumericsVersion.Current)
        {
            throw new NotSupportedException(
                $"the coordinator computes with numerics version {run.NumericsVersion}, this node with {NumericsVersion.Current}, and their bits differ; "
                + "run the same version on both");
        }

        foreach (var index in missing)
        {
            var stage = run.Stages.LastOrDefault(stage => stage.Grid.Tiles[0].Id.Index <= index);
            var port = index - stage?.Grid.Tiles[0].Id.Index;
            built.Add(stage is not null && port < stage.Grid.Tiles.Count
                ? build(run, stage, stage.Grid.Tiles[port.Value])
                : throw new ArgumentException($"the run has no {new TileId(index)}; check the coordinator's version"));
        }
    }

    private string Replaced(in Message request) =>
        $"it is of {request.Term}, but {Term} was assigned here; the sender was replaced and should stop";

    private void Refuse(in Message request, Outbox outbox, Refusal refusal, string detail)
    {
        OlderTermRefusals += refusal == Refusal.OlderTerm ? 1 : 0;
        outbox.Send(NodeRefusal.Of(request, Term, refusal, detail));
    }
}
