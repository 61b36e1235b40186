using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Coordination.Machines;

/// <summary>
/// Which process hosts which tile. Tiles stay where they are while their process is within its bound, its share of the cores rounded up; the rest is dealt in
/// order of their identities, so that neighbours of a layer stay together. Where memory does not allow that, tiles go to whoever has room. A pure
/// function, without effect on any bit of the result.
/// </summary>
/// <remarks>
/// Bounds of the others only grow when a member is lost, so that only the lost one's tiles move as long as memory suffices. Whatever is returned is returned
/// again for the same members. Not promised: that tiles are packed where they fit only in one particular way.
/// </remarks>
internal static class Placement
{
    /// <summary>Places all tiles.</summary>
    /// <param name="tileBytes">What each tile takes in memory.</param>
    /// <param name="members">Processes; where there is none, nothing can be placed.</param>
    /// <param name="previous">Where each tile was, or an empty list.</param>
    /// <param name="missingBytes">Where null is returned: bytes that are missing, or the size of a tile for which there is no room anywhere.</param>
    /// <returns>The process of each tile, or null where they do not fit.</returns>
    public static PeerId[]? Place(IReadOnlyList<long> tileBytes, IReadOnlyList<Member> members, IReadOnlyList<PeerId> previous, out long missingBytes)
    {
        missingBytes = 0;
        if (members.Count == 0)
        {
            missingBytes = tileBytes.Sum();
            return null;
        }

        var deal = new Deal(tileBytes, members);
        deal.Keep(previous, isBounded: false);
        var known = deal.Result(); // null where a tile lost its host, or no longer fits there
        var excess = known is null ? int.MaxValue : deal.Excess;
        while (excess > 0)
        {
            deal.Clear();
            deal.Keep(known ?? previous, isBounded: true);
            if (!deal.Fill())
            {
                deal.Clear();
                if (!deal.Fill())
                {
                    missingBytes = known is null ? deal.MissingBytes : 0;
                    return known;
                }
            }

            if (deal.Excess >= excess)
            {
                return known;
            }

            known = deal.Result();
            excess = deal.Excess;
        }

        return known;
    }

    /// <summary>Tiles on their way to members.</summary>
    private sealed class Deal
    {
        private const int Nobody = -1;
        private readonly IReadOnlyList<long> _tileBytes;
        private readonly IReadOnlyList<Member> _members;
        private readonly int[] _host; // [tile], index of the member or Nobody
        private readonly int[] _count; // [member], tiles
        private readonly long[] _room; // [member], bytes
        private readonly int[] _shares; // [member]: exact, adds up to all tiles
        private readonly int[] _bounds; // [member]: the same, rounded up

        public Deal(IReadOnlyList<long> tileBytes, IReadOnlyList<Member> members)
        {
            _tileBytes = tileBytes;
            _members = members;
            _host = new int[tileBytes.Count];
            _count = new int[members.Count];
            _room = new long[members.Count];
            _shares = new int[members.Count];
            _bounds = new int[members.Count];
            Share();
            Clear();
        }

        /// <summary>Tiles beyond the bounds of their members.</summary>
        public int Excess => _count.Select((count, member) => Math.Max(0, count - _bounds[member])).Sum();

        /// <summary>How much is missing, where not all tiles are placed.</summary>
        public long MissingBytes
        {
            get
            {
                var room = _members.Aggregate(0L, static (sum, member) => sum > long.MaxValue - Room(member) ? long.MaxValue : sum + Room(member));
                var missing = _tileBytes.Sum() - room;
                return missing > 0 ? missing : _tileBytes.Where((_, tile) => _host[tile] == Nobody).Max();
            }
        }

        public void Clear()
        {
            Array.Fill(_host, Nobody);
            Array.Clear(_count);
            for (var member = 0; member < _room.Length; member++)
            {
                _room[member] = Room(_members[member]);
            }
        }

        public PeerId[]? Result() => Array.IndexOf(_host, Nobody) >= 0 ? null : [.. _host.Select(member => _members[member].Peer)];

        /// <summary>Leaves tiles where they were.</summary>
        public void Keep(IReadOnlyList<PeerId> previous, bool isBounded)
        {
            for (var tile = 0; tile < previous.Count && tile < _host.Length; tile++)
            {
                for (var member = 0; member < _members.Count; member++)
                {
                    if (_members[member].Peer == previous[tile] && (!isBounded || _count[member] < _bounds[member]) && Fits(tile, member))
                    {
                        Put(tile, member);
                        break;
                    }
                }
            }
        }

        /// <summary>Deals what is left: within shares first, then to whoever has room, large tiles first.</summary>
        /// <returns>Whether all tiles are placed.</returns>
        public bool Fill()
        {
            for (var tile = 0; tile < _host.Length; tile++)
            {
                for (var member = 0; member < _members.Count && _host[tile] == Nobody; member++)
                {
                    if (_count[member] < _shares[member] && Fits(tile, member))
                    {
                        Put(tile, member);
                    }
                }
            }

            foreach (var tile in Enumerable.Range(0, _host.Length).Where(tile => _host[tile] == Nobody).OrderByDescending(tile => _tileBytes[tile]).ToList())
            {
                var best = Nobody;
                for (var member = 0; member < _members.Count; member++)
                {
                    if (Fits(tile, member) && (best == Nobody || IsLessLoaded(member, best)))
                    {
                        best = member;
                    }
                }

                if (best != Nobody)
                {
                    Put(tile, best);
                }
            }

            return Array.IndexOf(_host, Nobody) < 0;
        }

        private static long Room(Member member) => member.MemoryBytes > 0 ? member.MemoryBytes : long.MaxValue;

        private bool Fits(int tile, int member) => _tileBytes[tile] <= _room[member];

        private bool IsLessLoaded(int one, int other) =>
            (_count[one] + 1L) * _members[other].Cores < (_count[other] + 1L) * _members[one].Cores;

        private void Put(int tile, int member)
        {
            _host[tile] = member;
            _count[member]++;
            _room[member] -= _members[member].MemoryBytes > 0 ? _tileBytes[tile] : 0;
        }

        /// <summary>Shares by cores: cut where the running share of cores falls, so that they add up exactly.</summary>
        private void Share()
        {
            long cores = _members.Sum(member => (long)member.Cores);
            long tiles = _tileBytes.Count;
            long before = 0;
            for (var member = 0; member < _members.Count; member++)
            {
                var end = before + _members[member].Cores;
                _shares[member] = (int)((end * tiles / cores) - (before * tiles / cores));
                _bounds[member] = (int)(((_members[member].Cores * tiles) + cores - 1) / cores);
                before = end;
            }
        }
    }
}
