using Tessera.Actors.Tests.Support;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Machines;

/// <summary>Copies of the state, how they are stored, and the way back to them.</summary>
public sealed class TileMachineSnapshotTests : IDisposable
{
    private static readonly Term Second = new(2);
    private readonly TileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_commit_is_confirmed_before_its_state_is_stored_and_the_snapshot_after()
    {
        var sent = _bench.Step(1, snapshot: true);
        Assert.Equal([MessageKind.Committed, MessageKind.PutBlob], sent.Select(message => message.Kind));
        Assert.Equal((Recipient.StoreClient, new StepId(1), Term.First), (sent[1].To, sent[1].Step, sent[1].Term));

        var answer = _bench.One(_bench.Store(sent[1]));

        Assert.Equal((MessageKind.Snapshotted, BlobHash.Of(sent[1].Blob)), (answer.Kind, answer.Hash));
        Assert.Equal((Recipient.Coordinator, TileBench.Coordinator, new EdgeId(new StageId(3), 1)), (answer.To, answer.Peer, answer.ReplyTo));
        Assert.Equal((new StepId(1), Term.First), (answer.Step, answer.Term));
    }

    [Fact]
    public void Training_goes_on_while_the_state_is_stored_and_does_not_change_the_copy()
    {
        var put = _bench.Step(1, snapshot: true)[1];
        var bytes = put.Blob!.ToArray();
        _bench.Step(2);
        _bench.Step(3);

        Assert.Equal(bytes, put.Blob);
        Assert.Equal(new StepId(1), _bench.One(_bench.Store(put)).Step);
    }

    [Fact]
    public void A_repeated_commit_asks_the_store_once()
    {
        var put = _bench.Step(1, snapshot: true)[1];

        Assert.Equal(MessageKind.Committed, _bench.One(_bench.Commit(1, 2, snapshot: true)).Kind);
        var hash = _bench.One(_bench.Store(put)).Hash;
        var again = _bench.Send(_bench.Commit(1, 2, snapshot: true));

        Assert.Equal([MessageKind.Committed, MessageKind.Snapshotted], again.Select(message => message.Kind));
        Assert.Equal(hash, again[1].Hash);
    }

    [Fact]
    public void The_answer_goes_to_whoever_asked_last()
    {
        var put = _bench.Step(1, snapshot: true)[1];
        _bench.None(_bench.Request(MessageKind.Snapshot, 1) with { Peer = new PeerId(9) });

        Assert.Equal(new PeerId(9), _bench.One(_bench.Store(put)).Peer);
    }

    [Fact]
    public void A_snapshot_of_an_older_step_is_there_as_long_as_its_copy_is()
    {
        var hash = _bench.StepAndStore(1);
        _bench.Step(2);
        Assert.Equal(hash, _bench.One(_bench.Request(MessageKind.Snapshot, 1)).Hash);

        _bench.None(_bench.Request(MessageKind.CheckpointComplete, 1));
        Assert.Equal(hash, _bench.One(_bench.Request(MessageKind.Snapshot, 1)).Hash);

        _bench.StepAndStore(3);
        _bench.None(_bench.Request(MessageKind.CheckpointComplete, 3));
        _bench.Refused(_bench.Request(MessageKind.Snapshot, 1), Refusal.OutOfStep);
    }

    [Fact]
    public void A_snapshot_that_cannot_be_stored_is_reported_and_training_goes_on()
    {
        using var undisturbed = new TileBench();
        undisturbed.Step(1);
        undisturbed.Step(2);

        var put = _bench.Step(1, snapshot: true)[1];
        var answer = _bench.One(TileBench.Fail(put, Refusal.Full));
        Assert.Equal((MessageKind.SnapshotFailed, Refusal.Full, new StepId(1)), (answer.Kind, answer.Refusal, answer.Step));
        Assert.NotNull(answer.Detail);
        _bench.None(_bench.Store(put)); // the put that was given up was done after all
        _bench.StepAndStore(2);

        Assert.Equal(undisturbed.Weights, _bench.Weights);
    }

    [Fact]
    public void After_a_failure_the_same_commit_stores_anew()
    {
        var put = _bench.Step(1, snapshot: true)[1];
        _bench.One(TileBench.Fail(put, Refusal.Unavailable));

        var again = _bench.Send(_bench.Commit(1, 2, snapshot: true));

        Assert.Equal([MessageKind.Committed, MessageKind.PutBlob], again.Select(message => message.Kind));
        Assert.Equal(put.Blob, again[1].Blob);
        Assert.NotEqual(put.Operation, again[1].Operation);
    }

    [Fact]
    public void A_restore_from_the_copy_in_memory_asks_no_store_and_gives_the_same_bits_again()
    {
        var hash = _bench.StepAndStore(1);
        _bench.None(_bench.Request(MessageKind.CheckpointComplete, 1));
        var put = _bench.Step(2, snapshot: true)[1];
        _bench.Step(3);
        var expected = _bench.Weights;

        _bench.Term = Second;
        Assert.Equal(MessageKind.Restored, _bench.One(_bench.Restore(1, hash)).Kind);
        Assert.Equal(new StepId(1), _bench.Machine.Step);
        _bench.None(_bench.Store(put)); // what the old term was storing is gone
        _bench.Step(2);
        _bench.Step(3);

        Assert.Equal(expected, _bench.Weights);
    }

    [Fact]
    public void A_checkpoint_that_completed_without_our_knowledge_is_restored_from_its_copy_too()
    {
        var first = _bench.StepAndStore(1);
        _bench.None(_bench.Request(MessageKind.CheckpointComplete, 1));
        var second = _bench.StepAndStore(2);
        _bench.Step(3);
        _bench.Term = Second;

        Assert.Equal(MessageKind.Restored, _bench.One(_bench.Restore(2, second)).Kind);
        Assert.Equal(new StepId(2), _bench.Machine.Step);
        _bench.Term = new Term(3);
        Assert.Equal(MessageKind.GetBlob, _bench.One(_bench.Restore(1, first)).Kind);
    }

    [Fact]
    public void A_complete_checkpoint_releases_the_copy_before()
    {
        var first = _bench.StepAndStore(1);
        _bench.None(_bench.Request(MessageKind.CheckpointComplete, 1));
        _bench.StepAndStore(2);
        _bench.None(_bench.Request(MessageKind.CheckpointComplete, 2));
        _bench.Term = Second;

        Assert.Equal(MessageKind.GetBlob, _bench.One(_bench.Restore(1, first)).Kind);
    }

    [Fact]
    public void A_fresh_tile_restores_from_the_store_and_goes_on_with_the_same_bits()
    {
        var hash = _bench.StepAndStore(1);
        _bench.Step(2, 3);
        using var other = new TileBench(isOpen: false) { Blobs = _bench.Blobs, Term = Second };

        var get = other.One(other.Restore(1, hash));
        Assert.Equal((MessageKind.GetBlob, hash, Second), (get.Kind, get.Hash, get.Term));
        Assert.Equal(MessageKind.Restored, other.One(other.Store(get)).Kind);
        Assert.Equal(new StepId(1), other.Machine.Step);
        other.Step(2, 3);

        Assert.Equal(_bench.Weights, other.Weights);
        Assert.Equal(MessageKind.Applied, other.One(other.Apply(1)).Kind); // the operation is part of the state
        Assert.Equal(_bench.Weights, other.Weights);
    }

    [Fact]
    public void A_restore_that_is_asked_again_reads_the_store_once_and_answers_the_last_asker()
    {
        var hash = _bench.StepAndStore(1);
        using var other = new TileBench(isOpen: false) { Blobs = _bench.Blobs };
        var get = other.One(other.Restore(1, hash));
        other.None(other.Restore(1, hash) with { Peer = new PeerId(9) });

        var answer = other.One(other.Store(get));

        Assert.Equal((MessageKind.Restored, new PeerId(9)), (answer.Kind, answer.Peer));
        other.None(other.Store(get));
    }

    [Fact]
    public void A_newer_restore_replaces_one_that_waits()
    {
        var hash = _bench.StepAndStore(1);
        using var other = new TileBench(isOpen: false) { Blobs = _bench.Blobs };
        var early = other.One(other.Restore(1, hash));
        other.Term = Second;
        var late = other.One(other.Restore(1, hash));

        other.None(other.Store(early));
        other.None(TileBench.Fail(early, Refusal.Unavailable));
        var answer = other.One(other.Store(late));

        Assert.Equal((MessageKind.Restored, Second), (answer.Kind, answer.Term));
    }

    [Fact]
    public void A_store_that_cannot_read_leaves_the_tile_as_it_is_and_the_term_closed()
    {
        using var other = new TileBench();
        other.Step(1);
        other.Term = Second;
        var get = other.One(other.Restore(1, BlobHash.Of([1])));
        var weights = other.Weights;

        var answer = other.One(TileBench.Fail(get, Refusal.Unavailable));

        Assert.Equal((MessageKind.Refused, Refusal.Unavailable), (answer.Kind, answer.Refusal));
        Assert.Equal(weights, other.Weights);
        other.Refused(other.Forward(2, 0, 2), Refusal.TermNotOpened);
        Assert.Equal(MessageKind.GetBlob, other.One(other.Restore(1, BlobHash.Of([1]))).Kind);
    }

    [Fact]
    public void Answers_to_a_tile_that_was_here_before_are_not_taken_for_those_to_this_one()
    {
        var old = _bench.Step(1, snapshot: true)[1];
        using var rebuilt = new TileBench(isOpen: false) { Term = Second };
        rebuilt.One(rebuilt.Apply(1, seed: 2));
        var put = rebuilt.Step(1, snapshot: true)[1];
        Assert.Equal(old.Operation, put.Operation);

        rebuilt.None(_bench.Store(old));
        rebuilt.None(TileBench.Fail(old, Refusal.Full));

        Assert.Equal(BlobHash.Of(put.Blob), rebuilt.One(rebuilt.Store(put)).Hash);
    }

    [Fact]
    public void A_stored_copy_of_a_term_that_is_over_is_reported_to_nobody()
    {
        var hash = _bench.StepAndStore(1);
        var put = _bench.Step(2, snapshot: true)[1];
        using var other = new TileBench { Blobs = _bench.Blobs };
        var late = other.Step(1, snapshot: true)[1];
        other.Term = Second;
        other.One(other.Restore(2, BlobHash.Of(put.Blob)));

        other.None(other.Store(late));
        Assert.NotEqual(default, hash);
    }

    [Theory]
    [InlineData("name", "layer/T1", "abc", 3, 1UL)]
    [InlineData("configuration_hash", "layer/T0", "other", 3, 1UL)]
    [InlineData("[3, 5]", "layer/T0", "abc", 4, 1UL)]
    [InlineData("step", "layer/T0", "abc", 3, 2UL)]
    public void A_blob_of_something_else_is_refused_and_changes_nothing(string named, string name, string configuration, int outSize, ulong step)
    {
        var hash = _bench.StepAndStore(1);
        using var other = new TileBench(false, name, configuration, new TileShape(outSize, 5)) { Blobs = _bench.Blobs };
        var get = other.One(other.Restore(step, hash));

        var answer = other.Refused(other.Store(get) with { Peer = TileBench.Coordinator }, Refusal.Damaged);

        Assert.Contains(named, answer.Detail, StringComparison.Ordinal);
        other.Refused(other.Forward(step + 1, 0, 1), Refusal.TermNotOpened);
    }

    [Fact]
    public void A_damaged_blob_is_refused_and_changes_nothing_wherever_it_is_cut()
    {
        var hash = _bench.StepAndStore(1);
        var whole = _bench.Blobs[hash];
        for (var length = 0; length < whole.Length; length += 7)
        {
            using var other = new TileBench(isOpen: false);
            var get = other.One(other.Restore(1, hash));
            other.Blobs[hash] = whole[..length];
            other.Refused(other.Store(get), Refusal.Damaged);
        }
    }

    [Fact]
    public void A_blob_with_an_operation_that_is_no_number_is_refused_before_anything_is_loaded()
    {
        var hash = _bench.StepAndStore(1);
        var blob = _bench.Blobs[hash].ToArray();
        var place = blob.AsSpan().IndexOf("\"operation\":\"1\""u8);
        Assert.True(place > 0);
        blob[place + "\"operation\":\""u8.Length] = (byte)'x';
        using var other = new TileBench(isOpen: false);
        other.Blobs[hash] = blob;

        other.Refused(other.Store(other.One(other.Restore(1, hash))), Refusal.Damaged);
    }
}
