namespace Tessera.Protocol.Messages;

/// <summary>What a message asks or answers. The numeric values travel between processes: never reuse one.</summary>
public enum MessageKind : byte
{
    /// <summary>Not a message.</summary>
    None = 0,

    /// <summary>
    /// To a tile: y = W x for a range of vectors. The payload is [count, InSize]; answered by <see cref="Output"/>. To a node: the same for all its tiles of
    /// the stage in <see cref="Message.ReplyTo"/>, whose parts of x and sums of y lie side by side as <see cref="Plan.GroupLayout"/> says.
    /// </summary>
    Forward = 1,

    /// <summary>
    /// To a tile: the gradient at its output, [count, OutSize], which it keeps for its commit. Answered by <see cref="InputGradient"/>, empty where the
    /// stage below wants none: an answer gives the request's credit back. To a node: the same for all its tiles of the stage.
    /// </summary>
    Backward = 2,

    /// <summary>
    /// To a tile: all pairs of the mini-batch are there; update, and with <see cref="Message.SnapshotAfter"/> copy the state and store it.
    /// Answered by <see cref="Committed"/> or <see cref="NeedsForward"/>, and later by <see cref="Snapshotted"/> or <see cref="SnapshotFailed"/>. To a node:
    /// the same for all its tiles of the stage; the first answer comes once for all, the later ones from each tile.
    /// </summary>
    Commit = 3,

    /// <summary>
    /// To a tile: an operation outside training, numbered by <see cref="Message.Operation"/>; takes effect once. So far: replace the weights by the payload,
    /// [OutSize, XSize]. Answered by <see cref="Applied"/>.
    /// </summary>
    Apply = 4,

    /// <summary>To a tile: copy and store the state of the step that was committed last. Answered by <see cref="Snapshotted"/> or <see cref="SnapshotFailed"/>.</summary>
    Snapshot = 5,

    /// <summary>
    /// To a tile: go back to the state of <see cref="Message.Hash"/>, from the copy in memory or from the store, and open the term. Answered by
    /// <see cref="Restored"/>.
    /// </summary>
    Restore = 6,

    /// <summary>To a tile: the checkpoint of this step is complete; its copy is the one to go back to. Has no answer.</summary>
    CheckpointComplete = 7,

    /// <summary>From a tile: its part of a stage's output. From a node: the sums of its tiles' parts.</summary>
    Output = 32,

    /// <summary>From a tile: its part of the gradient at a stage's input. From a node: the sums of its tiles' parts.</summary>
    InputGradient = 33,

    /// <summary>From a tile: the step took effect, now or before. From a node: at all its tiles of the stage.</summary>
    Committed = 34,

    /// <summary>From a tile: x or d of some vectors is not here; send forward and backward of the step again.</summary>
    NeedsForward = 35,

    /// <summary>From a tile: the operation took effect, now or before.</summary>
    Applied = 36,

    /// <summary>From a tile: its state at a step is stored under <see cref="Message.Hash"/>.</summary>
    Snapshotted = 37,

    /// <summary>From a tile or a node: the request does not fit; the detail says what was seen, what was expected and the way out.</summary>
    Refused = 38,

    /// <summary>From a tile: its state at a step could not be stored; training is not affected.</summary>
    SnapshotFailed = 39,

    /// <summary>From a tile: it is in the state that was asked for, at its step.</summary>
    Restored = 40,

    /// <summary>From the client to the coordinator: start, or go on after a failure that was mended.</summary>
    Start = 64,

    /// <summary>From the client: <see cref="Message.Operation"/> more steps may be reported.</summary>
    Continue = 65,

    /// <summary>From the client: end at the next step boundary with a checkpoint. Answered by <see cref="Stopped"/>.</summary>
    Stop = 66,

    /// <summary>
    /// From the client: leave the run to another coordinator at the next step boundary, with a checkpoint. Answered by <see cref="SteppedDown"/>.
    /// </summary>
    HandOver = 67,

    /// <summary>To the client: the loss of a mini-batch; its commits are on their way.</summary>
    StepDone = 80,

    /// <summary>To the client: all commits of an epoch are confirmed; its evaluation begins.</summary>
    EpochTrained = 81,

    /// <summary>To the client: test samples that were classified correctly after the epoch, as Vectors (correct of total).</summary>
    EpochDone = 82,

    /// <summary>To the client: a checkpoint of this step is complete.</summary>
    CheckpointDone = 83,

    /// <summary>To the client: a checkpoint was given up, or cannot be gone back to; the one before it stays good. Training goes on.</summary>
    CheckpointFailed = 84,

    /// <summary>To the client: the run goes on in this term from this step, after a start, a resume or a recovery.</summary>
    Opened = 85,

    /// <summary>To the client: all epochs are done and the final state is stored.</summary>
    Finished = 86,

    /// <summary>To the client: stopped as asked, after this step, and stored.</summary>
    Stopped = 87,

    /// <summary>To the client: the run cannot go on; the detail says why and the way out.</summary>
    Failed = 88,

    /// <summary>To the client: another coordinator leads; this one stands by.</summary>
    SteppedDown = 89,

    /// <summary>To the client: the run waits; the detail says for what.</summary>
    Waiting = 90,

    /// <summary>From the coordinator to a node: host exactly the tiles of the body in this term.</summary>
    Assign = 96,

    /// <summary>From a node: the tiles are there.</summary>
    Assigned = 97,

    /// <summary>From the edge to node and coordinator: the connection to a peer is closed, or cannot be made.</summary>
    PeerLost = 98,

    /// <summary>From the edge to the coordinator: the connection to a peer is there, for the first time or again.</summary>
    PeerFound = 99,

    /// <summary>To the store: keep the bytes of <see cref="Message.Blob"/>. Answered by <see cref="BlobStored"/> with their hash.</summary>
    PutBlob = 112,

    /// <summary>To the store: the bytes of a hash. Answered by <see cref="BlobRead"/>.</summary>
    GetBlob = 113,

    /// <summary>To the store: make the manifest of the body the newest, unless a newer term is known. Answered by <see cref="ManifestStored"/>.</summary>
    CommitManifest = 114,

    /// <summary>
    /// To the store: the newest manifest, but for those of the body where it lists some that cannot be used. Answered by <see cref="ManifestRead"/>, whose body
    /// is null where there is none.
    /// </summary>
    ReadManifest = 115,

    /// <summary>From the store: the bytes are durable.</summary>
    BlobStored = 120,

    /// <summary>From the store: the bytes, checked against their hash.</summary>
    BlobRead = 121,

    /// <summary>From the store: the manifest is durable.</summary>
    ManifestStored = 122,

    /// <summary>From the store: the newest manifest.</summary>
    ManifestRead = 123,

    /// <summary>From the store: not done; <see cref="Message.Refusal"/> and the detail say why.</summary>
    StoreFailed = 124,

    /// <summary>To the control plane: lead the run in a new term. Answered by <see cref="Leading"/> or <see cref="NotLeading"/>.</summary>
    Lead = 144,

    /// <summary>From the control plane: this process leads in this term; the body lists the members.</summary>
    Leading = 145,

    /// <summary>From the control plane: another process leads, or the term is over.</summary>
    NotLeading = 146,

    /// <summary>To the control plane: be, or stay, a member that hosts tiles. Answered by <see cref="Joined"/>.</summary>
    Join = 147,

    /// <summary>From the control plane: a member, until the lease ends.</summary>
    Joined = 148,

    /// <summary>To the control plane: still leading in this term. Answered like <see cref="Lead"/>.</summary>
    RenewLead = 149,

    /// <summary>To the control plane: no longer a member, or no longer leading.</summary>
    Leave = 150,

    /// <summary>From the control client to its node or coordinator: the lease is over; do nothing, keep everything. To the coordinator with its term.</summary>
    LeaseLapsed = 151,

    /// <summary>From the control client to its node or coordinator: the lease holds; go on. To the coordinator with its term, after a lapse only.</summary>
    LeaseHolds = 152,

    /// <summary>From a node to its control client: the tiles that it has from now on; the detail lists them.</summary>
    Hosts = 153,

    /// <summary>To the machine that set it: a timer is due.</summary>
    Timer = 160,
}
