using Tessera.Protocol.Cluster;

namespace Tessera.Coordination.Plan;

/// <summary>What the tiles of a plan take in the processes that host them.</summary>
/// <param name="TileBytes">State, scratch, what a tile keeps, and copies, by tile.</param>
/// <param name="WorkingBytes">Copy in 32 bits of state that is kept in 16, of the largest tile; 0 where all state is kept in 32 bits.</param>
public sealed record HostedMemory(IReadOnlyList<long> TileBytes, long WorkingBytes)
{
    /// <summary>
    /// What a member has for tiles: its memory without the working copies, one for every tile that it may compute at once. Never 0, which stands for a
    /// member that does not say.
    /// </summary>
    public Member WithRoom(Member member) => member.MemoryBytes == 0
        ? member
        : member with { MemoryBytes = Math.Max(1, member.MemoryBytes - (WorkingBytes * Math.Min(member.Cores, TileBytes.Count))) };
}
