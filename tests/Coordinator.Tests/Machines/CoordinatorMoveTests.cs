using Tessera.Coordination.Machines;
using Tessera.Coordination.Tests.Support;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Tests.Machines;

/// <summary>Planned moves and hand-overs. The network has two tiles, five steps an epoch, ten steps.</summary>
public class CoordinatorMoveTests
{
    private static readonly TimeSpan MoveAfter = TimeSpan.FromSeconds(5);

    [Fact]
    public void A_member_that_joins_gets_its_tiles_after_a_checkpoint_and_nothing_is_done_again()
    {
        using var bench = Cluster([7]).Open();
        Join(bench, 8);

        bench.AnswerAll(request => request.Kind != MessageKind.CommitManifest);
        Assert.Equal("StepDone 2", bench.Last); // held: the first step was under way already
        bench.AnswerAll();

        Assert.Equal("Finished 10", bench.Last);
        Assert.Equal(["CheckpointDone 2", "Opened 2", "StepDone 3"], bench.Told.SkipWhile(told => told != "CheckpointDone 2").Take(3));
        Assert.Equal(10, bench.Told.Count(told => told.StartsWith("StepDone", StringComparison.Ordinal)));
        Assert.Equal((1L, 0L, 2L), (bench.Status.Moves, bench.Status.StepsRedone, bench.Status.Openings));
    }

    [Fact]
    public void A_move_waits_until_all_commits_are_confirmed()
    {
        using var bench = Cluster([7]).Open();
        Join(bench, 8);
        bench.AnswerAll(request => !(request.Kind == MessageKind.Commit && request.Step.Value == 2 && request.ReplyTo.Stage == bench.StageOf(1)));
        var commit = Assert.Single(bench.To(MessageKind.Commit, 1));
        bench.Pending.Remove(commit);
        bench.Pending.Add(commit with { Kind = MessageKind.Snapshot, To = Recipient.Tile, Tile = new TileId(1) }); // the copy is stored, the word that the step was committed is on its way
        bench.AnswerAll();
        Assert.Equal("CheckpointDone 2", bench.Last);

        var sent = bench.Hand(commit with { Kind = MessageKind.Committed, To = Recipient.Coordinator, Payload = default });

        Assert.Equal(MessageKind.Lead, Assert.Single(sent).Kind);
    }

    [Fact]
    public void A_member_that_drains_loses_its_tiles_and_is_told_so()
    {
        using var bench = Cluster([7, 8]).Open();
        bench.Draining.Add(8);
        Join(bench);
        bench.AnswerAll(request => request.Kind != MessageKind.Assign);

        var empty = Assert.Single(bench.Pending, request => request.Kind == MessageKind.Assign && request.Peer == new PeerId(8));
        Assert.Empty(((TileAssignment)empty.Body!).Tiles);
        bench.AnswerAll();

        Assert.Equal("Finished 10", bench.Last);
        Assert.Equal((1L, 0L), (bench.Status.Moves, bench.Status.StepsRedone));
    }

    [Fact]
    public void Nothing_moves_sooner_after_an_opening_than_it_may()
    {
        using var bench = Cluster([7]).Open();
        bench.Members.Add(8);
        bench.TellMembers();
        bench.AnswerAll(request => request.Step.Value <= 3);
        Assert.Null(bench.Status.CheckpointStep);

        bench.Stall(5);
        bench.AnswerAll();

        Assert.Contains("CheckpointDone 5", bench.Told);
        Assert.Equal((1L, "Finished 10"), (bench.Status.Moves, bench.Last));
    }

    [Fact]
    public void Nothing_moves_where_that_is_not_wanted_or_where_the_placement_stays()
    {
        using var never = Cluster([7], null).Open();
        Join(never, 8);
        never.AnswerAll();
        Assert.Equal((0L, 1L), (never.Status.Moves, never.Status.Openings));

        using var same = Cluster([7, 8]).Open();
        Join(same, 9);
        same.AnswerAll();
        Assert.Equal((0L, 1L), (same.Status.Moves, same.Status.Openings));
    }

    [Fact]
    public void At_the_end_of_the_run_nothing_moves()
    {
        using var bench = Cluster([7]).Open();
        bench.AnswerAll(request => request.Step.Value <= 8);
        Join(bench, 8);
        bench.AnswerAll();

        Assert.Equal((0L, "Finished 10"), (bench.Status.Moves, bench.Last));
    }

    [Fact]
    public void A_move_at_the_end_of_an_epoch_comes_before_its_evaluation()
    {
        using var bench = Cluster([7]).Open();
        bench.AnswerAll(request => request.Step.Value <= 3);
        Join(bench, 8);
        bench.AnswerAll();

        Assert.Equal(
            ["StepDone 5", "CheckpointDone 5", "Opened 5", "EpochTrained 5", "EpochDone 5", "StepDone 6"],
            bench.Told.SkipWhile(told => told != "StepDone 5").Take(6));
        Assert.Single(bench.Told, "EpochDone 5");
    }

    [Fact]
    public void A_move_whose_checkpoint_fails_is_put_off_and_training_goes_on()
    {
        using var bench = Cluster([7]).Open();
        Join(bench, 8);
        bench.AnswerAll(request => request.Kind != MessageKind.PutBlob);
        Assert.Equal("StepDone 2", bench.Last);
        FailPut(bench, Refusal.Full);
        bench.Pending.RemoveAll(request => request.Kind == MessageKind.PutBlob);
        bench.AnswerAll(request => request.Step.Value <= 6);
        Assert.Equal(0L, bench.Status.Moves);

        bench.Stall(5);
        bench.AnswerAll();

        Assert.Equal((1L, 0L, "Finished 10"), (bench.Status.Moves, bench.Status.StepsRedone, bench.Last));
    }

    [Fact]
    public void A_move_that_is_no_longer_wanted_is_left_out()
    {
        using var bench = Cluster([7]).Open();
        Join(bench, 8);
        bench.AnswerAll(request => request.Kind != MessageKind.CommitManifest);
        bench.TellPeer(MessageKind.PeerLost, 8);
        bench.AnswerAll();

        Assert.Equal((0L, 1L, "Finished 10"), (bench.Status.Moves, bench.Status.Openings, bench.Last));
    }

    [Fact]
    public void A_hand_over_takes_a_checkpoint_and_leaves_so_that_another_one_goes_on_with_nothing_done_again()
    {
        using var first = Cluster([7]).Open();
        first.AnswerAll(request => request.Step.Value <= 3);
        first.Tell(MessageKind.HandOver);
        first.AnswerAll(request => request.Kind != MessageKind.Leave);
        Assert.Equal(["StepDone 4", "CheckpointDone 4", "SteppedDown 4"], first.Told.TakeLast(3));
        Assert.Equal((MessageKind.Leave, CoordinatorPhase.Idle), (Assert.Single(first.Pending).Kind, first.Status.Phase));

        using var second = new CoordinatorBench(Networks.Mlp(), after: first).Open();
        second.AnswerAll();

        Assert.Equal("Opened 4", second.Told.First());
        Assert.Equal("Finished 10", second.Last);
    }

    [Fact]
    public void A_hand_over_before_training_began_leaves_at_once()
    {
        using var bench = Cluster([]).Open();

        Assert.Equal(MessageKind.Leave, Assert.Single(bench.Hand(new Message { Kind = MessageKind.HandOver, Tile = TileId.None })).Kind);
        Assert.Equal("SteppedDown 0", bench.Last);
    }

    [Fact]
    public void A_hand_over_before_the_first_step_needs_no_checkpoint()
    {
        using var bench = Cluster([7]).Open(credits: 0);

        Assert.Equal(MessageKind.Leave, Assert.Single(bench.Hand(new Message { Kind = MessageKind.HandOver, Tile = TileId.None })).Kind);
        Assert.Equal("SteppedDown 0", bench.Last);
    }

    [Fact]
    public void Stop_stays_a_stop()
    {
        using var bench = Cluster([7]).Open();
        bench.Tell(MessageKind.HandOver);
        bench.Tell(MessageKind.Stop);
        bench.AnswerAll();

        Assert.Equal("Stopped 1", bench.Last);
    }

    [Theory]
    [InlineData(Refusal.Full)]
    [InlineData(Refusal.Unavailable)]
    public void In_a_cluster_the_last_checkpoint_is_tried_again_until_it_is_stored(Refusal refusal)
    {
        using var bench = Cluster([7], MoveAfter, settings => settings with { EndAfter = 1 }).Open();
        bench.AnswerAll(request => request.Kind != MessageKind.PutBlob);
        for (var attempt = 0; attempt < 10; attempt++)
        {
            FailPut(bench, refusal);
            Assert.Equal("CheckpointFailed 1", bench.Last);
            bench.Pending.Clear();
            Assert.DoesNotContain(bench.Advance(0.5), request => request.Kind == MessageKind.PutBlob); // it pauses

            bench.Pending.AddRange(bench.Advance(0.5));
            bench.AnswerAll(request => request.Kind != MessageKind.PutBlob);
        }

        bench.AnswerAll();

        Assert.Equal("Stopped 1", bench.Last);
    }

    [Fact]
    public void A_store_that_knows_a_newer_term_makes_a_coordinator_step_down_at_its_first_blob()
    {
        using var bench = Cluster([7], MoveAfter, settings => settings with { EndAfter = 1 }).Open();
        bench.AnswerAll(request => request.Kind != MessageKind.PutBlob);

        FailPut(bench, Refusal.OlderTerm);

        Assert.Equal("SteppedDown 1", bench.Last);
    }

    private static void FailPut(CoordinatorBench bench, Refusal refusal)
    {
        var put = bench.Pending.First(request => request.Kind == MessageKind.PutBlob);
        bench.Hand(put with { Kind = MessageKind.StoreFailed, Refusal = refusal, Detail = "the store" });
    }

    /// <summary>Members join, or change, when a move may come.</summary>
    private static void Join(CoordinatorBench bench, params int[] peers)
    {
        bench.Stall(5);
        bench.Members.AddRange(peers);
        bench.TellMembers();
    }

    private static CoordinatorBench Cluster(List<int> members) => Cluster(members, MoveAfter);

    private static CoordinatorBench Cluster(List<int> members, TimeSpan? moveAfter, Func<CoordinatorSettings, CoordinatorSettings>? change = null)
    {
        CoordinatorSettings Change(CoordinatorSettings settings) =>
            (change?.Invoke(settings) ?? settings) with { RepeatAfter = TimeSpan.FromSeconds(1), MoveAfter = moveAfter };
        return new CoordinatorBench(Networks.Mlp(), change: Change) { Members = members };
    }
}
