using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>
/// Stands in front of the store: time limits, and retries of what a later attempt may mend. Every request of a tile or of the coordinator of this
/// process is answered exactly once. All requests are idempotent, so an attempt after a lost answer does no harm, and the good answer of an earlier
/// attempt is as good as that of the last.
/// </summary>
public sealed class StoreClientMachine : IMachine
{
    private const int AttemptBits = 8;
    private readonly StoreClientSettings _settings;
    private readonly Dictionary<ulong, Request> _outstanding = []; // by number
    private readonly Queue<Message> _waiting = new();
    private ulong _numbers;

    /// <summary>Creates a client without requests.</summary>
    public StoreClientMachine(StoreClientSettings settings)
    {
        settings.Validate();
        _settings = settings;
    }

    /// <summary>Requests that are not answered yet.</summary>
    public int Unanswered => _outstanding.Count + _waiting.Count;

    /// <inheritdoc/>
    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        switch (message.Kind)
        {
            case MessageKind.PutBlob or MessageKind.GetBlob or MessageKind.CommitManifest or MessageKind.ReadManifest:
                Ask(now, message, outbox);
                break;
            case MessageKind.BlobStored or MessageKind.BlobRead or MessageKind.ManifestStored or MessageKind.ManifestRead:
                AfterAnswer(now, message, outbox);
                break;
            case MessageKind.StoreFailed:
                AfterFailure(now, message, outbox);
                break;
            case MessageKind.Timer:
                AfterTimer(now, message.Operation, outbox);
                break;
            default:
                throw new InvalidOperationException($"The store client got '{message.Kind}', neither a request to the store nor its answer.");
        }
    }

    private void Ask(TimeSpan now, in Message message, Outbox outbox)
    {
        if (message.From is not (Recipient.Tile or Recipient.Coordinator))
        {
            throw new InvalidOperationException($"A {message.Kind} came from {message.From}, expected a tile or the coordinator of this process.");
        }

        if (_outstanding.Count < _settings.OutstandingMax)
        {
            Begin(now, message, outbox);
        }
        else if (_waiting.Count < _settings.WaitingMax)
        {
            _waiting.Enqueue(message);
        }
        else
        {
            throw new InvalidOperationException(
                $"The store client has {_waiting.Count} requests that wait and {_outstanding.Count} at the store: somebody asks without waiting for "
                + "answers. This is a defect; please report it with the experiment file.");
        }
    }

    private void Begin(TimeSpan now, in Message message, Outbox outbox)
    {
        var request = new Request(++_numbers, message);
        _outstanding.Add(request.Number, request);
        Send(now, request, outbox);
    }

    private void Send(TimeSpan now, Request request, Outbox outbox)
    {
        request.IsAtStore = true;
        var operation = OperationOf(request);
        outbox.Send(request.Asked with { To = Recipient.Store, From = Recipient.StoreClient, Peer = PeerId.Here, Operation = operation });
        if (_settings.TimeLimit is { } limit)
        {
            outbox.SetTimer(now + limit, operation);
        }
    }

    private void AfterAnswer(TimeSpan now, in Message answer, Outbox outbox)
    {
        if (!_outstanding.TryGetValue(answer.Operation >> AttemptBits, out var request))
        {
            return; // late, or a second time
        }

        var asked = request.Asked;
        if (answer.Kind != AnswerTo(asked.Kind))
        {
            Fail(now, request, Refusal.Unfit, $"The store answered {asked.Kind} by {answer.Kind}; upgrade the older side.", outbox);
            return;
        }

        Finish(now, request, outbox, asked.Answer(answer.Kind, Recipient.StoreClient, asked.From) with
        {
            Hash = answer.Hash.Hex is null ? asked.Hash : answer.Hash,
            Blob = answer.Blob,
            Body = answer.Body,
        });
    }

    private void AfterFailure(TimeSpan now, in Message answer, Outbox outbox)
    {
        if (!_outstanding.TryGetValue(answer.Operation >> AttemptBits, out var request))
        {
            return;
        }

        if (answer.Refusal is not (Refusal.Unavailable or Refusal.Full))
        {
            Fail(now, request, answer.Refusal, answer.Detail, outbox);
        }
        else if (request.IsAtStore && answer.Operation == OperationOf(request))
        {
            RetryOrFail(now, request, answer.Refusal, answer.Detail, outbox);
        }
    }

    private void AfterTimer(TimeSpan now, ulong operation, Outbox outbox)
    {
        if (!_outstanding.TryGetValue(operation >> AttemptBits, out var request) || operation != OperationOf(request))
        {
            return;
        }

        if (request.IsAtStore)
        {
            RetryOrFail(now, request, Refusal.Unavailable, $"The store did not answer {request.Asked.Kind} within {_settings.TimeLimit}.", outbox);
        }
        else
        {
            Send(now, request, outbox);
        }
    }

    private void RetryOrFail(TimeSpan now, Request request, Refusal refusal, string? detail, Outbox outbox)
    {
        if (request.Attempt == _settings.Attempts)
        {
            Fail(now, request, refusal, $"{detail} Gave up after {request.Attempt} attempts.", outbox);
            return;
        }

        // The timer of the pause carries the number of the attempt that it begins, that of a time limit the attempt that it ends.
        var delay = DelayAfter(request.Attempt);
        request.IsAtStore = false;
        request.Attempt++;
        outbox.SetTimer(now + delay, OperationOf(request));
    }

    private TimeSpan DelayAfter(int attempt)
    {
        var delay = _settings.RetryDelayMin;
        for (var i = 1; i < attempt && delay < _settings.RetryDelayMax; i++)
        {
            delay += delay;
        }

        return delay < _settings.RetryDelayMax ? delay : _settings.RetryDelayMax;
    }

    private void Fail(TimeSpan now, Request request, Refusal refusal, string? detail, Outbox outbox) =>
        Finish(now, request, outbox, request.Asked.Answer(MessageKind.StoreFailed, Recipient.StoreClient, request.Asked.From) with
        {
            Hash = request.Asked.Hash,
            Refusal = refusal,
            Detail = detail,
        });

    private void Finish(TimeSpan now, Request request, Outbox outbox, in Message answer)
    {
        _outstanding.Remove(request.Number);
        outbox.Send(answer);
        if (_waiting.TryDequeue(out var next))
        {
            Begin(now, next, outbox);
        }
    }

    private static MessageKind AnswerTo(MessageKind request) => request switch
    {
        MessageKind.PutBlob => MessageKind.BlobStored,
        MessageKind.GetBlob => MessageKind.BlobRead,
        MessageKind.CommitManifest => MessageKind.ManifestStored,
        _ => MessageKind.ManifestRead,
    };

    private static ulong OperationOf(Request request) => (request.Number << AttemptBits) | (uint)request.Attempt;

    /// <summary>A request at the store, or between two attempts. Goes, with its blob, when it is answered.</summary>
    private sealed class Request(ulong number, Message asked)
    {
        public ulong Number { get; } = number;

        public Message Asked { get; } = asked;

        public int Attempt { get; set; } = 1;

        public bool IsAtStore { get; set; }
    }
}
