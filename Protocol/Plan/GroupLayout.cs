namespace Tessera.Protocol.Plan;

/// <summary>
/// What the tiles of one stage on one node, a group, read and answer together. Both sides compute it from the same assignment: inputs travel to a node once
/// however many of its tiles read them, and whatever the group can add up by itself comes back as one sum.
/// </summary>
public sealed class GroupLayout
{
    /// <summary>Lays out a group.</summary>
    /// <param name="grid">The stage.</param>
    /// <param name="ports">Places of the group's tiles in the grid, 1 or more, in any order.</param>
    public GroupLayout(TileGridPlan grid, IEnumerable<int> ports)
    {
        Grid = grid;
        Tiles = [.. ports.Distinct().Order().Select(port => grid.Tiles[port])];
        ArgumentOutOfRangeException.ThrowIfZero(Tiles.Count, nameof(ports));
        var owned = new bool[grid.Tiles.Count];
        foreach (var tile in Tiles)
        {
            owned[tile.Port] = true;
        }

        var (inputs, outputs) = (grid.InputParts.Count, grid.OutputParts.Count);
        Forward = new GroupDirection(
            grid.InputParts, grid.OutputParts, grid.ForwardTree, (input, output) => owned[(input * outputs) + output]);
        Backward = new GroupDirection(
            grid.OutputParts, grid.InputParts, grid.BackwardTree, (output, input) => owned[(input * outputs) + output]);
        IsWhole = Tiles.Count == inputs * outputs;
    }

    /// <summary>The stage.</summary>
    public TileGridPlan Grid { get; }

    /// <summary>The group's tiles in order of their ports.</summary>
    public IReadOnlyList<TilePlan> Tiles { get; }

    /// <summary>Inputs read, sums of outputs answered.</summary>
    public GroupDirection Forward { get; }

    /// <summary>Gradients at the output read, sums of gradients at the input answered.</summary>
    public GroupDirection Backward { get; }

    /// <summary>Whether the group is the whole stage: its sums are the stage's output and gradient, column by column.</summary>
    public bool IsWhole { get; }
}
