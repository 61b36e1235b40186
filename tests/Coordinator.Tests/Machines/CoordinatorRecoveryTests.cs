using Tessera.Actors.Stores;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Tests.Machines;

/// <summary>New terms, and what a run begins again with.</summary>
public class CoordinatorRecoveryTests
{
    private static readonly TimeSpan RepeatAfter = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_newer_term_elsewhere_makes_a_coordinator_step_down_and_stand_by()
    {
        using var bench = new CoordinatorBench(Networks.Mlp()).Open();

        var refused = new Message { Kind = MessageKind.Refused, Refusal = Refusal.OlderTerm, Term = new Term(2), Peer = new PeerId(7), Detail = "replaced" };
        bench.Hand(refused);

        Assert.Equal("SteppedDown 0", bench.Last);
        Assert.Equal("replaced", bench.Reports[^1].Detail);
        Assert.Equal(MessageKind.Lead, bench.Pending[^1].Kind);
    }

    [Fact]
    public void Losing_the_lead_makes_a_coordinator_step_down()
    {
        using var bench = new CoordinatorBench(Networks.Mlp()).Open();

        bench.Hand(new Message { Kind = MessageKind.NotLeading, Term = new Term(1), Detail = "another leads" });

        Assert.Equal("SteppedDown 0", bench.Last);
        Assert.Equal(MessageKind.Lead, bench.Pending[^1].Kind);
    }

    [Fact]
    public void A_run_alone_in_its_process_that_gets_no_term_fails_with_the_reason()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, SqliteRunStore.FileName);
        var config = Networks.Mlp();
        SqliteRunStore.Create(path, new RunIdentity(ConfigurationHash.Compute(config), RunManifest.CpuEngine, NumericsVersion.Current)).Dispose();
        using var store = SqliteRunStore.OpenReadOnly(path);
        using var run = new TrainingRun(
            config, TinySamples.Pair(20, 10, Networks.Features, Networks.Classes), new RunOptions { Threads = 2 }, store, Networks.Perfect);

        var error = Assert.Throws<TrainingException>(() => run.Execute(new SilentObserver(), CancellationToken.None));

        Assert.Contains("was opened to be read only", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lost_process_begins_a_new_term_if_it_hosts_tiles()
    {
        using var bench = new CoordinatorBench(Networks.Mlp()).Open();

        Assert.Empty(bench.Hand(new Message { Kind = MessageKind.PeerLost, Peer = new PeerId(99) }));
        Assert.Equal(MessageKind.Lead, Assert.Single(bench.Hand(new Message { Kind = MessageKind.PeerLost, Peer = new PeerId(7) })).Kind);
    }

    [Theory]
    [InlineData(Refusal.NotHosted)]
    [InlineData(Refusal.TermNotOpened)]
    public void A_host_without_its_tiles_begins_a_new_term(Refusal refusal)
    {
        using var bench = new CoordinatorBench(Networks.Mlp()).Open();

        var refused = new Message { Kind = MessageKind.Refused, Refusal = refusal, Term = new Term(1), Peer = new PeerId(7) };

        Assert.Equal(MessageKind.Lead, Assert.Single(bench.Hand(refused)).Kind);
    }

    [Fact]
    public void Members_that_change_begin_a_new_term_only_when_a_host_is_gone()
    {
        using var bench = new CoordinatorBench(Networks.Mlp()).Open();

        Assert.Empty(bench.Hand(Members(7, 8)));
        Assert.Equal(MessageKind.Lead, Assert.Single(bench.Hand(Members(8))).Kind);
    }

    [Fact]
    public void A_new_term_goes_back_to_the_newest_checkpoint_with_every_tile_on_the_members_of_then()
    {
        using var bench = new CoordinatorBench(Checkpointed(2)).Open();
        bench.AnswerAll(request => request.Step.Value < 4);
        Assert.Equal(2ul, bench.Manifest!.Step);
        bench.Pending.Clear();
        bench.Members = [8, 9];
        bench.Hand(new Message { Kind = MessageKind.PeerLost, Peer = new PeerId(7) });
        bench.AnswerAll(request => request.Kind is MessageKind.Lead or MessageKind.ReadManifest or MessageKind.Assign or MessageKind.GetBlob);

        Assert.Equal([MessageKind.Restore, MessageKind.Restore], bench.Pending.Select(request => request.Kind));
        Assert.Equal([8, 9], bench.Pending.Select(request => request.Peer.Value));
        Assert.Equal(bench.Manifest.Blobs.Take(2).Select(blob => blob.Hash), bench.Pending.Select(request => request.Hash));
        bench.AnswerAll(request => request.Kind == MessageKind.Restore);
        Assert.Equal("Opened 2", bench.Last);
        Assert.All(bench.Pending, request => Assert.Equal((2ul, 3ul), (request.Term.Value, request.Step.Value)));
    }

    [Theory]
    [InlineData(Refusal.Damaged)]
    [InlineData(Refusal.Missing)]
    public void A_tile_that_cannot_be_read_sends_the_run_back_to_the_checkpoint_before_in_a_new_term(Refusal refusal)
    {
        using var bench = new CoordinatorBench(Checkpointed(2)).Open();
        bench.AnswerAll(request => request.Step.Value < 6);
        Assert.Equal((4ul, 2ul), (bench.Manifest!.Step, bench.Older!.Step));
        RefuseRestore(bench, refusal);

        Assert.Equal(MessageKind.Lead, Assert.Single(bench.Pending).Kind);
        bench.AnswerAll(request => request.Kind is MessageKind.Lead or MessageKind.ReadManifest or MessageKind.Assign or MessageKind.GetBlob);
        Assert.Equal(bench.Older.Blobs.Take(2).Select(blob => blob.Hash), bench.Pending.Select(request => request.Hash));
        Assert.Contains("a bit was flipped", Assert.Single(bench.Reports, report => report.Kind == MessageKind.CheckpointFailed).Detail, StringComparison.Ordinal);
        bench.AnswerAll(request => request.Kind == MessageKind.Restore);
        Assert.Equal("Opened 2", bench.Last);
        Assert.Equal(3ul, bench.Term);
    }

    [Fact]
    public void A_checkpoint_that_is_stored_after_going_back_is_the_newest_to_go_back_to()
    {
        using var bench = new CoordinatorBench(Checkpointed(2)).Open();
        bench.AnswerAll(request => request.Step.Value < 6);
        RefuseRestore(bench, Refusal.Damaged);
        bench.AnswerAll(request => request.Step.Value < 5);
        Assert.Equal((4ul, 3ul), (bench.Manifest!.Step, bench.Manifest.Term));
        bench.Pending.Clear();

        bench.Members = [9];
        bench.Hand(new Message { Kind = MessageKind.PeerLost, Peer = new PeerId(8) });
        bench.Answer(Assert.Single(bench.Pending));

        Assert.Null(Assert.Single(bench.Pending, request => request.Kind == MessageKind.ReadManifest).Body);
    }

    [Fact]
    public void Where_no_other_checkpoint_is_kept_a_damaged_one_ends_the_run_with_what_is_wrong()
    {
        using var bench = new CoordinatorBench(Checkpointed(2)).Open();
        bench.AnswerAll(request => request.Step.Value < 4);
        Assert.Null(bench.Older);
        RefuseRestore(bench, Refusal.Damaged);
        bench.AnswerAll(request => request.Kind is MessageKind.Lead or MessageKind.ReadManifest);

        Assert.Equal(MessageKind.Failed, bench.Reports[^1].Kind);
        Assert.Equal("a bit was flipped", bench.Reports[^1].Detail);
    }

    /// <summary>Loses the only host, and lets the first tile refuse what it is restored from at the next.</summary>
    private static void RefuseRestore(CoordinatorBench bench, Refusal refusal)
    {
        bench.Pending.Clear();
        bench.Members = [8];
        bench.Hand(new Message { Kind = MessageKind.PeerLost, Peer = new PeerId(7) });
        bench.AnswerAll(request => request.Kind is MessageKind.Lead or MessageKind.ReadManifest or MessageKind.Assign or MessageKind.GetBlob);
        var restore = bench.Pending.First(request => request.Kind == MessageKind.Restore);
        bench.Pending.Clear();
        bench.Hand(restore with { Kind = MessageKind.Refused, To = Recipient.Coordinator, Refusal = refusal, Detail = "a bit was flipped" });
    }

    [Fact]
    public void A_step_that_is_done_again_has_the_same_samples()
    {
        using var bench = new CoordinatorBench(Checkpointed(2)).Open();
        bench.AnswerAll(request => request.Step.Value < 3);
        var before = bench.To(MessageKind.Forward, 0)[0].Payload.Dense.ToArray();
        bench.Pending.Clear();
        bench.Hand(new Message { Kind = MessageKind.PeerLost, Peer = new PeerId(7) });
        bench.Hand(new Message { Kind = MessageKind.PeerFound, Peer = new PeerId(7) });
        bench.AnswerAll(request => request.Step.Value < 3);

        Assert.Equal(before, bench.To(MessageKind.Forward, 0)[0].Payload.Dense.ToArray());
    }

    [Fact]
    public void A_run_that_resumes_at_the_end_of_an_epoch_evaluates_again()
    {
        using var first = new CoordinatorBench(Networks.Mlp(), 15, settings => settings with { EndAfter = 2 }).Open();
        first.AnswerAll();
        Assert.Equal("Stopped 2", first.Last);

        using var second = new CoordinatorBench(Networks.Mlp(), 15, after: first).Open();
        second.AnswerAll();

        Assert.Equal(["Opened 2", "EpochTrained 2", "EpochDone 2", "StepDone 3"], second.Told.Take(4));
        Assert.Equal("Finished 4", second.Last);
    }

    [Fact]
    public void A_finished_run_evaluates_and_ends_without_another_checkpoint()
    {
        using var first = new CoordinatorBench(Networks.Mlp(), 15).Open();
        first.AnswerAll();
        using var second = new CoordinatorBench(Networks.Mlp(), 15, after: first).Open();
        second.AnswerAll();

        Assert.Equal(["Opened 4", "EpochTrained 4", "EpochDone 4", "Finished 4"], second.Told);
    }

    [Theory]
    [InlineData("configuration", "experiment.yaml")]
    [InlineData("numerics", "--accept-numerics-change")]
    [InlineData("engine", "engine that wrote it")]
    public void A_checkpoint_that_does_not_fit_ends_the_run_with_advice(string what, string advice)
    {
        using var bench = new CoordinatorBench(Networks.Mlp());
        bench.Manifest = new RunManifest
        {
            NumericsVersion = NumericsVersion.Current + (what == "numerics" ? 1 : 0),
            Engine = what == "engine" ? "other" : RunManifest.CpuEngine,
            ConfigurationHash = what == "configuration" ? BlobHash.Of([1]).Hex : bench.Settings.ConfigurationHash,
            Step = 3,
            Term = 1,
            Blobs = [],
        };
        bench.Open();

        Assert.Equal(MessageKind.Failed, bench.Reports[^1].Kind);
        Assert.Contains(advice, bench.Reports[^1].Detail, StringComparison.Ordinal);
        Assert.Equal(MessageKind.Leave, bench.Pending[^1].Kind);
    }

    [Fact]
    public void A_checkpoint_of_another_network_ends_the_run_with_advice()
    {
        using var bench = new CoordinatorBench(Networks.Mlp());
        bench.Manifest = new RunManifest
        {
            NumericsVersion = NumericsVersion.Current,
            ConfigurationHash = bench.Settings.ConfigurationHash,
            Step = 3,
            Term = 1,
            Blobs = [],
        };
        bench.Open();

        Assert.Equal(MessageKind.Failed, bench.Reports[^1].Kind);
        Assert.Contains("own experiment", bench.Reports[^1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_unanswered_is_repeated_and_at_last_a_new_term_begins()
    {
        using var bench = new CoordinatorBench(
            Networks.Mlp(), change: settings => settings with { RepeatAfter = RepeatAfter, RepeatsMax = 3 }).Open();
        bench.Advance(1);
        for (var repeat = 0; repeat < 3; repeat++)
        {
            Assert.Equal((MessageKind.Forward, 1), Assert.Single(bench.Advance(1)) is var again ? (again.Kind, again.ReplyTo.Stage.Index) : default);
        }

        Assert.Equal(MessageKind.Lead, Assert.Single(bench.Advance(1)).Kind);
    }

    [Fact]
    public void A_coordinator_that_waits_for_its_client_repeats_nothing()
    {
        using var bench = new CoordinatorBench(Networks.Mlp(), change: settings => settings with { RepeatAfter = RepeatAfter }).Open(credits: 1);
        bench.AnswerAll();

        Assert.Empty(bench.Advance(20));
    }

    private static ExperimentConfig Checkpointed(int every) => Networks.Mlp(digitalBias: false) with
    {
        Checkpoint = new CheckpointConfig { EverySteps = every, EverySeconds = 0 },
    };

    private static Message Members(params int[] peers) => new()
    {
        Kind = MessageKind.Leading,
        Term = new Term(1),
        Body = new MemberList([.. peers.Select(peer => new Member(new PeerId(peer), $"node-{peer}", 1, 0))]),
    };
}
