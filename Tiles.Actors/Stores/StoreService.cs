using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <summary>
/// The door to a store for the machines of a process. It blocks while the store does: an edge runs it on a thread of its own. Trouble with the store
/// never throws here, it is answered with the reason.
/// </summary>
public sealed class StoreService : IBatchMachine
{
    private const long TogetherBytesMax = 64 << 20; // what is lost when the transaction fails is done again
    private readonly IBlobStore _blobs;
    private readonly IManifestStore _manifests;

    /// <summary>Opens the door.</summary>
    public StoreService(IBlobStore blobs, IManifestStore manifests)
    {
        _blobs = blobs;
        _manifests = manifests;
    }

    /// <summary>Opens the door to a store that holds blobs and manifests.</summary>
    public StoreService(IRunStore store)
        : this(store, store)
    {
    }

    /// <inheritdoc/>
    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        try
        {
            outbox.Send(Serve(message));
        }
        catch (StoreException error)
        {
            outbox.Send(message.Answer(MessageKind.StoreFailed, Recipient.Store, Recipient.StoreClient) with { Refusal = error.Refusal, Detail = error.Message });
        }
    }

    /// <inheritdoc/>
    public void HandleAll(TimeSpan now, ReadOnlySpan<Message> messages, Outbox outbox)
    {
        for (var first = 0; first < messages.Length;)
        {
            var count = CountTogether(messages[first..]);
            if (count < 2 || !TryPutTogether(messages.Slice(first, count), outbox))
            {
                for (var i = first; i < first + Math.Max(1, count); i++)
                {
                    Handle(now, messages[i], outbox);
                }
            }

            first += Math.Max(1, count);
        }
    }

    /// <summary>Blobs at the front that go into one transaction.</summary>
    private static int CountTogether(ReadOnlySpan<Message> messages)
    {
        var (count, bytes) = (0, 0L);
        while (count < messages.Length && messages[count].Kind == MessageKind.PutBlob && messages[count].Blob is { } blob
            && messages[count].Term == messages[0].Term
            && (count == 0 || bytes + blob.Length <= TogetherBytesMax))
        {
            bytes += blob.Length;
            count++;
        }

        return count;
    }

    /// <summary>One transaction for many blobs costs little more than one for a single one. Where it fails, each is tried by itself.</summary>
    private bool TryPutTogether(ReadOnlySpan<Message> messages, Outbox outbox)
    {
        var blobs = new ReadOnlyMemory<byte>[messages.Length];
        for (var i = 0; i < blobs.Length; i++)
        {
            blobs[i] = messages[i].Blob;
        }

        try
        {
            var hashes = _blobs.Put(blobs, messages[0].Term);
            for (var i = 0; i < blobs.Length; i++)
            {
                outbox.Send(messages[i].Answer(MessageKind.BlobStored, Recipient.Store, Recipient.StoreClient) with { Hash = hashes[i] });
            }

            return true;
        }
        catch (StoreException)
        {
            return false;
        }
    }

    private static BlobHash RequiredHash(in Message message) => message.Hash.Hex is not null
        ? message.Hash
        : throw new StoreException(Refusal.Unfit, "The store was sent GetBlob without a hash. Send it along.");

    private static T Required<T>(T? part, MessageKind kind)
        where T : class => part
        ?? throw new StoreException(Refusal.Unfit, $"The store was sent {kind} without its {typeof(T).Name}. Send it along.");

    private Message Serve(in Message message)
    {
        switch (message.Kind)
        {
            case MessageKind.PutBlob:
                return message.Answer(MessageKind.BlobStored, Recipient.Store, Recipient.StoreClient) with { Hash = _blobs.Put(Required(message.Blob, message.Kind), message.Term) };

            case MessageKind.GetBlob:
                return message.Answer(MessageKind.BlobRead, Recipient.Store, Recipient.StoreClient) with { Blob = _blobs.Get(RequiredHash(message)), Hash = message.Hash };

            case MessageKind.CommitManifest:
                _manifests.Commit(Required(message.Body as RunManifest, message.Kind));
                return message.Answer(MessageKind.ManifestStored, Recipient.Store, Recipient.StoreClient);

            case MessageKind.ReadManifest:
                return message.Answer(MessageKind.ManifestRead, Recipient.Store, Recipient.StoreClient) with
                {
                    Body = message.Body is IReadOnlyList<RunManifest> unusable ? _manifests.ReadNewest(unusable) : _manifests.ReadNewest(),
                };

            default:
                throw new StoreException(
                    Refusal.Unfit, $"The store was sent {message.Kind}, expected PutBlob, GetBlob, CommitManifest or ReadManifest.");
        }
    }
}
