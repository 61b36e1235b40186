using Tessera.Coordination.Plan;
using Tessera.Kernels.Digital;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>
/// PyTorch's default initialisation of an analog layer, drawn for the whole layer by (seed, layer, output, input), so that it does not depend on how
/// the layer is cut.
/// </summary>
internal static class InitialWeights
{
    /// <summary>The block of one tile: [OutSize, XSize], the bias in the last column where the tile has an analog bias column.</summary>
    public static Tensor Of(NetworkPlan plan, TilePlan tile, ulong seed)
    {
        var stage = plan.Stages[tile.Stage.Index];
        var identity = StageFactory.Identity(seed, stage.Id);
        var block = AlignedFloats.Dense(tile.OutSize, tile.XSize);
        var row = new float[stage.InFeatures];
        for (var output = 0; output < tile.OutSize; output++)
        {
            LinearInitialisation.WeightRow(identity, tile.OutputStart + output, row, stage.InFeatures);
            row.AsSpan(tile.InputStart, tile.InSize).CopyTo(block.Row(output));
        }

        if (tile.AnalogBias)
        {
            var bias = Bias(stage, seed);
            for (var output = 0; output < tile.OutSize; output++)
            {
                block.Row(output)[tile.InSize] = bias[tile.OutputStart + output];
            }
        }

        return block;
    }

    /// <summary>The bias of a layer: [OutFeatures].</summary>
    public static float[] Bias(StagePlan stage, ulong seed)
    {
        var bias = new float[stage.OutFeatures];
        LinearInitialisation.Bias(StageFactory.Identity(seed, stage.Id), bias, stage.InFeatures);
        return bias;
    }
}
