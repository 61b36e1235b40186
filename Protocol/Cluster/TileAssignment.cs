using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Cluster;

/// <summary>The tiles that a node hosts in a term: exactly these.</summary>
/// <param name="Run">What they are tiles of.</param>
/// <param name="Tiles">Identities in ascending order; may be empty.</param>
/// <param name="Fresh">Whether the tiles start from construction; otherwise tiles that are there keep their copies of checkpoints.</param>
public sealed record TileAssignment(RunBlueprint Run, IReadOnlyList<TileId> Tiles, bool Fresh);
