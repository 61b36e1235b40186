using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>
/// Activations and gradients of all stages for one mini-batch, allocated once; every micro-batch has rows of its own. A gradient lies at its edge where several edges leave a stage, and
/// directly at the stage where only one does.
/// </summary>
internal sealed class StageBuffers
{
    private readonly Tensor[] _outputs;
    private readonly Tensor[] _gradients;
    private readonly Dictionary<EdgePlan, Tensor> _edges = [];

    /// <summary>Reserves memory.</summary>
    /// <param name="stages">All stages.</param>
    /// <param name="edges">All edges.</param>
    /// <param name="trainingRows">Most vectors of a mini-batch.</param>
    /// <param name="evaluationRows">Most vectors of an evaluation chunk.</param>
    public StageBuffers(IReadOnlyList<StagePlan> stages, IReadOnlyList<EdgePlan> edges, int trainingRows, int evaluationRows)
    {
        var rows = Math.Max(trainingRows, evaluationRows);
        _outputs = [.. stages.Select(stage => AlignedFloats.Dense(rows, stage.OutFeatures))];
        _gradients = [.. stages.Select(stage => stage.TakesGradient ? AlignedFloats.Dense(trainingRows, stage.OutFeatures) : default)];
        foreach (var edge in edges)
        {
            var from = stages[edge.From.Index];
            var isShared = edges.Count(other => other.From == edge.From) > 1;
            _edges.Add(edge, isShared && from.TakesGradient ? AlignedFloats.Dense(trainingRows, from.OutFeatures) : _gradients[from.Id.Index]);
        }
    }

    /// <summary>[rows, OutFeatures] output of a stage.</summary>
    public Tensor Output(StagePlan stage) => _outputs[stage.Id.Index];

    /// <summary>[rows, OutFeatures] gradient at the output of a stage; empty where it takes none.</summary>
    public Tensor Gradient(StagePlan stage) => _gradients[stage.Id.Index];

    /// <summary>Where the reader of an edge writes its gradient; empty where nobody wants it.</summary>
    public Tensor EdgeGradient(EdgePlan edge) => _edges[edge];
}
