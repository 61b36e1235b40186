using Tessera.Kernels.Digital;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>Adds its operands element by element, in the order in which they are listed; every operand gets the whole gradient.</summary>
internal sealed class AddStage : IStageExecutor
{
    private readonly Tensor[] _operands;
    private readonly Tensor[] _operandGradients;

    /// <summary>Creates the executor.</summary>
    /// <param name="plan">The stage.</param>
    /// <param name="buffers">Activations.</param>
    /// <param name="edges">The edges that it reads, in order of operand.</param>
    /// <param name="operands">Outputs of the stages that it reads.</param>
    public AddStage(StagePlan plan, StageBuffers buffers, IReadOnlyList<EdgePlan> edges, IReadOnlyList<Tensor> operands)
    {
        Plan = plan;
        _operands = [.. operands];
        _operandGradients = [.. edges.Select(buffers.EdgeGradient)];
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
    public bool HasState => false;

    /// <inheritdoc/>
    public bool Forward(in Pass pass, TileRequests requests)
    {
        var y = pass.RowsOf(Output).Dense;
        pass.RowsOf(_operands[0]).Dense.CopyTo(y);
        for (var i = 1; i < _operands.Length; i++)
        {
            Add.Accumulate(y, pass.RowsOf(_operands[i]).Dense);
        }

        return true;
    }

    /// <inheritdoc/>
    public bool Backward(in Pass pass, TileRequests requests)
    {
        var d = pass.RowsOf(Gradient).Dense;
        foreach (var target in _operandGradients)
        {
            if (target.Values is not null)
            {
                d.CopyTo(pass.RowsOf(target).Dense);
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
    public void VisitState(ITileStateVisitor visitor)
    {
        // A sum has no state.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
