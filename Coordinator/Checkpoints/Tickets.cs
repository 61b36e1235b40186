namespace Tessera.Coordination.Checkpoints;

/// <summary>Numbers for requests to the store, each used once.</summary>
internal sealed class Tickets
{
    private ulong _last;

    /// <summary>A number that was not used before.</summary>
    public ulong Next() => ++_last;
}
