using Tessera.Actors.Stores;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Actors.ControlPlanes;

/// <summary>
/// The control plane of a run on one machine: the term lives in the run's own store, membership and leadership in this process, and nothing ever
/// lapses: whoever could take over would need the <see cref="RunLock"/> that this process holds.
/// </summary>
public sealed class LocalControlPlane : IControlPlane
{
    private readonly IRunStore _store;
    private readonly SortedDictionary<string, Member> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<PeerId, string> _names = [];
    private readonly Dictionary<string, PeerId> _newest = []; // incarnation of each name
    private PeerId? _leader;
    private string _leaderHttp = string.Empty;
    private Term _term;
    private int _admitted;

    /// <summary>Decides for a run with a folder.</summary>
    /// <param name="store">Keeps the term.</param>
    public LocalControlPlane(IRunStore store) => _store = store;

    /// <summary>Decides for a run without a folder: terms start at 1 in every process.</summary>
    public LocalControlPlane()
        : this(new MemoryRunStore())
    {
    }

    /// <inheritdoc/>
    public PeerId Admit(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var peer = new PeerId(++_admitted);
        if (_leader is { } leader && _names.GetValueOrDefault(leader) == name)
        {
            _leader = null;
        }

        _names[peer] = name;
        _newest[name] = peer;
        _members.Remove(name);
        return peer;
    }

    /// <inheritdoc/>
    public Term? Lead(PeerId peer, string http = "")
    {
        if ((_leader is { } leader && leader != peer) || (_names.TryGetValue(peer, out var name) && IsSuperseded(name, peer)))
        {
            return null;
        }

        _term = _store.RaiseTerm();
        _leader = peer;
        _leaderHttp = http;
        return _term;
    }

    /// <inheritdoc/>
    public bool RenewLead(PeerId peer, Term term) => _leader == peer && _store.CurrentTerm == term;

    /// <inheritdoc/>
    public void Join(Member member)
    {
        ArgumentNullException.ThrowIfNull(member);
        var known = _members.GetValueOrDefault(member.Name);
        if ((known is null || known.Peer.Value <= member.Peer.Value) && !IsSuperseded(member.Name, member.Peer))
        {
            _members[member.Name] = member with { IsDraining = known is { IsDraining: true } && known.Peer == member.Peer };
        }
    }

    /// <inheritdoc/>
    public void Leave(PeerId peer)
    {
        foreach (var name in _members.Where(entry => entry.Value.Peer == peer).Select(entry => entry.Key).ToList())
        {
            _members.Remove(name);
        }

        if (_leader == peer)
        {
            _leader = null;
        }
    }

    /// <inheritdoc/>
    public bool Drain(string name)
    {
        if (!_members.TryGetValue(name, out var member))
        {
            return false;
        }

        _members[name] = member with { IsDraining = true };
        return true;
    }

    /// <inheritdoc/>
    public Leader? Leader() => _leader is { } leader ? new Leader(leader, _names.GetValueOrDefault(leader, "local"), _term) { Http = _leaderHttp } : null;

    /// <inheritdoc/>
    public MemberList Members() => new([.. _members.Values]);

    private bool IsSuperseded(string name, PeerId peer) => _newest.TryGetValue(name, out var newest) && newest.Value > peer.Value;
}
