using Tessera.Coordination.Experiments;
using Tessera.Coordination.Machines;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Tests.Support;
using Tessera.Kernels.Configuration;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Tests.Machines;

/// <summary>Who is given tiles, and what is waited for. The network has two tiles.</summary>
public class CoordinatorMemberTests
{
    [Fact]
    public void Tiles_are_placed_on_members_that_can_be_reached_and_do_not_drain()
    {
        using var bench = Cluster([5, 6, 7]);
        bench.Draining.Add(5);
        bench.Open();
        Assert.Equal([6, 7], Hosts(bench));

        bench.TellPeer(MessageKind.PeerLost, 6);
        bench.AnswerAll(IsOpening);

        Assert.Equal([7, 7], Hosts(bench));
    }

    [Fact]
    public void Losing_a_member_that_hosts_nothing_changes_nothing()
    {
        using var bench = Cluster([5, 6, 7]);
        bench.Open();
        Assert.Equal([6, 7], Hosts(bench));

        Assert.Empty(bench.TellPeer(MessageKind.PeerLost, 5));

        Assert.False(Assert.Single(bench.Status.Members, member => member.Member.Peer == new PeerId(5)).IsReachable);
        bench.AnswerAll();
        Assert.Equal("Finished 10", bench.Last);
    }

    [Fact]
    public void A_draining_member_is_told_that_it_has_no_tiles_until_it_confirms_and_nobody_waits_for_it()
    {
        using var bench = Cluster([5, 7]);
        bench.Draining.Add(5);
        bench.Tell(MessageKind.Start, 1000);
        bench.AnswerAll(request => IsOpening(request) && !(request.Kind == MessageKind.Assign && request.Peer == new PeerId(5)));
        Assert.Equal("Opened 0", bench.Last);

        var again = Assert.Single(bench.Advance(1), request => request.Kind == MessageKind.Assign);
        Assert.Equal(new PeerId(5), again.Peer);
        Assert.Empty(((TileAssignment)again.Body!).Tiles);

        bench.Answer(again);
        Assert.DoesNotContain(bench.Advance(1), request => request.Kind == MessageKind.Assign);
    }

    [Fact]
    public void A_draining_member_that_is_lost_is_not_told_anything()
    {
        using var bench = Cluster([5, 7]);
        bench.Draining.Add(5);
        bench.Tell(MessageKind.Start, 1000);
        bench.AnswerAll(request => IsOpening(request) && request.Peer != new PeerId(5));
        bench.TellPeer(MessageKind.PeerLost, 5);

        Assert.DoesNotContain(bench.Advance(1), request => request.Kind == MessageKind.Assign);
    }

    [Fact]
    public void Without_a_member_the_client_is_told_once_and_the_run_begins_when_one_comes()
    {
        using var bench = Cluster([]).Open();
        bench.Advance(3);
        Assert.Equal("Waiting 0", Assert.Single(bench.Told));
        Assert.Equal((CoordinatorPhase.Placing, bench.Reports[0].Detail), (bench.Status.Phase, bench.Status.WaitsFor));
        bench.TellMembers();
        Assert.Single(bench.Reports);

        bench.Members = [7];
        bench.TellMembers();
        bench.AnswerAll();

        Assert.Equal("Finished 10", bench.Last);
        Assert.Null(bench.Status.WaitsFor);
    }

    [Fact]
    public void A_member_that_is_found_again_can_be_used()
    {
        using var bench = Cluster([7]).Open();
        bench.TellPeer(MessageKind.PeerLost, 7);
        bench.AnswerAll(IsOpening);
        Assert.Equal("Waiting 0", bench.Last);

        bench.TellPeer(MessageKind.PeerFound, 7);
        bench.AnswerAll();

        Assert.Equal("Finished 10", bench.Last);
    }

    [Fact]
    public void The_first_placement_waits_for_as_many_members_as_it_is_told()
    {
        using var bench = Cluster([7], settings => settings with { MembersMin = 2 }).Open();
        Assert.Empty(bench.Pending);

        bench.Members = [7, 8];
        bench.TellMembers();
        bench.AnswerAll(IsOpening);
        Assert.Equal([7, 8], Hosts(bench));

        bench.Members = [7];
        bench.TellMembers(); // later openings do not wait
        bench.AnswerAll(IsOpening);
        Assert.Equal([7, 7], Hosts(bench));
    }

    [Fact]
    public void Members_that_are_late_are_told_after_a_while_and_then_once()
    {
        using var bench = Cluster([7], settings => settings with { MembersMin = 2 }).Open();
        Assert.Empty(bench.Reports);

        bench.Advance(2.9);
        Assert.Empty(bench.Reports);
        bench.Advance(0.1);
        Assert.StartsWith("1 of 2 nodes are there", Assert.Single(bench.Reports).Detail, StringComparison.Ordinal);

        bench.Advance(11.9);
        Assert.Single(bench.Reports);
        Assert.Equal(MessageKind.Assign, Assert.Single(bench.Advance(0.1)).Kind);
    }

    [Fact]
    public void Members_that_come_in_time_are_no_news()
    {
        using var bench = Cluster([7], settings => settings with { MembersMin = 2 }).Open();
        bench.Advance(2);
        bench.Members = [7, 8];
        bench.TellMembers();
        bench.AnswerAll(IsOpening);

        Assert.DoesNotContain(bench.Reports, report => report.Kind == MessageKind.Waiting);
    }

    [Theory]
    [InlineData("1", "0", new[] { 8, 7 })]
    [InlineData("0", "1", new[] { 7, 8 })]
    [InlineData("0-1", "1", new[] { 7, 8 })] // the second is of before a move
    [InlineData("", "", new[] { 7, 8 })]
    [InlineData("nonsense,5", "0", new[] { 8, 7 })]
    public void Whoever_takes_over_leaves_tiles_where_members_report_them(string first, string second, int[] hosts)
    {
        using var bench = Cluster([7, 8]);
        (bench.Tiles[7], bench.Tiles[8]) = (first, second);
        bench.Open();

        Assert.Equal(hosts.Select(host => $"node-{host}"), ByTile(bench));
    }

    [Fact]
    public void A_coordinator_that_led_before_believes_the_reports_of_members_and_not_its_memory()
    {
        using var bench = Cluster([7, 8]).Open();
        Assert.Equal(["node-7", "node-8"], ByTile(bench));
        bench.Hand(new Message { Kind = MessageKind.NotLeading, Term = new Term(bench.Term), Detail = "another leads" });
        (bench.Tiles[7], bench.Tiles[8]) = ("1", "0");
        bench.Pending.RemoveAll(request => !IsOpening(request));
        bench.AnswerAll(IsOpening);

        Assert.Equal(["node-8", "node-7"], ByTile(bench));
    }

    [Fact]
    public void Whoever_takes_over_does_not_wait_for_members_without_whom_the_run_went_on()
    {
        using var bench = Cluster([7], settings => settings with { MembersMin = 2 });
        bench.Tiles[7] = "0-1";
        bench.Open();

        Assert.Equal([7, 7], Hosts(bench));
    }

    [Fact]
    public void The_first_placement_does_not_wait_longer_than_it_is_told()
    {
        using var bench = Cluster([7], settings => settings with { MembersMin = 2, MembersWait = TimeSpan.FromSeconds(5) }).Open();
        Assert.Empty(bench.Advance(4.9));

        Assert.Equal(MessageKind.Assign, Assert.Single(bench.Advance(0.1)).Kind);
    }

    [Fact]
    public void A_coordinator_that_is_started_again_waits_again_but_not_for_ever()
    {
        using var bench = Cluster([7], settings => settings with { MembersMin = 2, MembersWait = TimeSpan.FromSeconds(5) }).Open();
        bench.Tell(MessageKind.HandOver);
        bench.Pending.Clear();
        bench.Advance(10);

        bench.Open();

        Assert.Empty(bench.Advance(4.9));
        Assert.Equal(MessageKind.Assign, Assert.Single(bench.Advance(0.1)).Kind);
    }

    [Fact]
    public void Where_the_tiles_do_not_fit_the_client_is_told_how_much_is_missing_until_there_is_room()
    {
        using var bench = Cluster([7]);
        bench.MemoryBytes = 10;
        bench.Open();
        Assert.Contains("bytes is missing", bench.Reports[^1].Detail, StringComparison.Ordinal);
        Assert.Empty(bench.Pending);

        bench.MemoryBytes = 1 << 20;
        bench.TellMembers();
        bench.AnswerAll();

        Assert.Equal("Finished 10", bench.Last);
    }

    [Fact]
    public void Members_need_room_for_the_working_copies_of_tiles_that_they_compute_at_once()
    {
        var config = Networks.Mlp(6);
        var half = config with { RpuConfig = config.RpuConfig with { Runtime = new RuntimeParameter { DataType = RPUDataType.Half } } };
        var memory = MemoryPlan.OfTiles(PlanBuilder.Build(half), 10, 16);
        Assert.Equal(0, MemoryPlan.OfTiles(PlanBuilder.Build(config), 10, 16).WorkingBytes);
        Assert.Equal(sizeof(float) * 6 * 16, memory.WorkingBytes);

        Member Of(int cores, long bytes) => memory.WithRoom(new Member(new PeerId(1), "a", cores, bytes));
        Assert.Equal(100_000 - (3 * memory.WorkingBytes), Of(3, 100_000).MemoryBytes);
        Assert.Equal(100_000 - (memory.TileBytes.Count * memory.WorkingBytes), Of(1_000, 100_000).MemoryBytes);
        Assert.Equal(0, Of(3, 0).MemoryBytes); // unknown
        Assert.Equal(1, Of(3, memory.WorkingBytes).MemoryBytes);

        // Members of the bench have one core.
        using var bench = Cluster([7], config: half);
        bench.MemoryBytes = MemoryPlan.OfTiles(PlanBuilder.Build(half), bench.Settings.BatchMax, bench.Settings.EvaluationMax).TileBytes.Sum() + memory.WorkingBytes - 1;
        bench.Open();
        Assert.Contains("1 bytes is missing", bench.Reports[^1].Detail, StringComparison.Ordinal);
        bench.MemoryBytes++;
        bench.TellMembers();
        bench.AnswerAll();
        Assert.Equal("Finished 10", bench.Last);
    }

    [Fact]
    public void The_status_says_where_the_run_is()
    {
        using var bench = Cluster([7, 8]);
        Assert.Same(CoordinatorStatus.None, bench.Status);
        bench.Open();
        Assert.Equal((CoordinatorPhase.Training, new Term(1), 10L, 1L), (bench.Status.Phase, bench.Status.Term, bench.Status.StepsTotal, bench.Status.Openings));
        Assert.Equal([("node-7", 1), ("node-8", 1)], bench.Status.Members.Select(member => (member.Member.Name, member.Tiles)));
        var before = bench.Status;

        bench.AnswerAll(request => request.Step.Value <= 2);
        Assert.Same(before, bench.Status); // no time has passed
        bench.Stall(0.1);
        bench.Answer(MessageKind.Forward, 0);
        Assert.Equal((2ul, 1), (bench.Status.Step.Value, bench.Status.Epoch));

        bench.AnswerAll();
        Assert.Equal((CoordinatorPhase.Idle, 10ul, 10ul, 2), (bench.Status.Phase, bench.Status.Step.Value, bench.Status.CheckpointStep!.Value.Value, bench.Status.Epoch));
    }

    [Fact]
    public void The_status_tells_how_long_tiles_took_to_answer()
    {
        using var bench = Cluster([7, 8]).Open();
        Assert.Equal(default, bench.Status.TileLatency);

        bench.Stall(0.2);
        bench.AnswerAll(request => request.Step.Value <= 1);
        bench.Stall(0.1);
        bench.AnswerAll();

        var seen = bench.Status.TileLatency;
        Assert.Equal((2 * 3 * 10) + (2 * 2 * 3), seen.Count); // each of two stages: three requests a step, and three chunks of each of two evaluations
        Assert.Equal(TimeSpan.Zero, seen.Median);
        Assert.InRange(seen.P99.TotalSeconds, 0.19, 0.21);
    }

    [Fact]
    public void The_status_counts_what_went_wrong()
    {
        using var bench = Cluster([7, 8]).Open();
        bench.AnswerAll(request => request.Step.Value <= 3);
        bench.Hand(new Message { Kind = MessageKind.Refused, Refusal = Refusal.OlderTerm, Term = new Term(1), Peer = new PeerId(7) });
        bench.Advance(2);
        bench.Pending.Clear();
        bench.TellPeer(MessageKind.PeerLost, 8);
        bench.AnswerAll();

        Assert.Equal((1L, 3L, 2L), (bench.Status.OlderTermRefusals, bench.Status.StepsRedone, bench.Status.Openings));
        Assert.True(bench.Status.Repeats > 0);
    }

    private static int[] Hosts(CoordinatorBench bench) =>
        [.. bench.Status.Members.SelectMany(member => Enumerable.Repeat(member.Member.Peer.Value, member.Tiles))];

    private static IEnumerable<string> ByTile(CoordinatorBench bench) =>
        bench.Status.Placement.OrderBy(tile => tile.Key, StringComparer.Ordinal).Select(tile => tile.Value);

    private static bool IsOpening(Message request) => request.Kind is MessageKind.Lead or MessageKind.ReadManifest or MessageKind.Assign or MessageKind.Apply
        or MessageKind.Restore or MessageKind.GetBlob;

    private static CoordinatorBench Cluster(List<int> members, Func<CoordinatorSettings, CoordinatorSettings>? change = null, ExperimentConfig? config = null) => new(
        config ?? Networks.Mlp(), change: settings => (change?.Invoke(settings) ?? settings) with { RepeatAfter = TimeSpan.FromSeconds(1), MoveAfter = null })
    {
        Members = members,
    };
}
