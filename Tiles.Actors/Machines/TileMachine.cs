using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>
/// A tile as an actor's state machine. Reads are pure and may be repeated; a commit takes effect exactly once per step, and within a term the
/// tile's step rises by exactly one.
/// </summary>
public sealed class TileMachine : IMachine, IDisposable
{
    private readonly TileDescription _description;
    private readonly ITile _tile;
    private readonly TileScratch _scratch;
    private readonly Tensor _evaluationInput;
    private readonly Tensor _evaluationOutput;
    private Term _term = Term.First;

    /// <summary>Wraps a tile.</summary>
    /// <param name="description">Identity and limits.</param>
    /// <param name="tile">The physics; owned and disposed by the machine.</param>
    public TileMachine(TileDescription description, ITile tile)
    {
        _description = description;
        _tile = tile;
        var shape = tile.Shape;
        _scratch = new TileScratch(description.BatchMax, shape.InSize, shape.OutSize);
        _evaluationInput = AlignedFloats.Dense(description.EvaluationMax, shape.InSize);
        _evaluationOutput = AlignedFloats.Dense(description.EvaluationMax, shape.OutSize);
    }

    /// <summary>Who this is.</summary>
    public TileId Id => _description.Id;

    /// <summary>Mini-batches committed.</summary>
    public StepId Step { get; private set; } = StepId.Construction;

    /// <inheritdoc/>
    public void Handle(in Message message, Outbox outbox)
    {
        if (message.Term.CompareTo(_term) < 0)
        {
            Refuse(message, outbox, $"was asked in {message.Term}, but serves {_term}; the sender was replaced and should stop");
            return;
        }

        _term = message.Term;
        switch (message.Kind)
        {
            case MessageKind.Forward when message.Purpose == ReadPurpose.Training:
                Forward(message, outbox);
                break;
            case MessageKind.Forward:
                Evaluate(message, outbox);
                break;
            case MessageKind.Backward:
                Backward(message, outbox);
                break;
            case MessageKind.Commit:
                Commit(message, outbox);
                break;
            case MessageKind.SetWeights:
                SetWeights(message, outbox);
                break;
            case MessageKind.Snapshot:
                Snapshot(message, outbox);
                break;
            case MessageKind.Restore:
                Restore(message, outbox);
                break;
            default:
                Refuse(message, outbox, $"does not understand '{message.Kind}'; upgrade the older side");
                break;
        }
    }

    /// <summary>Loses what is kept between reads and commit, as a machine that was moved does.</summary>
    public void DropScratch() => _scratch.Begin(StepId.Construction);

    /// <inheritdoc/>
    public void Dispose() => _tile.Dispose();

    private void Forward(in Message message, Outbox outbox)
    {
        if (!IsNextStep(message, outbox) || !Fits(message, _tile.Shape.InSize, _scratch.BatchMax, outbox))
        {
            return;
        }

        if (_scratch.Step != message.Step)
        {
            _scratch.Begin(message.Step);
        }

        var x = _scratch.KeepInput(message.Vectors, message.Payload);
        var y = TileScratch.Rows(_scratch.Output, message.Vectors);
        _tile.Forward(Address(message, ReadPhase.Training), x.Dense, y.Dense, message.Vectors.Count);
        outbox.Send(Reply(message, MessageKind.Output, y));
    }

    private void Evaluate(in Message message, Outbox outbox)
    {
        if (message.Step != Step)
        {
            Refuse(message, outbox, $"is at {Step}, evaluation asked for {message.Step}; evaluate the committed step");
            return;
        }

        if (!Fits(message, _tile.Shape.InSize, int.MaxValue, outbox))
        {
            return;
        }

        var x = _evaluationInput.Top(message.Vectors.Count);
        var y = _evaluationOutput.Top(message.Vectors.Count);
        message.Payload.CopyTo(x.Dense);
        _tile.Forward(Address(message, ReadPhase.Evaluation), x.Dense, y.Dense, message.Vectors.Count);
        outbox.Send(Reply(message, MessageKind.Output, y));
    }

    private void Backward(in Message message, Outbox outbox)
    {
        if (!IsNextStep(message, outbox) || !Fits(message, _tile.Shape.OutSize, _scratch.BatchMax, outbox))
        {
            return;
        }

        if (_scratch.Step != message.Step || !_scratch.HasInput(message.Vectors))
        {
            outbox.Send(NeedsForward(message, $"{message.Vectors} of {message.Step} have no input here"));
            return;
        }

        var d = _scratch.KeepGradient(message.Vectors, message.Payload);
        if (message.WantsInputGradient)
        {
            var x = TileScratch.Rows(_scratch.InputGradient, message.Vectors);
            _tile.Backward(Address(message, ReadPhase.Training), d.Dense, x.Dense, message.Vectors.Count);
            outbox.Send(Reply(message, MessageKind.InputGradient, x));
        }
    }

    private void Commit(in Message message, Outbox outbox)
    {
        if (message.Step == Step && Step != StepId.Construction)
        {
            outbox.Send(Reply(message, MessageKind.Committed, default));
            return;
        }

        if (!IsNextStep(message, outbox))
        {
            return;
        }

        var count = message.Vectors.Count;
        if (message.Vectors.First != 0 || count < 0 || count > _scratch.BatchMax)
        {
            Refuse(message, outbox, $"was asked to commit {message.Vectors}, expected all vectors of a mini-batch of at most {_scratch.BatchMax}");
            return;
        }

        var missing = _scratch.Step == message.Step ? _scratch.FirstIncomplete(count) : count == 0 ? -1 : 0;
        if (missing >= 0)
        {
            outbox.Send(NeedsForward(message, $"vector {missing} of {count} of {message.Step} has no input or no gradient here"));
            return;
        }

        _tile.Commit(message.Step.Value, message.Scalar, _scratch.Input.Top(count).Dense, _scratch.Gradient.Top(count).Dense, count);
        Step = message.Step;
        outbox.Send(Reply(message, MessageKind.Committed, default));
    }

    private void SetWeights(in Message message, Outbox outbox)
    {
        var shape = _tile.Shape;
        if (Step != StepId.Construction || message.Payload.Rows != shape.OutSize || message.Payload.Columns != shape.XSize)
        {
            Refuse(
                message,
                outbox,
                $"at {Step} was given initial weights [{message.Payload.Rows}, {message.Payload.Columns}], "
                + $"expected [{shape.OutSize}, {shape.XSize}] before step 1");
            return;
        }

        TileInitialisation.SetWeights(_tile, message.Payload);
        outbox.Send(Reply(message, MessageKind.Applied, default));
    }

    private void Snapshot(in Message message, Outbox outbox)
    {
        if (message.Step != Step)
        {
            Refuse(message, outbox, $"is at {Step}, a snapshot of {message.Step} was asked; ask for the step that was committed last");
            return;
        }

        outbox.Send(new Message
        {
            Kind = MessageKind.Snapshotted,
            Tile = Id,
            ReplyTo = message.ReplyTo,
            Term = _term,
            Step = Step,
            Blob = TileSnapshot.Write(_description, _tile, Step),
        });
    }

    private void Restore(in Message message, Outbox outbox)
    {
        var blob = message.Blob ?? throw new ArgumentException($"A Restore of {Id} came without a blob.", nameof(message));
        Step = TileSnapshot.Read(_description, _tile, blob);
        _scratch.Begin(StepId.Construction);
        outbox.Send(Reply(message, MessageKind.Applied, default));
    }

    private bool IsNextStep(in Message message, Outbox outbox)
    {
        if (message.Step == Step.Next)
        {
            return true;
        }

        Refuse(message, outbox, $"is at {Step}, expected a message of {Step.Next}, got one of {message.Step}; return all tiles to one checkpoint");
        return false;
    }

    private bool Fits(in Message message, int columns, int batchMax, Outbox outbox)
    {
        var (vectors, payload) = (message.Vectors, message.Payload);
        var most = message.Purpose == ReadPurpose.Evaluation ? _description.EvaluationMax : batchMax;
        var end = message.Purpose == ReadPurpose.Evaluation ? vectors.Count : vectors.End;
        if (vectors is { First: >= 0, Count: > 0 } && end <= most && payload.Rows == vectors.Count && payload.Columns == columns)
        {
            return true;
        }

        Refuse(
            message,
            outbox,
            $"got [{payload.Rows}, {payload.Columns}] as {vectors}, expected [count, {columns}] with at most {most} vectors; check the plan");
        return false;
    }

    private static ReadAddress Address(in Message message, ReadPhase phase) => new(phase, message.Step.Value, message.Vectors.First);

    private Message Reply(in Message request, MessageKind kind, Tensor payload) => new()
    {
        Kind = kind,
        Tile = Id,
        ReplyTo = request.ReplyTo,
        Term = _term,
        Step = request.Step,
        Vectors = request.Vectors,
        Purpose = request.Purpose,
        Payload = payload,
    };

    private Message NeedsForward(in Message request, string detail) => new()
    {
        Kind = MessageKind.NeedsForward,
        Tile = Id,
        ReplyTo = request.ReplyTo,
        Term = _term,
        Step = request.Step,
        Vectors = request.Vectors,
        Detail = $"Tile '{_description.Name}' needs the forward pass again: {detail}.",
    };

    private void Refuse(in Message request, Outbox outbox, string detail) => outbox.Send(new Message
    {
        Kind = MessageKind.Refused,
        Tile = Id,
        ReplyTo = request.ReplyTo,
        Term = _term,
        Step = request.Step,
        Vectors = request.Vectors,
        Detail = $"Tile '{_description.Name}' refused {request.Kind}: it {detail}.",
    });
}
