using Tessera.Kernels.Tiles;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>
/// Computes one stage of the graph. A stage reads its operands' outputs where they lie and writes its own; it may answer at once or when its tiles
/// have answered.
/// </summary>
internal interface IStageExecutor : IDisposable
{
    /// <summary>The stage.</summary>
    StagePlan Plan { get; }

    /// <summary>[rows, OutFeatures], dense.</summary>
    Tensor Output { get; }

    /// <summary>[rows, OutFeatures], dense: gradient of the loss at the output. Empty where the stage takes none.</summary>
    Tensor Gradient { get; }

    /// <summary>Starts y = f(x).</summary>
    /// <returns>Whether the output is there already.</returns>
    bool Forward(in Pass pass, TileRequests requests);

    /// <summary>Takes the gradient at the output, starts the gradients at the inputs and, on the last micro-batch, the commit.</summary>
    /// <returns>Whether the gradients at the inputs are there already.</returns>
    bool Backward(in Pass pass, TileRequests requests);

    /// <summary>What is wrong with the size of an answer to a request of this micro-batch, seen and expected; null where it fits.</summary>
    string? Misfit(in Pass pass, in Message reply);

    /// <summary>Takes an answer that fits of one of the stage's groups of tiles to a request of this micro-batch; each answer comes once.</summary>
    /// <returns>Whether the direction that waited for it is complete.</returns>
    bool Accept(in Pass pass, in Message reply);

    /// <summary>Whether the stage has learned values of its own, outside its tiles.</summary>
    bool HasState { get; }

    /// <summary>Names every mutable array of the stage itself.</summary>
    void VisitState(ITileStateVisitor visitor);
}
