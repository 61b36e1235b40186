using System.ComponentModel;

namespace Tessera.Host.Http;

/// <summary>
/// How a process of a cluster is doing, at one moment. What does not apply to it, or is not known yet, is null and left out of the JSON. The descriptions
/// are part of the JSON schema, which people read; hence they stand in attributes.
/// </summary>
internal sealed record ProcessStatus
{
    /// <summary><see cref="Role"/> of a process that hosts tiles.</summary>
    public const string Node = "node";

    /// <summary><see cref="Role"/> of a process that trains, or stands by to do so.</summary>
    public const string Coordinator = "coordinator";

    [Description("node (hosts tiles) or coordinator (trains, or stands by)")]
    public required string Role { get; init; }

    [Description("name of the process, stable over restarts")]
    public required string Name { get; init; }

    [Description("name of the run")]
    public required string Run { get; init; }

    [Description("number of this incarnation; a restarted process has another")]
    public int? Peer { get; init; }

    [Description("version of the program")]
    public required string Version { get; init; }

    [Description("newest version of the data plane's protocol that it speaks")]
    public required int Protocol { get; init; }

    [Description("seconds since the process started")]
    public required double UptimeSeconds { get; init; }

    [Description("bytes of managed memory allocated since the process started")]
    public long? AllocatedBytes { get; init; }

    [Description("whether it does its part in the run")]
    public required bool Ready { get; init; }

    [Description("why it is not ready; absent where it is")]
    public string? NotReadyReason { get; init; }

    [Description("newest term that it knows: rises with every recovery")]
    public long? Term { get; init; }

    [Description("name of the coordinator that leads the term")]
    public string? Leader { get; init; }

    [Description("processes that host tiles")]
    public IReadOnlyList<MemberStatus>? Members { get; init; }

    [Description("member by tile, both by name")]
    public IReadOnlyDictionary<string, string>? Placement { get; init; }

    [Description("what the coordinator is doing, in a word")]
    public string? Phase { get; init; }

    [Description("mini-batches done; of a node the newest that its tiles have committed")]
    public long? Step { get; init; }

    [Description("mini-batches of the whole run")]
    public long? Steps { get; init; }

    [Description("pass over the training data, from 1")]
    public int? Epoch { get; init; }

    [Description("training samples per second, lately")]
    public double? SamplesPerSecond { get; init; }

    [Description("step of the newest checkpoint that is complete")]
    public long? CheckpointStep { get; init; }

    [Description("requests that were sent again")]
    public long? Repeats { get; init; }

    [Description("mini-batches that were computed again after a recovery")]
    public long? RedoneSteps { get; init; }

    [Description("times that the run was opened: once at the start and once a recovery")]
    public long? Openings { get; init; }

    [Description("messages refused because their sender was of an older term")]
    public long? RefusedOlderTerm { get; init; }

    [Description("whether it holds still because its lease lapsed")]
    public bool? Suspended { get; init; }

    [Description("bytes written to the data plane")]
    public long? BytesSent { get; init; }

    [Description("bytes read from the data plane")]
    public long? BytesReceived { get; init; }

    [Description("frames sent and received")]
    public long? Frames { get; init; }

    [Description("open connections of the data plane")]
    public int? Connections { get; init; }

    [Description("connections that were refused or closed for what they sent")]
    public long? RefusedConnections { get; init; }

    [Description("time from a request to the tiles of a layer on one node to its answer, the way included; coordinators only")]
    public LatencyStatus? TileLatency { get; init; }

    [Description("tiles hosted here; nodes only")]
    public IReadOnlyList<TileStatus>? Tiles { get; init; }
}

/// <summary>A process that hosts tiles, as the coordinator or the control plane sees it.</summary>
internal sealed record MemberStatus
{
    [Description("name of the process, stable over restarts")]
    public required string Name { get; init; }

    [Description("number of this incarnation; a restarted process has another")]
    public required int Peer { get; init; }

    [Description("where it takes connections of the data plane: tcp://host:port or unix:/path")]
    public string? Address { get; init; }

    [Description("processor cores that it offers")]
    public required int Cores { get; init; }

    [Description("memory that tiles may take, in bytes")]
    public required long MemoryBytes { get; init; }

    [Description("key=value pairs of its operator, separated by commas")]
    public string? Labels { get; init; }

    [Description("whether it is being emptied")]
    public required bool Draining { get; init; }

    [Description("how many tiles it hosts")]
    public int? Tiles { get; init; }

    [Description("how it stands with the coordinator, in a word")]
    public string? State { get; init; }
}

/// <summary>A distribution of times.</summary>
internal sealed record LatencyStatus
{
    [Description("median, in milliseconds")]
    public required double P50Ms { get; init; }

    [Description("time that 99 of 100 requests do not exceed, in milliseconds")]
    public required double P99Ms { get; init; }

    [Description("how many requests were timed")]
    public required long Count { get; init; }
}

/// <summary>A tile of a node.</summary>
internal sealed record TileStatus
{
    [Description("name of the tile, stage first")]
    public required string Name { get; init; }
}
