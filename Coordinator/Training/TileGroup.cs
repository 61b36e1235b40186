using Tessera.Protocol.Identity;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>The tiles of one stage on one node, in one term: what is asked and answered together.</summary>
/// <param name="Edge">Where the group's answers go.</param>
/// <param name="Host">The node.</param>
/// <param name="Layout">What it reads and answers.</param>
internal sealed record TileGroup(EdgeId Edge, PeerId Host, GroupLayout Layout)
{
    /// <summary>The groups of a stage, in the order of their first tiles.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="hosts">The process of each tile of the plan.</param>
    public static TileGroup[] Of(StagePlan stage, IReadOnlyList<PeerId> hosts) => stage.Grid is not { } grid
        ? []
        : [.. grid.Tiles
            .GroupBy(tile => hosts[tile.Id.Index])
            .Select((tiles, index) => new TileGroup(
                new EdgeId(stage.Id, index), tiles.Key, new GroupLayout(grid, tiles.Select(tile => tile.Port))))];
}
