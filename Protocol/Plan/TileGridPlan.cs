using System.Globalization;
using Tessera.Protocol.Identity;

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

    /// <summary>Cuts a layer.</summary>
    /// <param name="stage">The layer.</param>
    /// <param name="name">Its name, the first part of its tiles' names.</param>
    /// <param name="firstTile">Identity of its first tile; the others follow.</param>
    /// <param name="inputParts">Inputs of each input part, 1 or more each.</param>
    /// <param name="outputParts">Outputs of each output part, 1 or more each.</param>
    /// <param name="analogBias">Whether the tile, which is the only one then, has a bias column.</param>
    /// <param name="physics">Index of the layer's physics.</param>
    public static TileGridPlan Cut(
        StageId stage, string name, TileId firstTile, IReadOnlyList<int> inputParts, IReadOnlyList<int> outputParts, bool analogBias, int physics)
    {
        var tiles = new List<TilePlan>(inputParts.Count * outputParts.Count);
        var inputStart = 0;
        for (var inputPart = 0; inputPart < inputParts.Count; inputPart++)
        {
            var outputStart = 0;
            for (var outputPart = 0; outputPart < outputParts.Count; outputPart++)
            {
                tiles.Add(new TilePlan
                {
                    Id = new TileId(firstTile.Index + tiles.Count),
                    Stage = stage,
                    Name = $"{name}/T{tiles.Count.ToString(CultureInfo.InvariantCulture)}",
                    Port = tiles.Count,
                    InputPart = inputPart,
                    OutputPart = outputPart,
                    InputStart = inputStart,
                    InSize = inputParts[inputPart],
                    OutputStart = outputStart,
                    OutSize = outputParts[outputPart],
                    AnalogBias = analogBias,
                });
                outputStart += outputParts[outputPart];
            }

            inputStart += inputParts[inputPart];
        }

        return new TileGridPlan
        {
            InputParts = inputParts,
            OutputParts = outputParts,
            Tiles = tiles,
            Physics = physics,
            ForwardTree = new ReductionTree(inputParts.Count),
            BackwardTree = new ReductionTree(outputParts.Count),
        };
    }

    /// <summary>The tile at a place of the grid.</summary>
    public TilePlan At(int inputPart, int outputPart) => Tiles[(inputPart * OutputParts.Count) + outputPart];
}
