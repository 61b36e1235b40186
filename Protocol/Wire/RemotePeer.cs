using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Wire;

/// <summary>Who is at the other end of a connection, as its handshake said.</summary>
/// <param name="Peer">Its identity, in this incarnation.</param>
/// <param name="Name">Name for people.</param>
/// <param name="Role">What it does, for people: node, coordinator.</param>
/// <param name="Version">Version of the protocol that both speak.</param>
public sealed record RemotePeer(PeerId Peer, string Name, string Role, int Version);
