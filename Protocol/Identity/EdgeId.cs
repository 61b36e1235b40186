namespace Tessera.Protocol.Identity;

/// <summary>Where a reply goes: a port of a stage, wherever that stage is executed. Messages never name a process.</summary>
/// <param name="Stage">The stage that asked.</param>
/// <param name="Port">
/// Which group of its tiles the reply comes from, those on one node: numbered from 0 in the order of their first tiles, anew in every term.
/// </param>
public readonly record struct EdgeId(StageId Stage, int Port)
{
    /// <summary>The client outside the graph.</summary>
    public static readonly EdgeId Client = new(StageId.Client, 0);
}
