using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>
/// A tile as an actor's state machine. Reads are pure and may be repeated; a commit takes effect exactly once per step, and within a term the
/// tile's step rises by exactly one. A term is opened by a restore, or by the initial weights of a tile that was just built; nothing older than the
/// open term changes anything.
/// </summary>
public partial class TileMachine : IMachine, IDisposable
{
    private readonly TileDescription _description;
    private readonly ITile _tile;
    private readonly TileScratch _scratch;
    private readonly Tensor _evaluationInput;
    private readonly Tensor _evaluationOutput;
    private Term _term = Term.None;
    private bool _isOpen;

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
    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        switch (message.Kind)
        {
            case MessageKind.BlobStored:
                AfterStored(message, outbox);
                return;
            case MessageKind.BlobRead:
                AfterRead(message, outbox);
                return;
            case MessageKind.StoreFailed:
                AfterStoreFailed(message, outbox);
                return;
        }

        if (IsOlder(message.Term))
        {
            Refuse(message, outbox, Refusal.OlderTerm, $"was asked in {message.Term}, but serves {_term}; the sender was replaced and should stop");
        }
        else if (message.Kind is MessageKind.Restore)
        {
            Restore(message, outbox);
        }
        else if (message.Kind is MessageKind.Apply)
        {
            Apply(message, outbox);
        }
        else if (message.Term == _term && !_isOpen || message.Term.CompareTo(_term) > 0)
        {
            Refuse(message, outbox, Refusal.TermNotOpened, $"was asked in {message.Term}, which was not opened here; restore the tile first");
        }
        else
        {
            Serve(message, outbox);
        }
    }

    /// <summary>Bytes that a tile keeps of a mini-batch and of an evaluation chunk: inputs, outputs and both gradients.</summary>
    public static long StoredBytes(int inSize, int outSize, int batch, int evaluation) =>
        sizeof(float) * ((long)inSize + outSize) * ((2L * batch) + evaluation);

    /// <summary>Loses what is kept between reads and commit, as a machine that is short of memory may do.</summary>
    public void DropScratch() => _scratch.Begin(StepId.Construction);

    /// <inheritdoc/>
    public void Dispose()
    {
        _tile.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Whether a term is over for this tile.</summary>
    protected virtual bool IsOlder(Term term) => term.CompareTo(_term) < 0;

    private void Serve(in Message message, Outbox outbox)
    {
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
            case MessageKind.Snapshot:
                Snapshot(message, outbox);
                break;
            case MessageKind.CheckpointComplete:
                _copies.MarkComplete(message.Step);
                break;
            default:
                Refuse(message, outbox, Refusal.Unfit, $"does not understand '{message.Kind}'; upgrade the older side");
                break;
        }
    }

    private void Forward(in Message message, Outbox outbox)
    {
        if (!IsNextStep(message, outbox) || !Fits(message, _tile.Shape.InSize, _scratch.BatchMax, isWithinBatch: true, outbox))
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
            Refuse(message, outbox, Refusal.OutOfStep, $"is at {Step}, evaluation asked for {message.Step}; evaluate the committed step");
            return;
        }

        if (!Fits(message, _tile.Shape.InSize, _description.EvaluationMax, isWithinBatch: false, outbox))
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
        // The commit may have overtaken the answer: what was computed for the step is there until the next one begins.
        var isRepeat = message.Step == Step && _scratch.Step == Step && Step != StepId.Construction;
        if ((!isRepeat && !IsNextStep(message, outbox)) || !Fits(message, _tile.Shape.OutSize, _scratch.BatchMax, isWithinBatch: true, outbox))
        {
            return;
        }

        if (isRepeat)
        {
            RepeatBackward(message, outbox);
            return;
        }

        if (_scratch.Step != message.Step || !_scratch.HasInput(message.Vectors))
        {
            outbox.Send(NeedsForward(message, $"{message.Vectors} of {message.Step} have no input here"));
            return;
        }

        var d = _scratch.KeepGradient(message.Vectors, message.Payload);
        var x = TileScratch.Rows(_scratch.InputGradient, message.Vectors);
        if (message.WantsInputGradient || _tile.NeedsBackward)
        {
            _tile.Backward(Address(message, ReadPhase.Training), d.Dense, x.Dense, message.Vectors.Count);
        }

        outbox.Send(Reply(message, MessageKind.InputGradient, message.WantsInputGradient ? x : default));
    }

    private void RepeatBackward(in Message message, Outbox outbox)
    {
        if (_scratch.HasGradient(message.Vectors))
        {
            var x = message.WantsInputGradient ? TileScratch.Rows(_scratch.InputGradient, message.Vectors) : default;
            outbox.Send(Reply(message, MessageKind.InputGradient, x));
        }
        else
        {
            Refuse(message, outbox, Refusal.OutOfStep, $"has committed {Step} without {message.Vectors}, which have no gradient here");
        }
    }

    private bool IsNextStep(in Message message, Outbox outbox)
    {
        if (message.Step == Step.Next)
        {
            return true;
        }

        Refuse(
            message,
            outbox,
            Refusal.OutOfStep,
            $"is at {Step}, expected a message of {Step.Next}, got one of {message.Step}; return all tiles to one checkpoint");
        return false;
    }

    /// <summary>Whether a payload has the size that its range says, and the range is one that there can be.</summary>
    /// <param name="message">The request.</param>
    /// <param name="columns">Values of a vector.</param>
    /// <param name="most">Most vectors.</param>
    /// <param name="isWithinBatch">Whether the whole range lies below <paramref name="most"/>; otherwise it may begin anywhere.</param>
    /// <param name="outbox">Takes the refusal.</param>
    private bool Fits(in Message message, int columns, int most, bool isWithinBatch, Outbox outbox)
    {
        var (vectors, payload) = (message.Vectors, message.Payload);
        if (vectors is { First: >= 0, Count: > 0 } && vectors.Count <= most && (!isWithinBatch || vectors.First <= most - vectors.Count)
            && payload.Rows == vectors.Count && payload.Columns == columns)
        {
            return true;
        }

        Refuse(
            message,
            outbox,
            Refusal.Unfit,
            $"got [{payload.Rows}, {payload.Columns}] as {vectors}, expected [count, {columns}] with at most {most} vectors; check the plan");
        return false;
    }

    private static ReadAddress Address(in Message message, ReadPhase phase) => new(phase, message.Step.Value, message.Vectors.First);

    private Message Reply(in Message request, MessageKind kind, Tensor payload = default) => new()
    {
        Kind = kind,
        To = request.From == Recipient.Node ? Recipient.Node : Recipient.Coordinator, // the node answers for its tiles
        Peer = request.From == Recipient.Node ? PeerId.Here : request.Peer,
        Tile = Id,
        ReplyTo = request.ReplyTo,
        Term = _term,
        Step = request.Step,
        Vectors = request.Vectors,
        Purpose = request.Purpose,
        Operation = request.Operation,
        Payload = payload,
    };

    private void Refuse(in Message request, Outbox outbox, Refusal refusal, string detail) =>
        outbox.Send(Reply(request, MessageKind.Refused) with
        {
            Refusal = refusal,
            Detail = $"Tile '{_description.Name}' refused {request.Kind}: it {detail}.",
        });
}
