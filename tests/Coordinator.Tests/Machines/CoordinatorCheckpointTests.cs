using Tessera.Coordination.Experiments;
using Tessera.Coordination.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Tests.Machines;

/// <summary>Checkpoints on the way. The network has two tiles, two digital biases and the losses: five blobs.</summary>
public class CoordinatorCheckpointTests
{
    private static readonly ExperimentConfig Config = Networks.Mlp() with { Checkpoint = new CheckpointConfig { EverySteps = 1, EverySeconds = 0 } };

    [Fact]
    public void A_manifest_is_sent_only_after_every_tile_and_every_own_blob_is_stored()
    {
        using var reference = new CoordinatorBench(Config).Open(credits: 1);
        reference.AnswerAll(request => !IsOfStore(request));
        var parts = reference.Pending.Count;
        Assert.Equal(5, parts); // two snapshots and three blobs
        for (var last = 0; last < parts; last++)
        {
            using var bench = new CoordinatorBench(Config).Open(credits: 1);
            bench.AnswerAll(request => !IsOfStore(request));
            var held = bench.Pending[last];
            bench.AnswerAll(request => !request.Equals(held));
            Assert.DoesNotContain(bench.Pending, request => request.Kind == MessageKind.CommitManifest);
            Assert.DoesNotContain("CheckpointDone 1", bench.Told);

            bench.Answer(held);

            Assert.Equal(MessageKind.CommitManifest, Assert.Single(bench.Pending).Kind);
            Assert.DoesNotContain("CheckpointDone 1", bench.Told);
            var after = bench.Answer(bench.Pending[0]);
            Assert.Equal("CheckpointDone 1", bench.Last);
            Assert.Equal([MessageKind.CheckpointComplete, MessageKind.CheckpointComplete], after.Select(request => request.Kind));
            Assert.Equal((1ul, 5), (bench.Manifest!.Step, bench.Manifest.Blobs.Count));
        }
    }

    [Fact]
    public void Training_goes_on_while_a_checkpoint_is_stored_and_no_second_one_begins()
    {
        using var bench = new CoordinatorBench(Config).Open(credits: 4);
        bench.AnswerAll(request => !IsOfStore(request));

        Assert.Equal("StepDone 4", bench.Last);
        Assert.Equal(2, bench.Pending.Count(request => request.Kind == MessageKind.Snapshot));
        Assert.All(bench.Pending, request => Assert.Equal(1ul, request.Step.Value));
    }

    [Fact]
    public void A_snapshot_that_failed_is_reported_and_training_goes_on_to_the_next_checkpoint()
    {
        using var bench = new CoordinatorBench(Config).Open(credits: 1);
        bench.AnswerAll(request => !IsOfStore(request));
        var snapshot = bench.To(MessageKind.Snapshot, 1)[0];
        bench.Pending.Remove(snapshot);

        bench.Hand(snapshot with { Kind = MessageKind.SnapshotFailed, Detail = "the disk is full" });

        Assert.Equal(MessageKind.CheckpointFailed, bench.Reports[^1].Kind);
        Assert.Contains("the disk is full", bench.Reports[^1].Detail, StringComparison.Ordinal);
        bench.AnswerAll();
        Assert.Null(bench.Manifest);
        bench.Tell(MessageKind.Continue, 1);
        bench.AnswerAll();
        Assert.Equal(2ul, bench.Manifest!.Step);
    }

    [Fact]
    public void A_store_that_refuses_a_blob_or_the_manifest_gives_the_checkpoint_up()
    {
        foreach (var kind in new[] { MessageKind.PutBlob, MessageKind.CommitManifest })
        {
            using var bench = new CoordinatorBench(Config).Open(credits: 1);
            bench.AnswerAll(request => request.Kind != kind);
            var request = bench.Pending.First(request => request.Kind == kind);

            bench.Hand(request with { Kind = MessageKind.StoreFailed, Refusal = Refusal.Full, Detail = "no room" });

            Assert.Equal(MessageKind.CheckpointFailed, bench.Reports[^1].Kind);
            Assert.Contains("no room", bench.Reports[^1].Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_manifest_refused_for_a_newer_term_makes_the_coordinator_step_down()
    {
        using var bench = new CoordinatorBench(Config).Open(credits: 1);
        bench.AnswerAll(request => request.Kind != MessageKind.CommitManifest);

        bench.Hand(bench.Pending[0] with { Kind = MessageKind.StoreFailed, Refusal = Refusal.OlderTerm, Detail = "replaced" });

        Assert.Equal(MessageKind.SteppedDown, bench.Reports[^1].Kind);
        Assert.Equal(MessageKind.Lead, bench.Pending[^1].Kind);
    }

    [Fact]
    public void Snapshots_of_another_step_or_term_are_no_part_of_a_checkpoint()
    {
        using var bench = new CoordinatorBench(Config) { Term = 3 }.Open(credits: 1);
        bench.AnswerAll(request => request.Kind != MessageKind.Snapshot);
        var snapshot = bench.To(MessageKind.Snapshot, 0)[0] with { Kind = MessageKind.Snapshotted, Hash = BlobHash.Of([9]) };
        bench.Answer(MessageKind.Snapshot, 1);

        Assert.Empty(bench.Hand(snapshot with { Step = new StepId(0) }));
        Assert.Empty(bench.Hand(snapshot with { Term = new Term(3) }));
        Assert.Equal(MessageKind.CommitManifest, Assert.Single(bench.Hand(snapshot)).Kind);
    }

    [Fact]
    public void A_final_state_that_cannot_be_stored_ends_the_run_with_the_way_out()
    {
        using var bench = new CoordinatorBench(Networks.Mlp(), change: settings => settings with { EndAfter = 1 }).Open();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            bench.AnswerAll(request => request.Kind != MessageKind.PutBlob);
            var put = bench.Pending.First(request => request.Kind == MessageKind.PutBlob);
            bench.Pending.Clear();
            bench.Hand(put with { Kind = MessageKind.StoreFailed, Refusal = Refusal.Unavailable, Detail = "not there" });
        }

        Assert.Equal(MessageKind.Failed, bench.Reports[^1].Kind);
        Assert.Contains("resume the run", bench.Reports[^1].Detail, StringComparison.Ordinal);
    }

    private static bool IsOfStore(in Message request) => request.Kind is MessageKind.Snapshot or MessageKind.PutBlob or MessageKind.CommitManifest;
}
