using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Machines;

/// <summary>How a term is opened, and that nothing happens outside of it.</summary>
public sealed class TileMachineTermTests
{
    private static readonly Term Second = new(2);

    [Theory]
    [InlineData(MessageKind.Forward)]
    [InlineData(MessageKind.Backward)]
    [InlineData(MessageKind.Commit)]
    [InlineData(MessageKind.Snapshot)]
    public void A_fresh_tile_serves_nothing_before_its_term_is_opened(MessageKind kind)
    {
        using var bench = new TileBench(isOpen: false);

        bench.Refused(bench.Request(kind, 1, 0, 2, TileBench.Numbers(2, 5, 0)), Refusal.TermNotOpened);
    }

    [Fact]
    public void Initial_weights_open_the_term_of_a_fresh_tile_and_take_effect_once()
    {
        using var bench = new TileBench();
        var weights = bench.Weights;
        Assert.Contains(weights, weight => weight != 0);

        Assert.Equal(MessageKind.Applied, bench.One(bench.Apply(1, seed: 50)).Kind);
        Assert.Equal(weights, bench.Weights);
        Assert.Equal(MessageKind.Applied, bench.One(bench.Apply(2, seed: 50)).Kind);
        Assert.NotEqual(weights, bench.Weights);
    }

    [Fact]
    public void A_repeated_apply_after_training_began_changes_nothing_and_a_new_one_is_out_of_step()
    {
        using var bench = new TileBench();
        bench.Step(1);
        var weights = bench.Weights;

        Assert.Equal(MessageKind.Applied, bench.One(bench.Apply(1)).Kind);
        Assert.Equal(weights, bench.Weights);
        bench.Refused(bench.Apply(2), Refusal.OutOfStep);
    }

    [Fact]
    public void Weights_of_another_shape_are_refused_and_take_no_number()
    {
        using var bench = new TileBench();
        bench.Refused(bench.Apply(2) with { Payload = TileBench.Numbers(3, 4, 1) }, Refusal.Unfit);
        bench.Refused(bench.Apply(2) with { Payload = default }, Refusal.Unfit);

        Assert.Equal(MessageKind.Applied, bench.One(bench.Apply(2, seed: 9)).Kind);
    }

    [Fact]
    public void An_apply_opens_no_term_on_a_tile_with_a_history()
    {
        using var bench = new TileBench();
        bench.Term = Second;

        bench.Refused(bench.Apply(2), Refusal.TermNotOpened);
    }

    [Fact]
    public void An_apply_does_not_overtake_a_restore_that_waits_for_the_store()
    {
        using var bench = new TileBench(isOpen: false);
        var get = bench.One(bench.Restore(1, BlobHash.Of([1])));

        bench.Refused(bench.Apply(1), Refusal.TermNotOpened);
        Assert.Equal(Refusal.Missing, bench.One(bench.Store(get)).Refusal);
        Assert.Equal(MessageKind.Applied, bench.One(bench.Apply(1)).Kind);
    }

    [Theory]
    [InlineData(MessageKind.Forward)]
    [InlineData(MessageKind.Backward)]
    [InlineData(MessageKind.Commit)]
    [InlineData(MessageKind.Snapshot)]
    [InlineData(MessageKind.Apply)]
    [InlineData(MessageKind.Restore)]
    [InlineData(MessageKind.CheckpointComplete)]
    public void Nothing_of_an_older_term_is_accepted(MessageKind kind)
    {
        using var bench = new TileBench();
        var hash = bench.StepAndStore(1);
        bench.Term = Second;
        Assert.Equal(MessageKind.Restored, bench.One(bench.Restore(1, hash)).Kind);
        bench.Term = Term.First;

        var answer = bench.Refused(bench.Request(kind, 2, 0, 2, TileBench.Numbers(2, 5, 0)) with { Hash = hash, Operation = 9 }, Refusal.OlderTerm);

        Assert.Equal(Second, answer.Term);
    }

    [Fact]
    public void A_newer_term_is_not_served_before_it_is_opened_and_closes_the_old_one_only_when_it_is()
    {
        using var bench = new TileBench();
        var hash = bench.StepAndStore(1);
        bench.Term = Second;
        bench.Refused(bench.Forward(2, 0, 2), Refusal.TermNotOpened);

        bench.Term = Term.First;
        bench.Step(2);
        bench.Term = Second;
        Assert.Equal(MessageKind.Restored, bench.One(bench.Restore(1, hash)).Kind);
        bench.Step(2);
    }

    [Fact]
    public void While_the_store_is_read_the_new_term_is_not_open_and_the_old_one_is_over()
    {
        using var writer = new TileBench();
        var hash = writer.StepAndStore(1);
        using var bench = new TileBench { Blobs = writer.Blobs };
        bench.Step(1);
        bench.Term = Second;
        var get = bench.One(bench.Restore(1, hash));

        bench.Refused(bench.Forward(2, 0, 2), Refusal.TermNotOpened);
        bench.Term = Term.First;
        bench.Refused(bench.Forward(2, 0, 2), Refusal.OlderTerm);
        bench.Term = Second;
        Assert.Equal(MessageKind.Restored, bench.One(bench.Store(get)).Kind);
        Assert.Equal(MessageKind.Output, bench.One(bench.Forward(2, 0, 2)).Kind);
    }

    [Fact]
    public void A_commit_of_the_restored_step_is_a_repeat()
    {
        using var bench = new TileBench();
        var hash = bench.StepAndStore(1);
        bench.Step(2);
        bench.Term = Second;
        bench.One(bench.Restore(1, hash));
        var weights = bench.Weights;

        var sent = bench.Send(bench.Commit(1, 2, snapshot: true));

        Assert.Equal([MessageKind.Committed, MessageKind.Snapshotted], sent.Select(message => message.Kind));
        Assert.Equal(hash, sent[1].Hash);
        Assert.Equal(weights, bench.Weights);
    }

    [Fact]
    public void A_repeated_restore_after_the_tile_went_on_answers_and_does_nothing()
    {
        using var bench = new TileBench();
        var hash = bench.StepAndStore(1);
        bench.Term = Second;
        bench.One(bench.Restore(1, hash));
        bench.Step(2);
        bench.One(bench.Forward(3, 0, 2));
        var weights = bench.Weights;

        Assert.Equal(MessageKind.Restored, bench.One(bench.Restore(1, hash)).Kind);

        Assert.Equal(weights, bench.Weights);
        Assert.Equal(new StepId(2), bench.Machine.Step);
        Assert.Equal(MessageKind.InputGradient, bench.One(bench.Backward(3, 0, 2)).Kind);
    }

    [Fact]
    public void A_term_is_opened_from_one_state_only()
    {
        using var bench = new TileBench();
        bench.Refused(bench.Restore(0, BlobHash.Of([1])), Refusal.Unfit);
        var hash = bench.StepAndStore(1);
        bench.Term = Second;
        bench.One(bench.Restore(1, hash));

        bench.Refused(bench.Restore(0, BlobHash.Of([1])), Refusal.Unfit);
    }

    [Fact]
    public void A_restore_drops_the_pairs_of_the_step_that_was_under_way()
    {
        using var bench = new TileBench();
        var hash = bench.StepAndStore(1);
        bench.One(bench.Forward(2, 0, 2));
        bench.One(bench.Backward(2, 0, 2));
        bench.Term = Second;
        bench.One(bench.Restore(1, hash));

        Assert.Equal(MessageKind.NeedsForward, bench.One(bench.Commit(2, 2)).Kind);
    }
}
