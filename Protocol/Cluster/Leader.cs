using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Cluster;

/// <summary>The process that coordinates, as the control plane knows it.</summary>
/// <param name="Peer">Its identity, in this incarnation.</param>
/// <param name="Name">Name for people.</param>
/// <param name="Term">The term that it leads.</param>
public sealed record Leader(PeerId Peer, string Name, Term Term);
