using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Messages;

/// <summary>
/// One message between actors. A flat value, so that mailboxes are plain arrays and a steady step allocates nothing; each
/// <see cref="MessageKind"/> says which members it uses.
/// </summary>
public readonly struct Message
{
    /// <summary>What is asked or answered.</summary>
    public MessageKind Kind { get; init; }

    /// <summary>Why a tile is read (Forward).</summary>
    public ReadPurpose Purpose { get; init; }

    /// <summary>Whether the stage below wants a gradient (Backward).</summary>
    public bool WantsInputGradient { get; init; }

    /// <summary>The tile that is asked, or that answers.</summary>
    public TileId Tile { get; init; }

    /// <summary>In a request to a tile: the edge where the answer goes. In everything else: the edge where the message itself goes.</summary>
    public EdgeId ReplyTo { get; init; }

    /// <summary>Incarnation of the run.</summary>
    public Term Term { get; init; }

    /// <summary>Mini-batch counter.</summary>
    public StepId Step { get; init; }

    /// <summary>Vectors of the payload; for Commit, of the whole mini-batch.</summary>
    public VectorRange Vectors { get; init; }

    /// <summary>Learning rate (Commit, TrainStep), or the loss (StepDone, Diverged).</summary>
    public float Scalar { get; init; }

    /// <summary>Numbers, viewed where they lie.</summary>
    public Tensor Payload { get; init; }

    /// <summary>Samples (TrainStep, Evaluate).</summary>
    public SampleBatch? Samples { get; init; }

    /// <summary>State of a tile as a safetensors file (Snapshotted, Restore).</summary>
    public byte[]? Blob { get; init; }

    /// <summary>What was seen, what was expected, the way out (Refused, NeedsForward, Diverged).</summary>
    public string? Detail { get; init; }

    /// <summary>Whether the message goes to a tile; all others go to the stage or client of <see cref="ReplyTo"/>.</summary>
    public bool IsTileRequest => Kind is >= MessageKind.Forward and <= MessageKind.Restore;
}
