using System.Globalization;
using Tessera.Coordination.Plan;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Machines;

/// <content>
/// Who can host tiles: members that do not drain and that can be reached, which a member can from when it is first listed until the edge says that it is lost,
/// and again from when the edge says that it is found.
/// </content>
internal sealed partial class CoordinatorMachine
{
    private readonly HashSet<PeerId> _lost = [];
    private MemberList _members = new([]);
    private HostedMemory? _memory; // null until memory matters
    private string? _waitsFor; // what the client was told last
    private ulong _membersTimer; // generation, or 0
    private TimeSpan _membersSince; // when the wait for members began
    private bool _hasWaitedForMembers;
    private bool _knowsHosts; // whether the newest placement is this coordinator's

    private void TakeMembers(MemberList members)
    {
        foreach (var member in members.Members.Where(member => !IsMember(member.Peer)))
        {
            _lost.Remove(member.Peer);
        }

        _members = members;
        _memberTiles = null;
        _lost.RemoveWhere(peer => !IsMember(peer));
        _unassigned.RemoveWhere(peer => !IsMember(peer));
    }

    private void OnMembersChanged()
    {
        if (_phase == CoordinatorPhase.Placing)
        {
            Place();
        }
        else if (HasPlaced && HasLostHost())
        {
            Reopen();
        }
        else
        {
            ReconsiderMove();
        }
    }

    private void OnPeerLost(PeerId peer)
    {
        if (IsMember(peer) && _lost.Add(peer))
        {
            _memberTiles = null;
            _unassigned.Remove(peer);
            OnMembersChanged();
        }
    }

    private void OnPeerFound(PeerId peer)
    {
        if (!_lost.Remove(peer))
        {
            return;
        }

        _memberTiles = null;
        if (HasPlaced && Array.IndexOf(_hosts, peer) < 0)
        {
            _unassigned.Add(peer); // it may still hold tiles of an earlier term; the watch tells it that it has none
        }

        OnMembersChanged();
    }

    private bool IsMember(PeerId peer) => _members.Members.Any(member => member.Peer == peer);

    private bool HasLostHost() => Array.Exists(_hosts, host => !IsMember(host) || _lost.Contains(host));

    private List<Member> UsableMembers() => [.. _members.Members.Where(member => !member.IsDraining && !_lost.Contains(member.Peer))];

    /// <summary>The hosts for the members that can be used now, or null where the run must wait, which the client is told.</summary>
    private PeerId[]? TryPlace()
    {
        var usable = UsableMembers();
        var isTakeover = _members.Members.Any(member => member.Tiles.Length > 0); // those with tiles of the run have trained without the others
        if (usable.Count < _settings.MembersMin && !isTakeover && IsWaitingForMembers())
        {
            if (_now - _membersSince >= _settings.MembersTellAfter)
            {
                WaitFor(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{usable.Count} of {_settings.MembersMin} nodes are there; the run begins with those that are there after "
                    + $"{_settings.MembersWait.TotalSeconds:0.#} s."));
            }

            return null;
        }

        if (usable.Count == 0)
        {
            WaitFor(_members.Members.Count == 0
                ? "No node is there to host tiles. Start one, or check that nodes reach the control plane."
                : "All nodes are draining or cannot be reached. Start another one, or check the network between coordinator and nodes.");
            return null;
        }

        var hosts = Placement.Place(Memory().TileBytes, UsableMemory(usable), _knowsHosts ? _hosts : HostsOf(usable), out var missing);
        if (hosts is null)
        {
            WaitFor(string.Create(
                CultureInfo.InvariantCulture,
                $"The tiles do not fit into the memory of {usable.Count} nodes: room for {missing:N0} bytes is missing. "
                + $"Start more nodes, or give them more memory."));
            return null;
        }

        _hasWaitedForMembers = true;
        _knowsHosts = true;
        _waitsFor = null;
        _memberTiles = null;
        return hosts;
    }

    /// <summary>Where the tiles are by what members report: whoever takes over leaves them there. A tile that two report is the first one's.</summary>
    private PeerId[] HostsOf(List<Member> members)
    {
        var hosts = new PeerId[_hosts.Length];
        foreach (var member in members.AsEnumerable().Reverse())
        {
            foreach (var tile in TileRanges.Read(member.Tiles, hosts.Length))
            {
                hosts[tile.Index] = member.Peer;
            }
        }

        return hosts;
    }

    /// <summary>Whether the first placement may still wait for more members; the first time that is asked, a timer is set.</summary>
    private bool IsWaitingForMembers()
    {
        if (!_hasWaitedForMembers && _membersTimer == 0)
        {
            _membersSince = _now;
            SetMembersTimer(_settings.MembersTellAfter);
        }

        return !_hasWaitedForMembers;
    }

    private void SetMembersTimer(TimeSpan wait)
    {
        _membersTimer = ++_timers;
        _outbox.SetTimer(_membersSince + (wait < _settings.MembersWait ? wait : _settings.MembersWait), _membersTimer);
    }

    private void OnMembersWaited()
    {
        if (_now - _membersSince < _settings.MembersWait)
        {
            SetMembersTimer(_settings.MembersWait);
        }
        else
        {
            _membersTimer = 0;
            _hasWaitedForMembers = true;
        }

        if (_phase == CoordinatorPhase.Placing)
        {
            Place();
        }
    }

    /// <summary>Tells the client what the run waits for, once. A run that is alone in its process has its member in a moment.</summary>
    private void WaitFor(string detail)
    {
        if (_settings.RepeatAfter is not null && _waitsFor != detail)
        {
            _waitsFor = detail;
            _outbox.Send(ToClient(MessageKind.Waiting, _progress.Step) with { Detail = detail });
        }
    }

    /// <summary>What tiles take, computed when the first member says how much memory it has: that builds a tile of each shape for a moment.</summary>
    private HostedMemory Memory()
    {
        if (_memory is null && IsMemoryCounted && _members.Members.Any(member => member.MemoryBytes > 0))
        {
            _memory = MemoryPlan.OfTiles(_plan, _settings.BatchMax, _settings.EvaluationMax);
        }

        return _memory ?? new HostedMemory(new long[_hosts.Length], 0);
    }

    private IReadOnlyList<Member> UsableMemory(List<Member> usable)
    {
        var memory = Memory();
        return [.. usable.Select(member => IsMemoryCounted ? memory.WithRoom(member) : member with { MemoryBytes = 0 })];
    }

    /// <summary>Alone in its process a run was checked by whoever started it, who may know better.</summary>
    private bool IsMemoryCounted => _settings.RepeatAfter is not null;
}
