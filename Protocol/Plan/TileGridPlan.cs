namespace Tessera.Protocol.Plan;

/// <summary>How one layer is cut: every output part times every input part is a tile.</summary>
public sealed record TileGridPlan
{
    /// <summary>Inputs of each input part, in order.</summary>
    public required IReadOnlyList<int> InputParts { get; init; }

    /// <summary>Outputs of each output part, in order.</summary>
    public required IReadOnlyList<int> OutputParts { get; init; }

    /// <summary>Tiles; input part outermost, output part innermost.</summary>
    public required IReadOnlyList<TilePlan> Tiles { get; init; }

    /// <summary>Index of the layer's physics in the plan.</summary>
    public required int Physics { get; init; }

    /// <summary>Order in which the input parts' outputs are added.</summary>
    public required ReductionTree ForwardTree { get; init; }

    /// <summary>Order in which the output parts' input gradients are added.</summary>
    public required ReductionTree BackwardTree { get; init; }

    /// <summary>The tile at a place of the grid.</summary>
    public TilePlan At(int inputPart, int outputPart) => Tiles[(inputPart * OutputParts.Count) + outputPart];
}
