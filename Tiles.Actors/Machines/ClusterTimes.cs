namespace Tessera.Actors.Machines;

/// <summary>How patient the processes of a cluster are with each other and with the database. All have the same.</summary>
public static class ClusterTimes
{
    /// <summary>
    /// Leases: 4 s, so that a frozen coordinator has a successor within 5; renewed twice a second, so that a killed one has it within 1; while another process leads,
    /// it is asked for four times a second.
    /// </summary>
    public static readonly LeaseSettings Leases = new()
    {
        Duration = TimeSpan.FromSeconds(4),
        RenewEvery = TimeSpan.FromMilliseconds(500),
        RetryEvery = TimeSpan.FromMilliseconds(250),
    };

    /// <summary>The store over a network: a minute for the largest blobs.</summary>
    public static readonly StoreClientSettings Store = new() { TimeLimit = TimeSpan.FromMinutes(1), OutstandingMax = 16 };

    /// <summary>Time without any answer after which requests are repeated. A lost connection is noticed long before.</summary>
    public static readonly TimeSpan RepeatAfter = TimeSpan.FromSeconds(1);

    /// <summary>Repeats without any effect after which a new term begins: a step of the largest tiles may take this many seconds.</summary>
    public const int RepeatsMax = 60;

    /// <summary>Time between two moves of tiles to new members.</summary>
    public static readonly TimeSpan MoveAfter = TimeSpan.FromSeconds(5);
}
