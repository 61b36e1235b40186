namespace Tessera.Coordination.Machines;

/// <summary>What a coordinator is about.</summary>
internal enum CoordinatorPhase
{
    /// <summary>Not started, finished, stopped, handed over or failed.</summary>
    Idle,

    /// <summary>Waits for a term.</summary>
    Leading,

    /// <summary>Waits for the newest manifest.</summary>
    Reading,

    /// <summary>Waits for members to host tiles.</summary>
    Placing,

    /// <summary>Waits for nodes, tiles and own blobs.</summary>
    Opening,

    /// <summary>Trains.</summary>
    Training,

    /// <summary>Waits for the last commits of an epoch.</summary>
    Settling,

    /// <summary>Evaluates an epoch.</summary>
    Evaluating,

    /// <summary>Waits for the checkpoint of the last step.</summary>
    Finalizing,
}
