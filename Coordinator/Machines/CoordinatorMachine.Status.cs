using Tessera.Coordination.Training;
using Tessera.Protocol.Identity;

namespace Tessera.Coordination.Machines;

/// <content>What it says of itself.</content>
internal sealed partial class CoordinatorMachine
{
    private static readonly TimeSpan StatusEvery = TimeSpan.FromMilliseconds(100);
    private volatile CoordinatorStatus _status = CoordinatorStatus.None;
    private static readonly Dictionary<string, string> Unplaced = [];
    private IReadOnlyList<MemberTiles>? _memberTiles; // null when they changed
    private IReadOnlyDictionary<string, string> _placement = Unplaced; // of _memberTiles
    private TimeSpan _statusAt;
    private long _repeatsSent;
    private long _stepsRedone;
    private long _openings;
    private long _moves;
    private long _resumptions;
    private long _olderTerms;

    /// <summary>
    /// Where it is, to be read by any thread: at once after a change of phase, term, members or checkpoint, otherwise at most 100 ms old as long as anything
    /// happens.
    /// </summary>
    public CoordinatorStatus Status => _status;

    /// <summary>Replaces the status where it is out of date. Between phases a step must not allocate, so that it is replaced now and then only.</summary>
    private void RefreshStatus()
    {
        var old = _status;
        var isOld = old.Phase != _phase || old.IsSuspended != _isSuspended || old.Term != _term || _memberTiles is null
            || !ReferenceEquals(old.WaitsFor, _waitsFor) || old.CheckpointStep?.Value != _checkpointer.Newest?.Step;
        if (!isOld && (old.Step == _progress.Step || _now - _statusAt < StatusEvery))
        {
            return;
        }

        _statusAt = _now;
        if (_memberTiles is null || old.Phase != _phase) // where nothing is placed, no tiles are shown
        {
            _memberTiles = [.. _members.Members.Select(member => new MemberTiles(
                member, HasPlaced ? _hosts.Count(host => host == member.Peer) : 0, !_lost.Contains(member.Peer)))];
            _placement = HasPlaced ? _plan.Tiles.ToDictionary(tile => tile.Name, tile => NameOf(_hosts[tile.Id.Index])) : Unplaced;
        }

        _status = new CoordinatorStatus
        {
            Phase = _phase,
            IsSuspended = _isSuspended,
            WaitsFor = _waitsFor,
            Term = _term,
            Step = _progress.Step,
            StepsTotal = _progress.StepsTotal,
            Epoch = _progress.Epoch,
            CheckpointStep = _checkpointer.Newest is { } newest ? new StepId(newest.Step) : null,
            Members = _memberTiles,
            Placement = _placement,
            TileLatency = LatencyOf(_runner.Requests.Latency),
            Repeats = _repeatsSent,
            StepsRedone = _stepsRedone,
            Openings = _openings,
            Moves = _moves,
            Resumptions = _resumptions,
            OlderTermRefusals = _olderTerms,
        };
    }

    private static TileLatency LatencyOf(LatencyHistogram times) => new(times.Quantile(0.5), times.Quantile(0.99), times.Count);

    private string NameOf(PeerId peer) => _members.Members.FirstOrDefault(member => member.Peer == peer)?.Name ?? peer.ToString();
}
