using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Cluster;

/// <summary>The process that coordinates, as the control plane knows it.</summary>
/// <param name="Peer">Its identity, in this incarnation.</param>
/// <param name="Name">Name for people.</param>
/// <param name="Term">The term that it leads.</param>
public sealed record Leader(PeerId Peer, string Name, Term Term)
{
    /// <summary>Where it answers HTTP, for people and tools; empty where it does not.</summary>
    public string Http { get; init; } = string.Empty;
}
