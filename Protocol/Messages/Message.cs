using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Protocol.Messages;

/// <summary>
/// One message between actors. A flat value, so that mailboxes are plain arrays and a steady step allocates nothing; each
/// <see cref="MessageKind"/> says which members it uses.
/// </summary>
public readonly struct Message
{
    /// <summary>What is asked or answered.</summary>
    public MessageKind Kind { get; init; }

    /// <summary>Which machine handles it.</summary>
    public Recipient To { get; init; }

    /// <summary>Which machine sent it, where the answer depends on that: the store and its client, and the node that asks its tiles. Does not travel.</summary>
    public Recipient From { get; init; }

    /// <summary>Why it was not done (Refused, StoreFailed, SnapshotFailed).</summary>
    public Refusal Refusal { get; init; }

    /// <summary>Why a tile is read (Forward).</summary>
    public ReadPurpose Purpose { get; init; }

    /// <summary>Whether the stage below wants a gradient (Backward).</summary>
    public bool WantsInputGradient { get; init; }

    /// <summary>Whether the state after this step is to be stored (Commit).</summary>
    public bool SnapshotAfter { get; init; }

    /// <summary>The process: where it goes when it is sent, where it came from when it is handled.</summary>
    public PeerId Peer { get; init; }

    /// <summary>The tile that is asked, that answers, or that a store's answer is for.</summary>
    public TileId Tile { get; init; }

    /// <summary>In a request to a node or a tile: the edge of the graph where the answer goes. In an answer: the edge that it belongs to.</summary>
    public EdgeId ReplyTo { get; init; }

    /// <summary>Incarnation of the run.</summary>
    public Term Term { get; init; }

    /// <summary>Mini-batch counter.</summary>
    public StepId Step { get; init; }

    /// <summary>Vectors of the payload; for Commit, of the whole mini-batch.</summary>
    public VectorRange Vectors { get; init; }

    /// <summary>Number of an operation (Apply), of a request to the store, or generation of a timer.</summary>
    public ulong Operation { get; init; }

    /// <summary>Learning rate (Commit), or the loss (StepDone).</summary>
    public float Scalar { get; init; }

    /// <summary>Numbers, viewed where they lie.</summary>
    public Tensor Payload { get; init; }

    /// <summary>Where the payload lies if that memory is used again; null where it is not. Edges alone look at it. Does not travel.</summary>
    public IPayloadLease? Lease { get; init; }

    /// <summary>Name of a blob (Restore, Snapshotted, GetBlob, BlobStored).</summary>
    public BlobHash Hash { get; init; }

    /// <summary>State as a safetensors file (PutBlob, BlobRead).</summary>
    public byte[]? Blob { get; init; }

    /// <summary>A structured part that is never changed after it was sent: a manifest, an assignment, the members.</summary>
    public object? Body { get; init; }

    /// <summary>What was seen, what was expected, the way out.</summary>
    public string? Detail { get; init; }

    /// <summary>The answer of a machine to this request: whatever says what the request was about comes back with it.</summary>
    /// <param name="kind">What is answered.</param>
    /// <param name="from">Who answers.</param>
    /// <param name="to">Who asked.</param>
    public Message Answer(MessageKind kind, Recipient from, Recipient to) => new()
    {
        Kind = kind,
        To = to,
        From = from,
        Peer = Peer,
        Tile = Tile,
        ReplyTo = ReplyTo,
        Term = Term,
        Step = Step,
        Vectors = Vectors,
        Operation = Operation,
    };
}
