using Tessera.Coordination.Experiments;
using Tessera.Coordination.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Tests.Machines;

/// <summary>A lease that lapses and holds again. The network has two tiles and ten steps.</summary>
public class CoordinatorSuspensionTests
{
    private static readonly TimeSpan RepeatAfter = TimeSpan.FromSeconds(1);

    [Fact]
    public void While_the_lease_is_lapsed_no_step_begins_and_then_training_goes_on_in_the_same_term()
    {
        using var bench = Cluster().Open(credits: 0);
        bench.TellLease(MessageKind.LeaseLapsed);
        Assert.Equal("Waiting 0", bench.Last);
        bench.Tell(MessageKind.Continue, 1000);
        Assert.Empty(bench.Pending);
        Assert.True(bench.Status.IsSuspended);

        Assert.Contains(bench.TellLease(MessageKind.LeaseHolds), request => request.Kind == MessageKind.Forward);
        bench.AnswerAll();

        Assert.Equal("Finished 10", bench.Last);
        Assert.Equal((1ul, 1), (bench.Term, bench.Told.Count(told => told.StartsWith("Opened", StringComparison.Ordinal))));
        Assert.Equal((1L, 0L, false), (bench.Status.Resumptions, bench.Status.StepsRedone, bench.Status.IsSuspended));
    }

    [Fact]
    public void Answers_that_come_while_it_is_lapsed_are_taken_and_what_follows_from_them_is_sent_when_it_holds()
    {
        using var bench = Cluster().Open();
        var forward = Assert.Single(bench.Pending);
        bench.TellLease(MessageKind.LeaseLapsed);
        Assert.Empty(bench.Answer(forward));

        var sent = bench.TellLease(MessageKind.LeaseHolds);

        Assert.Equal((MessageKind.Forward, bench.StageOf(1)), (Assert.Single(sent).Kind, sent[0].ReplyTo.Stage)); // the first tile has answered
        bench.AnswerAll();
        Assert.Equal("Finished 10", bench.Last);
    }

    [Fact]
    public void A_coordinator_whose_lease_is_lapsed_hands_over_at_once_without_a_checkpoint()
    {
        using var bench = Cluster().Open();
        bench.TellLease(MessageKind.LeaseLapsed);
        bench.Tell(MessageKind.HandOver);

        Assert.Equal("SteppedDown 0", bench.Last);
        Assert.StartsWith("The run was handed over without a checkpoint", bench.Reports[^1].Detail, StringComparison.Ordinal);
        Assert.Contains(bench.Pending, request => request.Kind == MessageKind.Leave);
    }

    [Fact]
    public void A_hand_over_that_waits_for_its_checkpoint_ends_when_the_lease_lapses()
    {
        using var bench = Cluster().Open();
        bench.AnswerAll(request => request.Step.Value <= 2 && request.Kind is not (MessageKind.PutBlob or MessageKind.CommitManifest));
        bench.Tell(MessageKind.HandOver);
        bench.AnswerAll(request => request.Kind is not (MessageKind.PutBlob or MessageKind.CommitManifest));
        Assert.DoesNotContain(bench.Reports, report => report.Kind == MessageKind.SteppedDown);

        bench.TellLease(MessageKind.LeaseLapsed);

        Assert.Equal(MessageKind.SteppedDown, bench.Reports[^1].Kind);
    }

    [Fact]
    public void What_is_unanswered_is_repeated_at_once_when_it_holds()
    {
        using var bench = Cluster().Open();
        var forward = Assert.Single(bench.Pending);
        bench.TellLease(MessageKind.LeaseLapsed);

        Assert.Equal((forward.Kind, forward.Tile, forward.Step), Essence(Assert.Single(bench.TellLease(MessageKind.LeaseHolds))));
    }

    [Fact]
    public void While_it_is_lapsed_the_watch_neither_repeats_nor_counts()
    {
        using var bench = Cluster().Open();
        bench.TellLease(MessageKind.LeaseLapsed);

        Assert.Empty(bench.Advance(100));

        bench.TellLease(MessageKind.LeaseHolds);
        Assert.DoesNotContain(bench.Advance(2.5), request => request.Kind == MessageKind.Lead);
    }

    [Fact]
    public void A_manifest_waits_for_the_lease()
    {
        using var bench = Cluster(Networks.Mlp() with { Checkpoint = new CheckpointConfig { EverySteps = 1, EverySeconds = 0 } }).Open(credits: 1);
        bench.AnswerAll(request => request.Kind != MessageKind.PutBlob);
        bench.TellLease(MessageKind.LeaseLapsed);
        bench.AnswerAll(request => request.Kind == MessageKind.PutBlob);
        Assert.Empty(bench.Pending);

        Assert.Equal(MessageKind.CommitManifest, Assert.Single(bench.TellLease(MessageKind.LeaseHolds)).Kind);

        bench.AnswerAll();
        Assert.Equal("CheckpointDone 1", bench.Last);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_host_that_is_lost_meanwhile_leads_to_a_new_term_when_it_holds(bool byTheEdge)
    {
        using var bench = Cluster(members: [7, 8]).Open();
        bench.TellLease(MessageKind.LeaseLapsed);
        bench.Members = byTheEdge ? bench.Members : [7];
        Assert.Empty(byTheEdge ? bench.TellPeer(MessageKind.PeerLost, 8) : bench.TellMembers());

        Assert.Equal(MessageKind.Lead, Assert.Single(bench.TellLease(MessageKind.LeaseHolds)).Kind);
    }

    [Fact]
    public void A_lease_that_another_process_has_had_meanwhile_ends_the_term()
    {
        using var bench = Cluster().Open();
        bench.TellLease(MessageKind.LeaseLapsed);

        bench.Hand(new Message { Kind = MessageKind.NotLeading, Term = new Term(1), Detail = "another leads" });

        Assert.Equal("SteppedDown 0", bench.Last);
        Assert.Equal((MessageKind.Lead, false), (bench.Pending[^1].Kind, bench.Status.IsSuspended));
        bench.Pending.RemoveAll(request => request.Kind != MessageKind.Lead);
        bench.AnswerAll();
        Assert.Equal("Finished 10", bench.Last);
    }

    [Theory]
    [InlineData(MessageKind.ReadManifest)]
    [InlineData(MessageKind.Assign)]
    [InlineData(MessageKind.Apply)]
    public void An_opening_waits_for_the_lease_and_goes_on(MessageKind at)
    {
        using var bench = Cluster();
        bench.Tell(MessageKind.Start, 1000);
        bench.AnswerAll(request => request.Kind is MessageKind.Lead or MessageKind.ReadManifest or MessageKind.Assign && request.Kind != at);
        bench.TellLease(MessageKind.LeaseLapsed);
        bench.AnswerAll();
        Assert.Equal("Waiting 0", bench.Last);

        bench.TellLease(MessageKind.LeaseHolds);
        bench.AnswerAll();

        Assert.Equal("Finished 10", bench.Last);
        Assert.Equal(1ul, bench.Term);
    }

    [Fact]
    public void What_is_said_of_another_term_is_not_heard()
    {
        using var bench = Cluster().Open();

        bench.Hand(new Message { Kind = MessageKind.LeaseLapsed, Term = new Term(9) });

        Assert.False(bench.Status.IsSuspended);
        bench.AnswerAll();
        Assert.Equal("Finished 10", bench.Last);
    }

    private static (MessageKind Kind, TileId Tile, StepId Step) Essence(in Message request) => (request.Kind, request.Tile, request.Step);

    private static CoordinatorBench Cluster(ExperimentConfig? config = null, List<int>? members = null) =>
        new(config ?? Networks.Mlp(), change: settings => settings with { RepeatAfter = RepeatAfter }) { Members = members ?? [7] };
}
