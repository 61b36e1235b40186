namespace Tessera.Actors.Simulation;

/// <summary>What holds in every run, whatever goes wrong; numbered as in the design.</summary>
public enum SimulationInvariant
{
    /// <summary>A machine or a scenario did what none may do: it threw, or sent something to nobody.</summary>
    Defect = 0,

    /// <summary>I1: one committed writer per tile and term.</summary>
    OneWriter = 1,

    /// <summary>I2: within a term a tile's step rises by exactly one.</summary>
    StepsByOne = 2,

    /// <summary>I3: a manifest names all tiles and stages at one step, each blob durable and intact.</summary>
    CompleteManifest = 3,

    /// <summary>I4: the final state equals that of a run without faults; checked by the scenario.</summary>
    SameResult = 4,

    /// <summary>I5: an update takes effect once per tile, term and step.</summary>
    OnceOnly = 5,

    /// <summary>I6: sums have one order, seen in the bits of the losses; checked by the scenario.</summary>
    SameOrder = 6,

    /// <summary>I7: nothing of an older term takes effect.</summary>
    NoOlderTerm = 7,

    /// <summary>I8: every queue is bounded.</summary>
    BoundedQueues = 8,

    /// <summary>I9: what is restored is what was written, and a step has the same bits whenever it is done.</summary>
    SameState = 9,

    /// <summary>I10: unusable state is refused.</summary>
    NoSilentFallback = 10,

    /// <summary>The scenario ends within the time it is given: nothing is stuck.</summary>
    Liveness = 11,
}
