using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <summary>
/// The control plane of all processes of a world: members and one coordinator by leases on its own clock, and terms that only rise. Granting
/// a term raises the newest term that the store knows in the same moment.
/// </summary>
public sealed class SimulatedControlPlane
{
    private readonly SimulatedWorld _world;
    private readonly List<(Member Member, long Until)> _members = []; // in order of names
    private PeerId _leader;
    private long _leadsUntil;
    private long _awayUntil;
    private long? _awaySince; // null while it answers

    internal SimulatedControlPlane(SimulatedWorld world) => _world = world;

    /// <summary>The newest term that was granted.</summary>
    public Term NewestTerm { get; private set; }

    /// <summary>Who got it; 0 for nobody.</summary>
    public PeerId Leader => _leader;

    /// <summary>Members whose lease holds now, in the order of their names.</summary>
    public MemberList Members
    {
        get
        {
            ComeBack();
            var now = _awaySince ?? _world.Ticks; // while it is away nothing lapses
            _members.RemoveAll(entry => entry.Until <= now);
            return new MemberList([.. _members.Select(entry => entry.Member)]);
        }
    }

    /// <summary>
    /// Answers nothing for a while. Leases run on at their holders; those that hold now last as long again when it is back, so that nobody loses one because
    /// nobody could renew.
    /// </summary>
    public void AwayFor(TimeSpan time)
    {
        ComeBack();
        _world.Statistics.ServiceTroubles++;
        _world.Note(TraceEvent.Away, null, time.Ticks);
        _awaySince ??= _world.Ticks;
        _awayUntil = Math.Max(_awayUntil, _world.Ticks + time.Ticks);
    }

    /// <summary>Marks a member as draining until it leaves or comes back in a new incarnation.</summary>
    /// <returns>Whether it is a member.</returns>
    public bool Drain(PeerId peer)
    {
        ComeBack();
        var index = _members.FindIndex(entry => entry.Member.Peer == peer);
        if (index >= 0)
        {
            _members[index] = (_members[index].Member with { IsDraining = true }, _members[index].Until);
        }

        return index >= 0;
    }

    /// <summary>Ends membership and leadership of a process.</summary>
    internal void Leave(PeerId peer)
    {
        _members.RemoveAll(entry => entry.Member.Peer == peer);
        if (_leader == peer)
        {
            _leader = default;
        }
    }

    /// <summary>Ends all trouble.</summary>
    internal void Recover()
    {
        _awayUntil = _world.Ticks;
        ComeBack();
    }

    /// <summary>A request arrives and takes effect at once.</summary>
    internal void Ask(Incarnation asker, in Message request)
    {
        ComeBack();
        if (_awaySince is not null)
        {
            _world.Statistics.ServiceLost++;
            _world.Note(TraceEvent.Lose, asker, request);
            return;
        }

        _world.Statistics.ServiceRequests++;
        switch (request.Kind)
        {
            case MessageKind.Lead:
                Reply(asker, request, Lead(asker));
                break;
            case MessageKind.RenewLead:
                Reply(asker, request, Renew(asker.Peer, request.Term));
                break;
            case MessageKind.Join:
                Join((Member)request.Body!);
                Reply(asker, request, MessageKind.Joined);
                break;
            case MessageKind.Leave:
                Leave(asker.Peer);
                break;
            default:
                _world.Violate(
                    SimulationInvariant.Defect, $"{asker.Process} asked the control plane for '{request.Kind}', which it does not understand");
                break;
        }
    }

    private void ComeBack()
    {
        if (_awaySince is not { } since || _world.Ticks < _awayUntil)
        {
            return;
        }

        _awaySince = null;
        var back = _awayUntil;
        for (var i = 0; i < _members.Count; i++)
        {
            if (_members[i].Until > since)
            {
                _members[i] = (_members[i].Member, Math.Max(_members[i].Until, back + _world.Settings.MemberLease.Ticks));
            }
        }

        if (_leadsUntil > since)
        {
            _leadsUntil = Math.Max(_leadsUntil, back + _world.Settings.CoordinatorLease.Ticks);
        }
    }

    private MessageKind Lead(Incarnation asker)
    {
        if (_leader != asker.Peer && _leader.Value != 0 && _world.Ticks < _leadsUntil)
        {
            return MessageKind.NotLeading;
        }

        NewestTerm = new Term(NewestTerm.Value + 1);
        _world.Store.NewestTerm = NewestTerm;
        _leader = asker.Peer;
        _leadsUntil = _world.Ticks + _world.Settings.CoordinatorLease.Ticks;
        _world.Statistics.Terms++;
        _world.Note(TraceEvent.Grant, asker.Process, (long)NewestTerm.Value);
        _world.Invariants.TermGranted(NewestTerm, asker.Peer);
        return MessageKind.Leading;
    }

    private MessageKind Renew(PeerId peer, Term term)
    {
        if (_leader != peer || NewestTerm != term)
        {
            return MessageKind.NotLeading;
        }

        _leadsUntil = _world.Ticks + _world.Settings.CoordinatorLease.Ticks;
        return MessageKind.Leading;
    }

    /// <summary>A process that came back takes the place of its earlier incarnation, whose late requests change nothing.</summary>
    private void Join(Member member)
    {
        var place = 0;
        var isDraining = false;
        for (; place < _members.Count; place++)
        {
            var order = string.CompareOrdinal(member.Name, _members[place].Member.Name);
            if (order == 0 && member.Peer.Value < _members[place].Member.Peer.Value)
            {
                return;
            }

            if (order == 0)
            {
                isDraining = _members[place].Member is { IsDraining: true } known && known.Peer == member.Peer;
                _members.RemoveAt(place);
            }

            if (order <= 0)
            {
                break;
            }
        }

        _members.Insert(place, (member with { IsDraining = isDraining }, _world.Ticks + _world.Settings.MemberLease.Ticks));
    }

    private void Reply(Incarnation asker, in Message request, MessageKind kind) => _world.Network.Answer(
        SimulatedNetwork.ControlEndpoint,
        asker,
        kind == MessageKind.Leading
            ? request.Answer(kind, Recipient.Control, Recipient.ControlClient) with { Term = NewestTerm, Body = Members }
            : request.Answer(kind, Recipient.Control, Recipient.ControlClient));
}
