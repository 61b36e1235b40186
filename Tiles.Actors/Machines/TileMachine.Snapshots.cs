using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Machines;

/// <content>Copies of the state: taken at a commit, stored in the background, and the way back to one of them.</content>
public partial class TileMachine
{
    private readonly TileCopies _copies = new();
    private ulong _tickets; // requests to the store so far
    private Message? _restoring; // the restore that waits for the store, and its ticket
    private ulong _restoringTicket;
    private BlobHash? _openedFrom; // what the open term began with; null where initial weights opened it

    /// <summary>The state as it is now, in bytes of their own: the tile goes on while they are stored.</summary>
    protected virtual byte[] CopyState() => TileSnapshot.Write(_description, _tile, Step, _operation);

    private void Snapshot(in Message message, Outbox outbox)
    {
        var copy = _copies.Of(message.Step);
        if (copy is null && message.Step != Step)
        {
            Refuse(
                message,
                outbox,
                Refusal.OutOfStep,
                $"is at {Step}, a snapshot of {message.Step} was asked; ask for the step that was committed last");
            return;
        }

        if (copy is null)
        {
            copy = new TileCopy(Step, CopyState(), _term, ++_tickets);
            _copies.Begin(copy);
            outbox.Send(ToStore(MessageKind.PutBlob, copy.Ticket) with { Step = Step, Blob = copy.Blob });
        }

        copy.Asker = message.Peer;
        copy.ReplyTo = message.ReplyTo;
        if (copy.Hash is not null)
        {
            AnswerSnapshot(copy, outbox);
        }
    }

    private void AfterStored(in Message message, Outbox outbox)
    {
        if (_copies.IsAbout(message))
        {
            var copy = _copies.Outstanding!;
            copy.Hash = message.Hash;
            if (copy.Term == _term)
            {
                AnswerSnapshot(copy, outbox);
            }
        }
    }

    private void AnswerSnapshot(TileCopy copy, Outbox outbox) =>
        outbox.Send(About(copy, MessageKind.Snapshotted) with { Hash = copy.Hash!.Value });

    private void Restore(in Message message, Outbox outbox)
    {
        if (message.Term == _term && _isOpen)
        {
            RepeatRestore(message, outbox);
            return;
        }

        if (_restoring is { } waiting && waiting.Term == message.Term && waiting.Hash == message.Hash && waiting.Step == message.Step)
        {
            _restoring = message; // asked again while the store is read
            return;
        }

        _term = message.Term;
        _isOpen = false;
        _restoring = null;
        DropScratch();
        if (_copies.Of(message.Hash) is { } copy)
        {
            Load(copy, message, outbox);
            return;
        }

        _restoring = message;
        _restoringTicket = ++_tickets;
        outbox.Send(ToStore(MessageKind.GetBlob, _restoringTicket) with { Hash = message.Hash });
    }

    /// <summary>The tile may have gone on since: it stays where it is, but never pretends to have begun elsewhere.</summary>
    private void RepeatRestore(in Message message, Outbox outbox)
    {
        if (_openedFrom == message.Hash)
        {
            outbox.Send(Reply(message, MessageKind.Restored));
            return;
        }

        Refuse(
            message,
            outbox,
            Refusal.Unfit,
            $"opened {_term} from {(_openedFrom is { } hash ? hash.Hex : "its initial weights")}, was asked for {message.Hash}; "
            + "restore in a new term");
    }

    private bool IsRestoreAnswer(in Message message) =>
        _restoring is { } request && message.Operation == _restoringTicket && message.Term == request.Term;

    private void AfterRead(in Message message, Outbox outbox)
    {
        if (IsRestoreAnswer(message))
        {
            var request = _restoring!.Value;
            _restoring = null;
            var copy = new TileCopy(request.Step, message.Blob ?? [], request.Term, message.Operation) { Hash = request.Hash };
            Load(copy, request, outbox);
        }
    }

    private void Load(TileCopy copy, in Message request, Outbox outbox)
    {
        try
        {
            _operation = TileSnapshot.Read(_description, _tile, copy.Blob, request.Step);
            Step = request.Step;
        }
        catch (SnapshotFormatException error)
        {
            outbox.Send(Reply(request, MessageKind.Refused) with { Refusal = Refusal.Damaged, Detail = error.Message });
            return;
        }

        _copies.ReturnTo(copy);
        Open(request.Term, copy.Hash);
        outbox.Send(Reply(request, MessageKind.Restored));
    }

    private void AfterStoreFailed(in Message message, Outbox outbox)
    {
        if (IsRestoreAnswer(message))
        {
            var request = _restoring!.Value;
            _restoring = null;
            outbox.Send(Reply(request, MessageKind.Refused) with { Refusal = message.Refusal, Detail = message.Detail });
        }
        else if (_copies.IsAbout(message))
        {
            var copy = _copies.Outstanding!;
            _copies.GiveUp();
            if (copy.Term == _term)
            {
                outbox.Send(About(copy, MessageKind.SnapshotFailed) with { Refusal = message.Refusal, Detail = message.Detail });
            }
        }
    }

    private Message About(TileCopy copy, MessageKind kind) => new()
    {
        Kind = kind,
        To = Recipient.Coordinator,
        Peer = copy.Asker,
        Tile = Id,
        ReplyTo = copy.ReplyTo,
        Term = copy.Term,
        Step = copy.Step,
    };

    private Message ToStore(MessageKind kind, ulong ticket) => new()
    {
        Kind = kind,
        To = Recipient.StoreClient,
        From = Recipient.Tile,
        Tile = Id,
        Term = _term,
        Operation = ticket,
    };
}
