using Tessera.Coordination.Plan;
using Tessera.Kernels.Configuration;
using Tessera.Protocol.Plan;

namespace Tessera.Host.Maps;

/// <summary>How one analog layer lies on tiles, and what it costs.</summary>
/// <param name="Layer">Name of the stage.</param>
/// <param name="InFeatures">Inputs of the layer.</param>
/// <param name="OutFeatures">Outputs of the layer.</param>
/// <param name="InputParts">Inputs of each column of tiles.</param>
/// <param name="OutputParts">Outputs of each row of tiles.</param>
/// <param name="Bias">Where the bias lives: <c>digital</c>, <c>analog</c> (a column of the tile) or <c>none</c>. A grid's bias is always digital, whatever
/// <c>digital_bias</c> says (spec mapping, section 3).</param>
/// <param name="Tiles">Tiles of the grid.</param>
/// <param name="Crosspoints">Devices of all tiles.</param>
/// <param name="UtilisationPercent">Mean over the tiles of 100 n m / (max_input_size max_output_size); 100 without limits (spec mapping, section 12).</param>
/// <param name="StateBytes">Weights, hidden parameters and scales of all tiles.</param>
/// <param name="ScratchBytes">Working buffers of all tiles for a mini-batch.</param>
/// <param name="StoredBytes">Inputs, outputs and gradients that the tiles keep for a mini-batch and an evaluation chunk.</param>
/// <param name="CopyBytes">Copies of the mutable state for checkpoints: the newest, and the one under way.</param>
internal sealed record LayerMap(
    string Layer,
    int InFeatures,
    int OutFeatures,
    IReadOnlyList<int> InputParts,
    IReadOnlyList<int> OutputParts,
    string Bias,
    int Tiles,
    long Crosspoints,
    double UtilisationPercent,
    long StateBytes,
    long ScratchBytes,
    long StoredBytes,
    long CopyBytes)
{
    /// <summary>Maps every analog layer of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="memory">Its memory.</param>
    public static IReadOnlyList<LayerMap> Of(NetworkPlan plan, MemoryPlan memory) =>
        [.. memory.Layers.Select(layer => Of(plan, plan.Stages[layer.Stage.Index], layer))];

    private static LayerMap Of(NetworkPlan plan, StagePlan stage, LayerMemory memory)
    {
        TileGridPlan grid = stage.Grid!;
        MappingParameter mapping = plan.Physics[grid.Physics].Mapping;
        string bias = stage.DigitalBias ? "digital" : grid.Tiles[0].AnalogBias ? "analog" : "none";
        return new LayerMap(
            stage.Name,
            stage.InFeatures,
            stage.OutFeatures,
            grid.InputParts,
            grid.OutputParts,
            bias,
            grid.Tiles.Count,
            grid.Tiles.Sum(tile => tile.Crosspoints),
            grid.Tiles.Average(tile => Utilisation(tile, mapping)),
            memory.StateBytes,
            memory.ScratchBytes,
            memory.StoredBytes,
            memory.CopyBytes);
    }

    private static double Utilisation(TilePlan tile, MappingParameter mapping)
    {
        double columns = mapping.MaxInputSize > 0 ? mapping.MaxInputSize : tile.XSize;
        double rows = mapping.MaxOutputSize > 0 ? mapping.MaxOutputSize : tile.OutSize;
        return 100.0 * tile.XSize * tile.OutSize / (columns * rows);
    }
}
