using System.Text.Json.Serialization;
using Tessera.Coordination.Plan;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
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
/// <param name="StoredBytes">Inputs and gradients kept from forward to commit, for a mini-batch.</param>
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
    long StoredBytes)
{
    /// <summary>Memory of the layer.</summary>
    [JsonIgnore]
    public long Bytes => StateBytes + ScratchBytes + StoredBytes;

    /// <summary>Maps every analog layer of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="batch">Samples of a mini-batch.</param>
    public static IReadOnlyList<LayerMap> Of(NetworkPlan plan, int batch)
    {
        Dictionary<(int Physics, TileShape Shape), TileMemory> memories = [];
        return [.. plan.Stages.Where(stage => stage.Grid is not null).Select(stage => Of(plan, stage, stage.Grid!, batch, memories))];
    }

    private static LayerMap Of(
        NetworkPlan plan, StagePlan stage, TileGridPlan grid, int batch, Dictionary<(int Physics, TileShape Shape), TileMemory> memories)
    {
        RpuConfig physics = plan.Physics[grid.Physics];
        long state = 0, scratch = 0, stored = 0;
        double utilisation = 0;
        foreach (TilePlan tile in grid.Tiles)
        {
            TileShape shape = new(tile.OutSize, tile.InSize, tile.AnalogBias);
            if (!memories.TryGetValue((grid.Physics, shape), out TileMemory memory))
            {
                using ITile sample = TileFactory.Create(physics, shape, new TileIdentity(Seed: 1, Tile: 0));
                memory = sample.EstimateMemory(batch);
                memories.Add((grid.Physics, shape), memory);
            }

            state += memory.StateBytes;
            scratch += memory.ScratchBytes;
            stored += (long)batch * (Lanes.RoundUp(tile.InSize) + Lanes.RoundUp(tile.OutSize)) * sizeof(float);
            utilisation += Utilisation(tile, physics.Mapping) / grid.Tiles.Count;
        }

        string bias = stage.DigitalBias ? "digital" : grid.Tiles[0].AnalogBias ? "analog" : "none";
        return new LayerMap(
            stage.Name, stage.InFeatures, stage.OutFeatures, grid.InputParts, grid.OutputParts, bias, grid.Tiles.Count,
            grid.Tiles.Sum(tile => tile.Crosspoints), utilisation, state, scratch, stored);
    }

    private static double Utilisation(TilePlan tile, MappingParameter mapping)
    {
        double columns = mapping.MaxInputSize > 0 ? mapping.MaxInputSize : tile.XSize;
        double rows = mapping.MaxOutputSize > 0 ? mapping.MaxOutputSize : tile.OutSize;
        return 100.0 * tile.XSize * tile.OutSize / (columns * rows);
    }
}
