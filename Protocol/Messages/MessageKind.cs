namespace Tessera.Protocol.Messages;

/// <summary>What a message asks or answers. The numeric values travel between processes: never reuse one.</summary>
public enum MessageKind : byte
{
    /// <summary>Not a message.</summary>
    None = 0,

    /// <summary>To a tile: y = W x for a range of vectors. The payload is [count, InSize]; answered by <see cref="Output"/>.</summary>
    Forward = 1,

    /// <summary>
    /// To a tile: the gradient at its output, [count, OutSize], which it keeps for its commit. Where the stage below wants one, answered by
    /// <see cref="InputGradient"/>; otherwise it has no answer.
    /// </summary>
    Backward = 2,

    /// <summary>To a tile: all pairs of the mini-batch are there; update. Answered by <see cref="Committed"/> or <see cref="NeedsForward"/>.</summary>
    Commit = 3,

    /// <summary>To a tile: replace the weights, [OutSize, XSize], before the first step. Answered by <see cref="Applied"/>.</summary>
    SetWeights = 4,

    /// <summary>To a tile: send the mutable state. Answered by <see cref="Snapshotted"/>.</summary>
    Snapshot = 5,

    /// <summary>To a tile: take the mutable state of the blob, and its step. Answered by <see cref="Applied"/>.</summary>
    Restore = 6,

    /// <summary>From a tile: its part of a stage's output.</summary>
    Output = 32,

    /// <summary>From a tile: its part of the gradient at a stage's input.</summary>
    InputGradient = 33,

    /// <summary>From a tile: the step took effect, now or before.</summary>
    Committed = 34,

    /// <summary>From a tile: x or d of some vectors is not here; send forward and backward of the step again.</summary>
    NeedsForward = 35,

    /// <summary>From a tile: an operation took effect.</summary>
    Applied = 36,

    /// <summary>From a tile: its state as a blob.</summary>
    Snapshotted = 37,

    /// <summary>From a tile: the request does not fit the tile's state; the detail says what was seen, what was expected and the way out.</summary>
    Refused = 38,

    /// <summary>From the client: train one mini-batch. Answered by <see cref="StepDone"/>.</summary>
    TrainStep = 64,

    /// <summary>From the client: measure a chunk of the test set. Answered by <see cref="Evaluated"/>.</summary>
    Evaluate = 65,

    /// <summary>From the client: answer when every commit sent so far has been confirmed. Answered by <see cref="Settled"/>.</summary>
    Settle = 66,

    /// <summary>To the client: the loss of a mini-batch; its commits are on their way.</summary>
    StepDone = 96,

    /// <summary>To the client: samples of the chunk that were classified correctly.</summary>
    Evaluated = 97,

    /// <summary>To the client: every tile has confirmed every commit.</summary>
    Settled = 98,

    /// <summary>To the client: the loss is NaN or infinite; nothing of this step was committed.</summary>
    Diverged = 99,
}
