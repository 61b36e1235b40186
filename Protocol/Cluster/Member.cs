using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Cluster;

/// <summary>A process that hosts tiles.</summary>
/// <param name="Peer">How it is known, in this incarnation.</param>
/// <param name="Name">Name for people, stable over incarnations.</param>
/// <param name="Cores">Processor cores, 1 or more: its share of the tiles.</param>
/// <param name="MemoryBytes">Memory that tiles may take.</param>
public sealed record Member(PeerId Peer, string Name, int Cores, long MemoryBytes)
{
    /// <summary>Where it takes connections of the data plane, as <c>tcp://host:port</c> or <c>unix:/path</c>; empty in a run of one process.</summary>
    public string Address { get; init; } = string.Empty;

    /// <summary>What its operator says about it, as <c>key=value</c> pairs separated by commas, in order of the keys; empty where there is nothing to say.</summary>
    public string Labels { get; init; } = string.Empty;

    /// <summary>Where it answers HTTP, for people and tools; empty where it does not.</summary>
    public string Http { get; init; } = string.Empty;

    /// <summary>The tiles that it has, as <see cref="TileRanges"/>: as of its newest report, for whoever comes to coordinate without having placed them.</summary>
    public string Tiles { get; init; } = string.Empty;

    /// <summary>Whether it is to be emptied: its tiles move to others, and it takes no new ones.</summary>
    public bool IsDraining { get; init; }
}

/// <summary>The members as the control plane saw them at one moment, in the order of their names.</summary>
/// <param name="Members">Members whose lease holds.</param>
public sealed record MemberList(IReadOnlyList<Member> Members);
