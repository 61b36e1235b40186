using FsCheck;
using FsCheck.Fluent;
using Tessera.Coordination.Machines;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Coordination.Tests.Machines;

public class PlacementTests
{
    [Fact]
    public void Every_tile_is_placed_on_a_member_in_blocks_by_cores() => Prop.ForAll(
        Gen.Choose(0, 60).SelectMany(tiles => Cores.Select(cores => (tiles, cores))).ToArbitrary(), Require).QuickCheckThrowOnFailure();

    private static Gen<int[]> Cores => Gen.Choose(1, 64).NonEmptyListOf().Select(cores => cores.Take(9).ToArray());

    [Theory]
    [InlineData(10, new[] { 1, 1 }, new[] { 5, 5 })]
    [InlineData(10, new[] { 4, 1 }, new[] { 8, 2 })]
    [InlineData(3, new[] { 1, 1, 1, 1 }, new[] { 0, 1, 1, 1 })]
    [InlineData(0, new[] { 2 }, new[] { 0 })]
    public void Shares_follow_cores(int tiles, int[] cores, int[] expected) => Assert.Equal(expected, Counts(Place(tiles, cores), cores.Length));

    [Fact]
    public void Tiles_stay_where_they_are_as_far_as_shares_allow()
    {
        var before = Place(12, [1, 1, 1]);

        // The second process went, another came: only its tiles move.
        var after = Again(12, [Member(1, 1), Member(3, 1), Member(7, 1)], before);

        for (var tile = 0; tile < before.Length; tile++)
        {
            Assert.Equal(before[tile].Value == 2 ? 7 : before[tile].Value, after[tile].Value);
        }
    }

    [Fact]
    public void The_same_members_change_nothing()
    {
        var before = Place(17, [3, 1, 2]);
        Assert.Equal(before, Again(17, Members([3, 1, 2]), before));
    }

    [Fact]
    public void A_process_that_joins_gets_its_share_and_no_more_tiles_move_than_that()
    {
        var before = Place(12, [1, 1]);
        var after = Again(12, Members([1, 1, 1]), before);

        Assert.Equal([4, 4, 4], Counts(after, 3));
        Assert.Equal(4, after.Zip(before).Count(pair => pair.First != pair.Second));
    }

    [Fact]
    public void A_lost_process_moves_only_its_own_tiles_and_what_is_placed_stays() => Cluster(1000, (random, tiles, members) =>
    {
        var before = Again(tiles, members, []);
        for (var change = 0; change < 4 && members.Length > 1; change++)
        {
            Assert.Equal(before, Again(tiles, members, before));
            var lost = members[random.Next(members.Length)];
            members = [.. members.Where(member => member != lost)];
            var after = Again(tiles, members, before);
            for (var tile = 0; tile < tiles; tile++)
            {
                Assert.True(after[tile] == before[tile] || before[tile] == lost.Peer, $"{tile} moved from {before[tile]} to {after[tile]}");
            }

            before = after;
        }
    });

    [Fact]
    public void Nobody_gets_more_than_its_share_rounded_up() => Cluster(1000, (random, tiles, members) =>
    {
        var before = Again(tiles, members, []);
        Member[] others = [.. members.Where(_ => random.Next(3) > 0), Member(100, 1 + random.Next(8)), Member(101, 1 + random.Next(8))];
        var after = Again(tiles, others, before);
        var cores = others.Sum(member => member.Cores);
        foreach (var member in others)
        {
            Assert.True(after.Count(host => host == member.Peer) <= ((tiles * member.Cores) + cores - 1) / cores);
        }
    });

    [Fact]
    public void Memory_is_never_exceeded_and_a_placement_stays() => Cluster(1000, (random, tiles, members) =>
    {
        long[] bytes = [.. Enumerable.Range(0, tiles).Select(_ => 1L + random.Next(10))];
        members = [.. members.Select(member => member with { MemoryBytes = random.Next(4) == 0 ? 0 : 1 + random.Next(40) })];
        if (Placement.Place(bytes, members, [], out var missing) is not { } before)
        {
            Assert.True(missing > 0);
            return;
        }

        RequireFits(bytes, members, before);
        Assert.Equal(before, Placement.Place(bytes, members, before, out _));
        Member[] others = [.. members.Skip(1), Member(100, 2) with { MemoryBytes = 100 }];
        if (Placement.Place(bytes, others, before, out _) is { } after)
        {
            RequireFits(bytes, others, after);
            Assert.Equal(after, Placement.Place(bytes, others, after, out _));
        }
    });

    [Fact]
    public void Tiles_that_do_not_fit_by_cores_go_to_whoever_has_room()
    {
        Member[] members = [Member(1, 8) with { MemoryBytes = 25 }, Member(2, 1)];

        var hosts = Placement.Place([10, 10, 10, 10], members, [], out _)!;

        Assert.Equal([2, 2], Counts(hosts, 2));
    }

    [Theory]
    [InlineData(new long[] { 10, 10, 10, 10 }, new long[] { 15 }, 25)]
    [InlineData(new long[] { 20, 20 }, new long[] { 15, 15, 15 }, 20)] // room enough in all, but none for this tile
    public void What_does_not_fit_is_not_placed_and_says_what_is_missing(long[] bytes, long[] memory, long expected)
    {
        Member[] members = [.. memory.Select((room, i) => Member(i + 1, 1) with { MemoryBytes = room })];

        Assert.Null(Placement.Place(bytes, members, [], out var missing));

        Assert.Equal(expected, missing);
    }

    [Fact]
    public void Without_members_nothing_is_placed() => Assert.Null(Placement.Place([1], [], [], out _));

    private static void Cluster(int seeds, Action<Random, int, Member[]> check)
    {
        for (var seed = 0; seed < seeds; seed++)
        {
            var random = new Random(seed);
            check(random, random.Next(60), Members([.. Enumerable.Range(0, 1 + random.Next(9)).Select(_ => 1 + random.Next(16))]));
        }
    }

    private static void RequireFits(long[] bytes, Member[] members, PeerId[] hosts)
    {
        Assert.All(hosts, host => Assert.Contains(members, member => member.Peer == host));
        foreach (var member in members.Where(member => member.MemoryBytes > 0))
        {
            Assert.InRange(hosts.Select((host, tile) => host == member.Peer ? bytes[tile] : 0).Sum(), 0, member.MemoryBytes);
        }
    }

    private static void Require((int Tiles, int[] Cores) sample)
    {
        var (tiles, cores) = sample;
        var hosts = Place(tiles, cores);
        var counts = Counts(hosts, cores.Length);
        Assert.Equal(tiles, hosts.Length);
        Assert.Equal(tiles, counts.Sum());
        for (var member = 0; member < cores.Length; member++)
        {
            Assert.InRange(counts[member] - ((double)tiles * cores[member] / cores.Sum()), -1, 1);
        }

        Assert.Equal(hosts.OrderBy(host => host.Value), hosts); // neighbours stay together
    }

    private static int[] Counts(PeerId[] hosts, int members) =>
        [.. Enumerable.Range(1, members).Select(peer => hosts.Count(host => host.Value == peer))];

    private static PeerId[] Place(int tiles, int[] cores) => Again(tiles, Members(cores), []);

    private static PeerId[] Again(int tiles, Member[] members, PeerId[] previous) => Placement.Place(new long[tiles], members, previous, out _)!;

    private static Member[] Members(int[] cores) => [.. cores.Select((count, i) => Member(i + 1, count))];

    private static Member Member(int peer, int cores) => new(new PeerId(peer), $"node-{peer}", cores, 0);
}
