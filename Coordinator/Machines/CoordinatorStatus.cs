using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Coordination.Machines;

/// <summary>Where a coordinator is, for people and tools: never changed, replaced as a whole. Counts are those of this coordinator, from its creation on.</summary>
internal sealed record CoordinatorStatus
{
    /// <summary>Of a coordinator that has not begun.</summary>
    public static readonly CoordinatorStatus None = new();

    /// <summary>What it is about.</summary>
    public CoordinatorPhase Phase { get; init; }

    /// <summary>Whether its lease is lapsed, so that it begins nothing until the control plane answers.</summary>
    public bool IsSuspended { get; init; }

    /// <summary>What it waits for, for people; null where it waits for nothing that people could give.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>The newest term that it led.</summary>
    public Term Term { get; init; }

    /// <summary>Mini-batches done.</summary>
    public StepId Step { get; init; }

    /// <summary>Mini-batches of the run.</summary>
    public long StepsTotal { get; init; }

    /// <summary>Epoch of the step, from 1.</summary>
    public int Epoch { get; init; } = 1;

    /// <summary>Step of the newest checkpoint that it knows; null for none.</summary>
    public StepId? CheckpointStep { get; init; }

    /// <summary>Members with the tiles that each hosts, in the order of their names.</summary>
    public IReadOnlyList<MemberTiles> Members { get; init; } = [];

    /// <summary>The member of each tile, both by name; empty where no tile is placed.</summary>
    public IReadOnlyDictionary<string, string> Placement { get; init; } = new Dictionary<string, string>();

    /// <summary>How long groups of tiles took to answer, so far.</summary>
    public TileLatency TileLatency { get; init; }

    /// <summary>Times that the watch sent unanswered requests again.</summary>
    public long Repeats { get; init; }

    /// <summary>Mini-batches that recoveries made it go back over.</summary>
    public long StepsRedone { get; init; }

    /// <summary>Terms in which training began or went on.</summary>
    public long Openings { get; init; }

    /// <summary>Terms that began to move tiles, with nothing done again.</summary>
    public long Moves { get; init; }

    /// <summary>Lapses of its lease after which it went on in the same term.</summary>
    public long Resumptions { get; init; }

    /// <summary>Refusals of requests of an older term that reached it.</summary>
    public long OlderTermRefusals { get; init; }
}

/// <summary>How long groups of tiles took from a request to its first answer, the time on the way included.</summary>
/// <param name="Median">Half of the requests took no longer.</param>
/// <param name="P99">99 of 100 took no longer.</param>
/// <param name="Count">Requests that were answered.</param>
internal readonly record struct TileLatency(TimeSpan Median, TimeSpan P99, long Count);

/// <summary>A member and its part of the run.</summary>
/// <param name="Member">The process.</param>
/// <param name="Tiles">Tiles that it hosts, 0 or more.</param>
/// <param name="IsReachable">Whether there is, as far as is known, a connection to it.</param>
internal sealed record MemberTiles(Member Member, int Tiles, bool IsReachable);
