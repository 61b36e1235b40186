using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Machines;

/// <content>What changes the state: commits and operations, each exactly once.</content>
public partial class TileMachine
{
    private ulong _operation; // number of the last operation that took effect

    /// <summary>What a commit of a step is to this tile.</summary>
    protected virtual CommitVerdict Judge(StepId step) =>
        step == Step.Next ? CommitVerdict.Next
        : step == Step && Step != StepId.Construction ? CommitVerdict.Repeat
        : CommitVerdict.OutOfStep;

    private void Commit(in Message message, Outbox outbox)
    {
        switch (Judge(message.Step))
        {
            case CommitVerdict.Next when CanCommit(message, outbox):
                var count = message.Vectors.Count;
                _tile.Commit(message.Step.Value, message.Scalar, _scratch.Input.Top(count).Dense, _scratch.Gradient.Top(count).Dense, count);
                Step = message.Step;
                break;
            case CommitVerdict.Repeat:
                break;
            case CommitVerdict.OutOfStep:
                IsNextStep(message, outbox);
                return;
            default:
                return;
        }

        outbox.Send(Reply(message, MessageKind.Committed));
        if (message.SnapshotAfter)
        {
            Snapshot(message, outbox);
        }
    }

    private bool CanCommit(in Message message, Outbox outbox)
    {
        var count = message.Vectors.Count;
        if (message.Vectors.First != 0 || count < 0 || count > _scratch.BatchMax)
        {
            Refuse(
                message,
                outbox,
                Refusal.Unfit,
                $"was asked to commit {message.Vectors}, expected all vectors of a mini-batch of at most {_scratch.BatchMax}");
            return false;
        }

        var missing = _scratch.Step == message.Step ? _scratch.FirstIncomplete(count) : count == 0 ? -1 : 0;
        if (missing >= 0)
        {
            outbox.Send(NeedsForward(message, $"vector {missing} of {count} of {message.Step} has no input or no gradient here"));
        }

        return missing < 0;
    }

    private void Apply(in Message message, Outbox outbox)
    {
        if (message.Term.CompareTo(_term) > 0 || !_isOpen)
        {
            if (Step != StepId.Construction || _operation != 0 || _restoring is not null)
            {
                Refuse(message, outbox, Refusal.TermNotOpened, $"was asked in {message.Term}, which was not opened here; restore the tile first");
                return;
            }

            Open(message.Term, from: null);
        }

        if (message.Operation > _operation)
        {
            var shape = _tile.Shape;
            if (message.Step != Step || message.Payload.Rows != shape.OutSize || message.Payload.Columns != shape.XSize)
            {
                Refuse(
                    message,
                    outbox,
                    message.Step == Step ? Refusal.Unfit : Refusal.OutOfStep,
                    $"at {Step} was given weights [{message.Payload.Rows}, {message.Payload.Columns}] for {message.Step}, expected "
                    + $"[{shape.OutSize}, {shape.XSize}] for {Step}");
                return;
            }

            TileInitialisation.SetWeights(_tile, message.Payload);
            _operation = message.Operation;
        }

        outbox.Send(Reply(message, MessageKind.Applied));
    }

    private void Open(Term term, BlobHash? from)
    {
        _term = term;
        _openedFrom = from;
        _isOpen = true;
        DropScratch();
    }

    private Message NeedsForward(in Message request, string detail) => Reply(request, MessageKind.NeedsForward) with
    {
        Detail = $"Tile '{_description.Name}' needs the forward pass again: {detail}.",
    };
}
