using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Machines;

/// <summary>Reads and commits within an open term.</summary>
public sealed class TileMachineTests : IDisposable
{
    private readonly TileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void An_answer_goes_to_the_process_and_the_edge_that_asked()
    {
        var answer = _bench.One(_bench.Forward(1, 1, 2));

        Assert.Equal((Recipient.Coordinator, TileBench.Coordinator, _bench.Machine.Id), (answer.To, answer.Peer, answer.Tile));
        Assert.Equal((new EdgeId(new StageId(3), 1), Term.First), (answer.ReplyTo, answer.Term));
        Assert.Equal((new StepId(1), new VectorRange(1, 2)), (answer.Step, answer.Vectors));
    }

    [Fact]
    public void A_repeated_forward_gives_the_same_bits_and_changes_no_state()
    {
        var weights = _bench.Weights;
        var first = Forward(1, 0, 2);
        var second = Forward(1, 0, 2);

        Assert.Equal(first, second);
        Assert.Equal(weights, _bench.Weights);
    }

    [Fact]
    public void A_repeated_backward_gives_the_same_bits()
    {
        Forward(1, 0, 2);
        var first = _bench.One(_bench.Backward(1, 0, 2)).Payload.Dense.ToArray();
        var second = _bench.One(_bench.Backward(1, 0, 2)).Payload.Dense.ToArray();

        Assert.Equal(first, second);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public void A_tile_that_needs_its_backward_read_has_it_where_nobody_asks_for_the_answer(bool needs, int products)
    {
        _bench.Tile.NeedsBackward = needs;
        var before = _bench.Tile.Products;
        Forward(1, 0, 2);
        var answer = _bench.One(_bench.Backward(1, 0, 2) with { WantsInputGradient = false });

        Assert.Equal(MessageKind.InputGradient, answer.Kind);
        Assert.Equal(0, answer.Payload.Rows);
        Assert.Equal(products, _bench.Tile.Products - before);
    }

    [Fact]
    public void The_cut_into_micro_batches_and_their_order_change_no_bit()
    {
        var whole = Forward(1, 0, 4);
        var late = Forward(1, 1, 3);
        var early = Forward(1, 0, 1);

        Assert.Equal(whole, early.Concat(late));
    }

    [Fact]
    public void A_commit_uses_every_pair_and_takes_effect_once()
    {
        var reference = new PerfectTile(TileBench.Shape, 0.1f, 7);
        _bench.Weights.CopyTo(reference.Weights);
        reference.Commit(1, 0.5f, TileBench.Numbers(3, 5, 0).Dense, TileBench.Numbers(3, 3, 100).Dense, 3);

        Forward(1, 0, 1);
        Forward(1, 1, 2);
        _bench.One(_bench.Backward(1, 1, 2) with { WantsInputGradient = false });
        _bench.One(_bench.Backward(1, 0, 1) with { WantsInputGradient = false });
        Assert.Equal(MessageKind.Committed, _bench.One(_bench.Commit(1, 3)).Kind);
        var once = _bench.Weights;
        for (var repeat = 0; repeat < 3; repeat++)
        {
            Assert.Equal(MessageKind.Committed, _bench.One(_bench.Commit(1, 3)).Kind);
        }

        Assert.Equal(reference.Weights.ToArray(), once);
        Assert.Equal(once, _bench.Weights);
        Assert.Equal(1, _bench.Tile.Commits);
        Assert.Equal(new StepId(1), _bench.Machine.Step);
    }

    [Fact]
    public void A_commit_that_is_repeated_while_the_next_step_is_under_way_leaves_its_pairs_alone()
    {
        using var undisturbed = new TileBench();
        undisturbed.Step(1);
        undisturbed.Step(2);

        _bench.Step(1);
        Forward(2, 0, 2);
        Assert.Equal(MessageKind.Committed, _bench.One(_bench.Commit(1, 2)).Kind);
        _bench.One(_bench.Backward(2, 0, 2));
        Assert.Equal(MessageKind.Committed, _bench.One(_bench.Commit(1, 2)).Kind);
        Assert.Equal(MessageKind.Committed, _bench.One(_bench.Commit(2, 2)).Kind);

        Assert.Equal(undisturbed.Weights, _bench.Weights);
    }

    [Fact]
    public void A_gradient_that_nobody_wants_is_kept_and_answered_without_a_product()
    {
        Forward(1, 0, 1);
        var products = _bench.Tile.Products;
        var answer = _bench.One(_bench.Backward(1, 0, 1) with { WantsInputGradient = false });

        Assert.Equal(MessageKind.InputGradient, answer.Kind);
        Assert.Null(answer.Payload.Values);
        Assert.Equal(products, _bench.Tile.Products);
        Assert.Equal(MessageKind.Committed, _bench.One(_bench.Commit(1, 1)).Kind);
    }

    [Fact]
    public void Lost_scratch_asks_for_the_forward_pass_and_then_gives_the_same_bits()
    {
        using var undisturbed = new TileBench();
        undisturbed.Step(1);

        Forward(1, 0, 2);
        _bench.One(_bench.Backward(1, 0, 2));
        _bench.Machine.DropScratch();
        Assert.Equal(MessageKind.NeedsForward, _bench.One(_bench.Commit(1, 2)).Kind);
        Assert.Equal(StepId.Construction, _bench.Machine.Step);
        Assert.Equal(MessageKind.NeedsForward, _bench.One(_bench.Backward(1, 0, 2)).Kind);
        _bench.Step(1);

        Assert.Equal(undisturbed.Weights, _bench.Weights);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void A_commit_with_half_of_its_pairs_is_not_made(bool allInputs, bool allGradients)
    {
        Forward(1, 0, 3);
        _bench.One(_bench.Backward(1, 0, allGradients ? 3 : 2));
        var answer = _bench.One(_bench.Commit(1, allInputs ? 3 : 4));

        Assert.Equal(MessageKind.NeedsForward, answer.Kind);
        Assert.Contains(allInputs ? "vector 2" : "vector 3", answer.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _bench.Tile.Commits);
    }

    [Fact]
    public void Inputs_of_the_step_before_do_not_count()
    {
        _bench.Step(1, 4);
        Forward(2, 0, 2);
        _bench.One(_bench.Backward(2, 0, 2));

        Assert.Equal(MessageKind.NeedsForward, _bench.One(_bench.Commit(2, 4)).Kind);
    }

    [Fact]
    public void A_mini_batch_without_samples_still_reaches_the_tile()
    {
        Assert.Equal(MessageKind.Committed, _bench.One(_bench.Commit(1, 0)).Kind);
        Assert.Equal(1, _bench.Tile.Commits);
    }

    [Theory]
    [InlineData(MessageKind.Forward, 1UL)]
    [InlineData(MessageKind.Forward, 3UL)]
    [InlineData(MessageKind.Backward, 3UL)]
    [InlineData(MessageKind.Commit, 0UL)]
    [InlineData(MessageKind.Commit, 3UL)]
    [InlineData(MessageKind.Snapshot, 2UL)]
    public void Another_step_than_the_next_is_refused_with_both_numbers(MessageKind kind, ulong step)
    {
        _bench.Step(1);
        var columns = kind == MessageKind.Backward ? 3 : 5;
        var answer = _bench.Refused(_bench.Request(kind, step, 0, 2, TileBench.Numbers(2, columns, 0)), Refusal.OutOfStep);

        Assert.Contains("step 1", answer.Detail, StringComparison.Ordinal);
        Assert.Contains($"step {step}", answer.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 5, 5, 5)]
    [InlineData(3, 2, 2, 5)]
    [InlineData(0, 2, 2, 4)]
    [InlineData(0, 2, 3, 5)]
    [InlineData(-1, 2, 2, 5)]
    [InlineData(int.MaxValue, 1, 1, 5)]
    [InlineData(0, 0, 1, 5)]
    public void Vectors_that_do_not_fit_are_refused(int first, int count, int rows, int columns)
    {
        _bench.Refused(_bench.Request(MessageKind.Forward, 1, first, count, TileBench.Numbers(rows, columns, 0)), Refusal.Unfit);

        Assert.Equal(0, _bench.Tile.Products);
    }

    [Fact]
    public void A_gradient_of_more_vectors_than_a_batch_is_refused_whatever_it_says_it_is_for()
    {
        var gradient = _bench.Request(MessageKind.Backward, 1, 0, 6, TileBench.Numbers(6, 3, 0));

        _bench.Refused(gradient, Refusal.Unfit);
        _bench.Refused(gradient with { Purpose = ReadPurpose.Evaluation }, Refusal.Unfit);
    }

    [Fact]
    public void Evaluation_draws_elsewhere_and_leaves_the_step_alone()
    {
        Forward(1, 0, 2);
        var evaluation = _bench.Forward(0, 0, 2) with { Purpose = ReadPurpose.Evaluation };
        var measured = _bench.One(evaluation).Payload.Dense.ToArray();
        var training = Forward(1, 0, 2);
        _bench.One(_bench.Backward(1, 0, 2));

        Assert.NotEqual(training, measured);
        Assert.Equal(MessageKind.Committed, _bench.One(_bench.Commit(1, 2)).Kind);
        _bench.Refused(evaluation, Refusal.OutOfStep);
    }

    [Fact]
    public void Vectors_of_the_test_set_may_begin_anywhere_but_come_in_chunks()
    {
        var chunk = _bench.Request(MessageKind.Forward, 0, 1_000_000, 8, TileBench.Numbers(8, 5, 0)) with { Purpose = ReadPurpose.Evaluation };

        Assert.Equal(MessageKind.Output, _bench.One(chunk).Kind);
        _bench.Refused(chunk with { Vectors = new VectorRange(0, 9), Payload = TileBench.Numbers(9, 5, 0) }, Refusal.Unfit);
    }

    [Fact]
    public void A_request_that_nobody_knows_is_refused_not_thrown() => _bench.Refused(_bench.Request((MessageKind)30, 1), Refusal.Unfit);

    private float[] Forward(ulong step, int first, int count)
    {
        var answer = _bench.One(_bench.Forward(step, first, count));
        Assert.Equal(MessageKind.Output, answer.Kind);
        return answer.Payload.Dense.ToArray();
    }
}
