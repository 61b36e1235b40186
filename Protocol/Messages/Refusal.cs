namespace Tessera.Protocol.Messages;

/// <summary>Why something was refused or failed, as far as the asker's next move depends on it. The numeric values travel: never reuse one.</summary>
public enum Refusal : byte
{
    /// <summary>Nothing was refused.</summary>
    None = 0,

    /// <summary>The asker's term is older than one that is known here: it was replaced and must stop.</summary>
    OlderTerm = 1,

    /// <summary>The term was not opened here: restore first.</summary>
    TermNotOpened = 2,

    /// <summary>The step does not follow the state here. Harmless where messages are lost or overtake each other.</summary>
    OutOfStep = 3,

    /// <summary>The tile is not hosted here.</summary>
    NotHosted = 4,

    /// <summary>Shape, size or kind cannot be right, now or later: a defect or a plan of another run.</summary>
    Unfit = 5,

    /// <summary>The stored bytes are not what was written, or not what this run, version or plan expects.</summary>
    Damaged = 6,

    /// <summary>The store does not hold what was asked for.</summary>
    Missing = 7,

    /// <summary>The store cannot be reached or does not answer now; a later attempt may succeed.</summary>
    Unavailable = 8,

    /// <summary>There is no room; a later attempt succeeds when somebody makes some.</summary>
    Full = 9,
}
