using Tessera.Protocol.Cluster;

namespace Tessera.Coordination.Training;

/// <summary>Where a coordinator of a cluster is, for people and tools. Counts are those of this process.</summary>
public sealed record ClusterProgress
{
    /// <summary>What it is about, in a word.</summary>
    public required string Phase { get; init; }

    /// <summary>What it waits for that people could give, or null.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>Whether it leads; otherwise it stands by.</summary>
    public required bool Leads { get; init; }

    /// <summary>Whether its lease is lapsed, so that it begins nothing.</summary>
    public required bool IsSuspended { get; init; }

    /// <summary>The newest term that it led; 0 before the first.</summary>
    public required ulong Term { get; init; }

    /// <summary>Mini-batches done.</summary>
    public required ulong Step { get; init; }

    /// <summary>Mini-batches of the run.</summary>
    public required long StepsTotal { get; init; }

    /// <summary>Pass over the data, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Step of the newest checkpoint, or null.</summary>
    public ulong? CheckpointStep { get; init; }

    /// <summary>Members with the number of tiles that each hosts.</summary>
    public required IReadOnlyList<(Member Member, int Tiles, bool IsReachable)> Members { get; init; }

    /// <summary>The member of each tile, both by name; empty where no tile is placed.</summary>
    public required IReadOnlyDictionary<string, string> Placement { get; init; }

    /// <summary>How long groups of tiles took from a request to its first answer: median, time that 99 of 100 did not exceed, and how many were answered.</summary>
    public required (TimeSpan Median, TimeSpan P99, long Count) TileLatency { get; init; }

    /// <summary>Times that unanswered requests were sent again.</summary>
    public required long Repeats { get; init; }

    /// <summary>Mini-batches that recoveries made it do again.</summary>
    public required long StepsRedone { get; init; }

    /// <summary>Terms in which training began or went on.</summary>
    public required long Openings { get; init; }

    /// <summary>Refusals of its requests for being of an older term.</summary>
    public required long OlderTermRefusals { get; init; }
}
