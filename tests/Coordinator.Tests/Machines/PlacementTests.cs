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
        var after = Placement.Place(12, [Member(1, 1), Member(3, 1), Member(7, 1)], before);

        for (var tile = 0; tile < before.Length; tile++)
        {
            Assert.Equal(before[tile].Value == 2 ? 7 : before[tile].Value, after[tile].Value);
        }
    }

    [Fact]
    public void The_same_members_change_nothing()
    {
        var before = Place(17, [3, 1, 2]);
        Assert.Equal(before, Placement.Place(17, Members([3, 1, 2]), before));
    }

    [Fact]
    public void A_process_that_joins_gets_its_share_and_no_more_tiles_move_than_that()
    {
        var before = Place(12, [1, 1]);
        var after = Placement.Place(12, Members([1, 1, 1]), before);

        Assert.Equal([4, 4, 4], Counts(after, 3));
        Assert.Equal(4, after.Zip(before).Count(pair => pair.First != pair.Second));
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

    private static PeerId[] Place(int tiles, int[] cores) => Placement.Place(tiles, Members(cores), []);

    private static Member[] Members(int[] cores) => [.. cores.Select((count, i) => Member(i + 1, count))];

    private static Member Member(int peer, int cores) => new(new PeerId(peer), $"node-{peer}", cores, 0);
}
