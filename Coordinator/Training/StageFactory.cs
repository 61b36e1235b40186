using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Kernels.Digital;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>Builds the executors of all stages but the data. A new digital operator is one line here.</summary>
internal static class StageFactory
{
    // Tiles are replica 0 of their identity; a stage of the same index must not share their addresses.
    private const uint StageReplica = uint.MaxValue;

    /// <summary>Who draws for a stage itself: initial weights of the layer, dropout masks.</summary>
    public static TileIdentity Identity(ulong seed, StageId stage) => new(seed, (uint)stage.Index, StageReplica);

    /// <summary>Creates one executor.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="buffers">Activations.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="microBatches">Most micro-batches of a mini-batch.</param>
    public static IStageExecutor Create(NetworkPlan plan, StagePlan stage, StageBuffers buffers, ulong seed, int microBatches)
    {
        EdgePlan[] edges = [.. plan.Edges.Where(edge => edge.To == stage.Id)];
        Tensor[] operands = [.. edges.Select(edge => buffers.Output(plan.Stages[edge.From.Index]))];
        return stage switch
        {
            { Kind: StageKind.Tiles } => new TileStage(stage, buffers, edges[0], operands[0], microBatches),
            { Operator: nameof(LayerKind.Add) } => new AddStage(stage, buffers, edges, operands),
            _ => new DigitalStage(stage, Operator(plan.LayerOf(stage.Id), stage, seed), buffers, edges[0], operands[0]),
        };
    }

    /// <summary>The loss of a network.</summary>
    public static ILoss Loss(NetworkPlan plan) => plan.Loss switch
    {
        LossKind.NLLLoss => new NLLLoss(plan.OutputFeatures),
        LossKind.CrossEntropyLoss => new CrossEntropyLoss(plan.OutputFeatures),
        LossKind.MSELoss => new MSELoss(plan.OutputFeatures),
        _ => throw new PlanException($"Loss {plan.Loss} is not known here; expected NLLLoss, CrossEntropyLoss or MSELoss."),
    };

    private static IDigitalOperator Operator(LayerConfig layer, StagePlan stage, ulong seed) => layer.Type switch
    {
        LayerKind.Linear => new LinearOperator(layer.InFeatures, layer.OutFeatures, layer.Bias, Identity(seed, stage.Id)),
        LayerKind.Sigmoid => new ActivationOperator<SigmoidActivation>(stage.OutFeatures, default),
        LayerKind.Tanh => new ActivationOperator<TanhActivation>(stage.OutFeatures, default),
        LayerKind.ReLU => new ActivationOperator<ReLUActivation>(stage.OutFeatures, default),
        LayerKind.LeakyReLU => new ActivationOperator<LeakyReLUActivation>(stage.OutFeatures, new LeakyReLUActivation(layer.NegativeSlope)),
        LayerKind.GELU => new ActivationOperator<GELUActivation>(stage.OutFeatures, default),
        LayerKind.Dropout => new DropoutOperator(stage.OutFeatures, layer.P, Identity(seed, stage.Id)),
        LayerKind.FloatPrecisionCast => new ActivationOperator<FloatPrecisionCast>(
            stage.OutFeatures, new FloatPrecisionCast(layer.Exponent, layer.Mantissa, layer.SaturateToInf)),
        LayerKind.LogSoftmax => new LogSoftmaxOperator(stage.OutFeatures),
        _ => throw new PlanException($"Layer '{stage.Name}' has type {layer.Type}, which no digital operator computes."),
    };
}
