using Tessera.Kernels.Digital;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>A digital operator with one input, computed where the coordinator runs.</summary>
internal sealed class DigitalStage : IStageExecutor
{
    private readonly IDigitalOperator _operator;
    private readonly Tensor _input;
    private readonly Tensor _inputGradient;

    /// <summary>Creates the executor.</summary>
    /// <param name="plan">The stage.</param>
    /// <param name="digitalOperator">Its operator; owned.</param>
    /// <param name="buffers">Activations.</param>
    /// <param name="edge">The one edge that it reads.</param>
    /// <param name="input">Output of the stage that it reads.</param>
    public DigitalStage(StagePlan plan, IDigitalOperator digitalOperator, StageBuffers buffers, EdgePlan edge, Tensor input)
    {
        Plan = plan;
        _operator = digitalOperator;
        _input = input;
        _inputGradient = buffers.EdgeGradient(edge);
        Output = buffers.Output(plan);
        Gradient = buffers.Gradient(plan);
    }

    /// <inheritdoc/>
    public StagePlan Plan { get; }

    /// <inheritdoc/>
    public Tensor Output { get; }

    /// <inheritdoc/>
    public Tensor Gradient { get; }

    /// <inheritdoc/>
    public bool HasState => _operator.Parameters.Count > 0;

    /// <inheritdoc/>
    public bool Forward(in Pass pass, TileRequests requests)
    {
        _operator.Forward(pass.Address, pass.RowsOf(_input).Dense, pass.RowsOf(Output).Dense, pass.Vectors.Count);
        return true;
    }

    /// <inheritdoc/>
    public bool Backward(in Pass pass, TileRequests requests)
    {
        var parameters = _operator.Parameters;
        if (pass.IsFirst)
        {
            for (var i = 0; i < parameters.Count; i++)
            {
                parameters[i].ClearGradients();
            }
        }

        var dx = _inputGradient.Values is null ? default : pass.RowsOf(_inputGradient).Dense;
        _operator.Backward(
            pass.Address, pass.RowsOf(_input).Dense, pass.RowsOf(Output).Dense, pass.RowsOf(Gradient).Dense, dx, pass.Vectors.Count);
        if (pass.IsLast)
        {
            for (var i = 0; i < parameters.Count; i++)
            {
                parameters[i].Step(new SGD(pass.LearningRate));
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public string? Misfit(in Pass pass, in Message reply) => null;

    /// <inheritdoc/>
    public bool Accept(in Pass pass, in Message reply) =>
        throw new InvalidOperationException($"Stage '{Plan.Name}' has no tiles, but got {reply.Kind} of {reply.Tile}.");

    /// <inheritdoc/>
    public void VisitState(ITileStateVisitor visitor) => _operator.VisitState(visitor);

    /// <inheritdoc/>
    public void Dispose() => _operator.Dispose();
}
