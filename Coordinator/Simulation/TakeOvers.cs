using Tessera.Coordination.Machines;
using Tessera.Protocol.Identity;

namespace Tessera.Coordination.Simulation;

/// <summary>Whether coordinators that take over from others leave tiles where they are, as long as nothing happens to the members.</summary>
internal sealed class TakeOvers
{
    private string? _leader;
    private IReadOnlyList<PeerId> _members = [];
    private IReadOnlyDictionary<string, string> _placement = new Dictionary<string, string>();

    /// <summary>Those by another process with the same members, in which every tile stayed.</summary>
    public long Kept { get; private set; }

    /// <summary>Those by another process with the same members, in which a tile moved.</summary>
    public long Moved { get; private set; }

    /// <summary>A term has opened.</summary>
    /// <param name="leader">Name of its coordinator.</param>
    /// <param name="status">Where that is.</param>
    public void Add(string leader, CoordinatorStatus status)
    {
        if (status.Placement.Count == 0)
        {
            return; // it has opened and given up again at once
        }

        var members = status.Members.Where(member => member is { IsReachable: true, Member.IsDraining: false }).Select(member => member.Member.Peer).ToList();
        if (_leader is not null && _leader != leader && members.SequenceEqual(_members))
        {
            var isKept = status.Placement.All(tile => _placement[tile.Key] == tile.Value);
            Kept += isKept ? 1 : 0;
            Moved += isKept ? 0 : 1;
        }

        (_leader, _members, _placement) = (leader, members, status.Placement);
    }
}
