using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Coordination.Machines;

/// <summary>
/// Which process hosts which tile. Tiles stay where they are as far as shares allow; the rest is dealt in order of their identities, so that neighbours
/// of a layer stay together. A pure function, without effect on any bit of the result.
/// </summary>
internal static class Placement
{
    /// <summary>Places all tiles.</summary>
    /// <param name="tiles">How many.</param>
    /// <param name="members">Processes, 1 or more.</param>
    /// <param name="previous">Where each tile was, or an empty list.</param>
    /// <returns>The process of each tile.</returns>
    public static PeerId[] Place(int tiles, IReadOnlyList<Member> members, IReadOnlyList<PeerId> previous)
    {
        var shares = Shares(tiles, members);
        var hosts = new PeerId?[tiles];
        for (var tile = 0; tile < previous.Count && tile < tiles; tile++)
        {
            for (var member = 0; member < members.Count; member++)
            {
                if (members[member].Peer == previous[tile] && shares[member] > 0)
                {
                    shares[member]--;
                    hosts[tile] = previous[tile];
                }
            }
        }

        var next = 0;
        for (var tile = 0; tile < tiles; tile++)
        {
            while (hosts[tile] is null)
            {
                if (shares[next] > 0)
                {
                    shares[next]--;
                    hosts[tile] = members[next].Peer;
                }
                else
                {
                    next++;
                }
            }
        }

        return [.. hosts.Select(host => host!.Value)];
    }

    /// <summary>Tiles of each member by its cores: cut where the running share of cores falls, so that they add up exactly.</summary>
    private static int[] Shares(int tiles, IReadOnlyList<Member> members)
    {
        long cores = members.Sum(member => (long)member.Cores);
        var shares = new int[members.Count];
        long before = 0;
        for (var member = 0; member < members.Count; member++)
        {
            var end = before + members[member].Cores;
            shares[member] = (int)((end * tiles / cores) - (before * tiles / cores));
            before = end;
        }

        return shares;
    }
}
