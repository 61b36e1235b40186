namespace Tessera.Host.Faults;

/// <summary>Where a step or a checkpoint is when a fault comes.</summary>
internal enum FaultPhase
{
    /// <summary>A node has not got the samples of the step yet.</summary>
    BeforeForward,

    /// <summary>It has answered, and has not got the gradient.</summary>
    BetweenForwardAndBackward,

    /// <summary>It has both, and was not told to commit.</summary>
    BeforeCommit,

    /// <summary>The step took effect on it, and nobody knows.</summary>
    AfterCommit,

    /// <summary>The step was the one of a checkpoint, and bytes are on their way to the database.</summary>
    DuringSnapshot,

    /// <summary>All bytes are there; the manifest is not.</summary>
    BeforeManifest,
}
