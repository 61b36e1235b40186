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
    private PeerId? _leader;

    /// <summary>Decides for a run with a folder.</summary>
    /// <param name="store">Keeps the term.</param>
    public LocalControlPlane(IRunStore store) => _store = store;

    /// <summary>Decides for a run without a folder: terms start at 1 in every process.</summary>
    public LocalControlPlane()
        : this(new MemoryRunStore())
    {
    }

    /// <inheritdoc/>
    public Term? Lead(PeerId peer)
    {
        if (_leader is { } leader && leader != peer)
        {
            return null;
        }

        var term = _store.RaiseTerm();
        _leader = peer;
        return term;
    }

    /// <inheritdoc/>
    public bool RenewLead(PeerId peer, Term term) => _leader == peer && _store.CurrentTerm == term;

    /// <inheritdoc/>
    public void Join(Member member)
    {
        ArgumentNullException.ThrowIfNull(member);
        _members[member.Name] = member; // a process that comes back has another identity under its old name
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
    public MemberList Members() => new([.. _members.Values]);
}
