using Tessera.Actors.Machines;
using Tessera.Actors.Tests.Support;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Machines;

public sealed class TileMachineTests : IDisposable
{
    private const int BatchMax = 4;
    private static readonly TileShape Shape = new(3, 5);
    private readonly PerfectTile _tile = new(Shape, disturbance: 0.1f, salt: 7);
    private readonly Outbox _outbox = new();
    private readonly TileMachine _machine;

    public TileMachineTests()
    {
        _machine = new TileMachine(Description("layer/T0"), _tile);
        var weights = Numbers(3, 5, 1);
        Assert.Equal(MessageKind.Applied, Send(new Message { Kind = MessageKind.SetWeights, Payload = weights }).Kind);
    }

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_repeated_forward_gives_the_same_bits_and_changes_no_state()
    {
        var weights = _tile.Weights.ToArray();
        var first = Forward(1, 0, 2).Payload.Dense.ToArray();
        var second = Forward(1, 0, 2).Payload.Dense.ToArray();

        Assert.Equal(first, second);
        Assert.Equal(weights, _tile.Weights.ToArray());
    }

    [Fact]
    public void A_repeated_backward_gives_the_same_bits()
    {
        Forward(1, 0, 2);
        var first = Backward(1, 0, 2).Payload.Dense.ToArray();
        var second = Backward(1, 0, 2).Payload.Dense.ToArray();

        Assert.Equal(first, second);
    }

    [Fact]
    public void The_cut_into_micro_batches_and_their_order_change_no_bit()
    {
        var whole = Forward(1, 0, 4).Payload.Dense.ToArray();
        var late = Forward(1, 1, 3).Payload.Dense.ToArray();
        var early = Forward(1, 0, 1).Payload.Dense.ToArray();

        Assert.Equal(whole, early.Concat(late));
    }

    [Fact]
    public void A_commit_uses_every_pair_and_takes_effect_once()
    {
        var reference = new PerfectTile(Shape, 0.1f, 7);
        _tile.Weights.CopyTo(reference.Weights);
        reference.Commit(1, 0.5f, Numbers(3, 5, 0).Dense, Numbers(3, 3, 100).Dense, 3);

        Forward(1, 0, 1);
        Forward(1, 1, 2);
        Backward(1, 1, 2, wantsGradient: false);
        Backward(1, 0, 1, wantsGradient: false);
        Assert.Equal(MessageKind.Committed, Commit(1, 3).Kind);
        var once = _tile.Weights.ToArray();
        Assert.Equal(MessageKind.Committed, Commit(1, 3).Kind);

        Assert.Equal(reference.Weights.ToArray(), once);
        Assert.Equal(once, _tile.Weights.ToArray());
        Assert.Equal(1, _tile.Commits);
        Assert.Equal(new StepId(1), _machine.Step);
    }

    [Fact]
    public void A_gradient_that_nobody_wants_is_kept_without_an_answer()
    {
        Forward(1, 0, 1);
        var products = _tile.Products;
        _machine.Handle(Request(MessageKind.Backward, 1, 0, 1, Numbers(1, 3, 100)), _outbox);

        Assert.Equal(0, _outbox.Count);
        Assert.Equal(products, _tile.Products);
        Assert.Equal(MessageKind.Committed, Commit(1, 1).Kind);
    }

    [Fact]
    public void Lost_scratch_asks_for_the_forward_pass_and_then_gives_the_same_bits()
    {
        using var undisturbed = new TileMachineTests();
        undisturbed.FullStep(1, 2);

        Forward(1, 0, 2);
        Backward(1, 0, 2);
        _machine.DropScratch();
        Assert.Equal(MessageKind.NeedsForward, Commit(1, 2).Kind);
        Assert.Equal(StepId.Construction, _machine.Step);
        Assert.Equal(MessageKind.NeedsForward, Backward(1, 0, 2).Kind);
        FullStep(1, 2);

        Assert.Equal(undisturbed._tile.Weights.ToArray(), _tile.Weights.ToArray());
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void A_commit_with_half_of_its_pairs_is_not_made(bool allInputs, bool allGradients)
    {
        Forward(1, 0, 3);
        Backward(1, 0, allGradients ? 3 : 2);
        var answer = Commit(1, allInputs ? 3 : 4);

        Assert.Equal(MessageKind.NeedsForward, answer.Kind);
        Assert.Contains(allInputs ? "vector 2" : "vector 3", answer.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _tile.Commits);
    }

    [Fact]
    public void Inputs_of_the_step_before_do_not_count()
    {
        FullStep(1, 4);
        Forward(2, 0, 2);
        Backward(2, 0, 2);

        Assert.Equal(MessageKind.NeedsForward, Commit(2, 4).Kind);
    }

    [Fact]
    public void A_mini_batch_without_samples_still_reaches_the_tile()
    {
        Assert.Equal(MessageKind.Committed, Commit(1, 0).Kind);
        Assert.Equal(1, _tile.Commits);
    }

    [Theory]
    [InlineData(MessageKind.Forward, 1UL)]
    [InlineData(MessageKind.Forward, 3UL)]
    [InlineData(MessageKind.Backward, 3UL)]
    [InlineData(MessageKind.Commit, 3UL)]
    [InlineData(MessageKind.Snapshot, 2UL)]
    public void Another_step_than_the_next_is_refused_with_both_numbers(MessageKind kind, ulong step)
    {
        FullStep(1, 2);
        var answer = Send(Request(kind, step, 0, 2, Numbers(2, kind == MessageKind.Backward ? 3 : 5, 0)));

        Assert.Equal(MessageKind.Refused, answer.Kind);
        Assert.Contains("step 1", answer.Detail, StringComparison.Ordinal);
        Assert.Contains($"step {step}", answer.Detail, StringComparison.Ordinal);
        Assert.Equal(1, _tile.Commits);
    }

    [Theory]
    [InlineData(0, 5, 5, 5)]
    [InlineData(3, 2, 2, 5)]
    [InlineData(0, 2, 2, 4)]
    [InlineData(0, 2, 3, 5)]
    [InlineData(-1, 2, 2, 5)]
    public void Vectors_that_do_not_fit_are_refused(int first, int count, int rows, int columns)
    {
        var answer = Send(Request(MessageKind.Forward, 1, first, count, Numbers(rows, columns, 0)));

        Assert.Equal(MessageKind.Refused, answer.Kind);
        Assert.Equal(0, _tile.Products);
    }

    [Fact]
    public void An_older_term_is_refused_and_a_newer_one_is_served()
    {
        Assert.Equal(MessageKind.Output, Send(Request(MessageKind.Forward, 1, 0, 2, Numbers(2, 5, 0)) with { Term = new Term(3) }).Kind);
        var answer = Send(Request(MessageKind.Forward, 1, 0, 2, Numbers(2, 5, 0)) with { Term = new Term(2) });

        Assert.Equal(MessageKind.Refused, answer.Kind);
        Assert.Contains("term 2", answer.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluation_draws_elsewhere_and_leaves_the_step_alone()
    {
        Forward(1, 0, 2);
        var evaluation = Request(MessageKind.Forward, 0, 0, 2, Numbers(2, 5, 0)) with { Purpose = ReadPurpose.Evaluation };
        var measured = Send(evaluation).Payload.Dense.ToArray();
        var training = Forward(1, 0, 2).Payload.Dense.ToArray();
        Backward(1, 0, 2);

        Assert.NotEqual(training, measured);
        Assert.Equal(MessageKind.Committed, Commit(1, 2).Kind);
        Assert.Equal(MessageKind.Refused, Send(evaluation).Kind);
    }

    [Fact]
    public void What_is_restored_is_what_was_written_and_goes_on_with_the_same_bits()
    {
        FullStep(1, 2);
        var blob = Send(Request(MessageKind.Snapshot, 1, 0, 0, default)).Blob!;
        FullStep(2, 3);
        var expected = _tile.Weights.ToArray();

        var tile = new PerfectTile(Shape, 0.1f, 7);
        using var other = new TileMachine(Description("layer/T0"), tile);
        var answer = Send(other, Request(MessageKind.Restore, 1, 0, 0, default) with { Blob = blob });
        Assert.Equal(MessageKind.Applied, answer.Kind);
        Assert.Equal(new StepId(1), other.Step);
        Assert.Equal(blob, Send(other, Request(MessageKind.Snapshot, 1, 0, 0, default)).Blob);
        FullStep(other, 2, 3);

        Assert.Equal(expected, tile.Weights.ToArray());
    }

    [Theory]
    [InlineData("name", "layer/T1", "abc", 3)]
    [InlineData("configuration_hash", "layer/T0", "other", 3)]
    [InlineData("[3, 5]", "layer/T0", "abc", 4)]
    public void A_blob_of_something_else_is_refused_and_changes_nothing(string named, string name, string configuration, int outSize)
    {
        var blob = Send(Request(MessageKind.Snapshot, 0, 0, 0, default)).Blob!;
        var tile = new PerfectTile(new TileShape(outSize, 5));
        using var other = new TileMachine(Description(name) with { ConfigurationHash = configuration }, tile);

        var error = Assert.Throws<SnapshotFormatException>(() => Send(other, Request(MessageKind.Restore, 0, 0, 0, default) with { Blob = blob }));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.All(tile.Weights.ToArray(), weight => Assert.Equal(0f, weight));
    }

    private static TileDescription Description(string name) => new()
    {
        Id = new TileId(0),
        Name = name,
        ConfigurationHash = "abc",
        BatchMax = BatchMax,
        EvaluationMax = 8,
    };

    /// <summary>Row r depends on seed + r only, so that a micro-batch from vector v on is Numbers(count, columns, v).</summary>
    private static Tensor Numbers(int rows, int columns, int seed)
    {
        var numbers = AlignedFloats.Padded(rows, columns);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                numbers.Row(row)[column] = MathF.Sin((31 * (seed + row)) + (7 * column) + 1);
            }
        }

        if (numbers.Stride == columns)
        {
            return numbers;
        }

        var dense = AlignedFloats.Dense(rows, columns);
        numbers.CopyTo(dense.Dense);
        return dense;
    }

    private static Message Request(MessageKind kind, ulong step, int first, int count, Tensor payload) => new()
    {
        Kind = kind,
        Term = Term.First,
        Step = new StepId(step),
        Vectors = new VectorRange(first, count),
        Payload = payload,
        Scalar = 0.5f,
    };

    private Message Forward(ulong step, int first, int count) =>
        Send(Request(MessageKind.Forward, step, first, count, Numbers(count, 5, first)));

    private Message Backward(ulong step, int first, int count, bool wantsGradient = true)
    {
        var request = Request(MessageKind.Backward, step, first, count, Numbers(count, 3, 100 + first)) with { WantsInputGradient = wantsGradient };
        if (wantsGradient)
        {
            return Send(request);
        }

        _machine.Handle(request, _outbox);
        Assert.Equal(0, _outbox.Count);
        return default;
    }

    private Message Commit(ulong step, int count) => Send(Request(MessageKind.Commit, step, 0, count, default));

    private void FullStep(ulong step, int count) => FullStep(_machine, step, count);

    private void FullStep(TileMachine machine, ulong step, int count)
    {
        Send(machine, Request(MessageKind.Forward, step, 0, count, Numbers(count, 5, 0)));
        Send(machine, Request(MessageKind.Backward, step, 0, count, Numbers(count, 3, 100)) with { WantsInputGradient = true });
        Assert.Equal(MessageKind.Committed, Send(machine, Request(MessageKind.Commit, step, 0, count, default)).Kind);
    }

    private Message Send(Message message) => Send(_machine, message.Term == default ? message with { Term = Term.First } : message);

    private Message Send(TileMachine machine, Message message)
    {
        machine.Handle(message, _outbox);
        Assert.Equal(1, _outbox.Count);
        var answer = _outbox[0];
        _outbox.Clear();
        return answer;
    }
}
