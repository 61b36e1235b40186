using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Cluster;

/// <summary>A process that hosts tiles.</summary>
/// <param name="Peer">How it is reached, in this incarnation.</param>
/// <param name="Name">Name for people, stable over incarnations.</param>
/// <param name="Cores">Processor cores, 1 or more: its share of the tiles.</param>
/// <param name="MemoryBytes">Memory that tiles may take.</param>
public sealed record Member(PeerId Peer, string Name, int Cores, long MemoryBytes);

/// <summary>The members as the control plane saw them at one moment, in the order of their names.</summary>
/// <param name="Members">Members whose lease holds.</param>
public sealed record MemberList(IReadOnlyList<Member> Members);
