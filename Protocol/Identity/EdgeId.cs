namespace Tessera.Protocol.Identity;

/// <summary>Where a reply goes: a port of a stage, wherever that stage is executed. Messages never name a process.</summary>
/// <param name="Stage">The stage that asked.</param>
/// <param name="Port">Which of its tiles the reply comes from: the tile's place in the stage's grid.</param>
public readonly record struct EdgeId(StageId Stage, int Port)
{
    /// <summary>The client outside the graph.</summary>
    public static readonly EdgeId Client = new(StageId.Client, 0);
}
