namespace Tessera.Actors.Machines;

/// <summary>What a commit of some step is to a tile at its own.</summary>
public enum CommitVerdict
{
    /// <summary>The step after the tile's: it takes effect.</summary>
    Next,

    /// <summary>The tile's own step: it took effect before.</summary>
    Repeat,

    /// <summary>Any other: it came too early or far too late.</summary>
    OutOfStep,
}
