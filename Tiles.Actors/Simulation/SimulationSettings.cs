namespace Tessera.Actors.Simulation;

/// <summary>What a simulated world promises its machines when nothing goes wrong, and its bounds.</summary>
public sealed record SimulationSettings
{
    /// <summary>Messages that wait in the mailbox of a tile, 1 or more.</summary>
    public int TileMailboxCapacity { get; init; } = 64;

    /// <summary>Longest time that handling one message takes.</summary>
    public TimeSpan HandlingTimeMax { get; init; } = TimeSpan.FromMicroseconds(10);

    /// <summary>Lease of a member.</summary>
    public TimeSpan MemberLease { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Lease of the coordinator.</summary>
    public TimeSpan CoordinatorLease { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Manifests that the store keeps, 1 or more.</summary>
    public int ManifestsKept { get; init; } = 2;

    /// <summary>Messages of the network that wait for a frozen process; what comes beyond them is lost.</summary>
    public int HeldMax { get; init; } = 1024;

    /// <summary>Timers that a process may have set; one more breaks <see cref="SimulationInvariant.BoundedQueues"/>.</summary>
    public int TimersMax { get; init; } = 4096;

    /// <summary>
    /// Whether a message of the network that finds its mailbox full waits in the network, as behind a socket that nobody reads, instead of
    /// breaking
    /// <see cref="SimulationInvariant.BoundedQueues"/>. Messages within a process never wait.
    /// </summary>
    public bool BackPressure { get; init; }

    /// <summary>Events that a violation shows, 1 or more.</summary>
    public int TraceLength { get; init; } = 200;
}
