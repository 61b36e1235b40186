using Tessera.Actors.Machines;
using Tessera.Coordination.Plan;
using Tessera.Kernels.Digital;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>
/// Moves micro-batches through the graph of stages: a stage starts forward when all its operands are there, and backward when all its readers have
/// given their gradients, which are added in the order of the plan's edges. What a stage computes does not depend on the order in which tiles answer.
/// </summary>
internal sealed class StageGraph : IDisposable
{
    private readonly NetworkPlan _plan;
    private readonly StageBuffers _buffers;
    private readonly IStageExecutor?[] _executors; // by stage; null for the data
    private readonly int[][] _readers; // by stage: stages that read it, once per edge
    private readonly int[][] _sources; // by stage: stages it reads that take a gradient, once per edge
    private readonly Tensor[][] _edgeGradients; // by stage: gradients of the edges that leave it
    private readonly int[] _operandsMissing;
    private readonly int[] _gradientsMissing;
    private readonly int[] _work;
    private int _workCount;
    private int _gradientStagesLeft;

    /// <summary>Builds executors and buffers.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="trainingRows">Most vectors of a micro-batch.</param>
    /// <param name="evaluationRows">Most vectors of an evaluation chunk.</param>
    public StageGraph(NetworkPlan plan, ulong seed, int trainingRows, int evaluationRows)
    {
        _plan = plan;
        _buffers = new StageBuffers(plan.Stages, plan.Edges, trainingRows, evaluationRows);
        var count = plan.Stages.Count;
        _executors = new IStageExecutor?[count];
        for (var stage = 1; stage < count; stage++)
        {
            _executors[stage] = StageFactory.Create(plan, plan.Stages[stage], _buffers, seed);
        }

        _readers = [.. plan.Stages.Select(stage => plan.Edges.Where(edge => edge.From == stage.Id).Select(edge => edge.To.Index).ToArray())];
        _sources = [.. plan.Stages.Select(stage => stage.Inputs.Where(input => plan.Stages[input.Index].TakesGradient).Select(input => input.Index).ToArray())];
        _edgeGradients = [.. plan.Stages.Select(stage => plan.Edges.Where(edge => edge.From == stage.Id).Select(_buffers.EdgeGradient).ToArray())];
        _operandsMissing = new int[count];
        _gradientsMissing = new int[count];
        _work = new int[count + plan.Edges.Count];
    }

    /// <summary>Executors of all stages but the data, in order.</summary>
    public IEnumerable<IStageExecutor> Executors => _executors.OfType<IStageExecutor>();

    /// <summary>Where the data goes: [rows, InputFeatures], dense.</summary>
    public Tensor Input => _buffers.Output(_plan.Stages[0]);

    /// <summary>Output of the last stage: [rows, OutputFeatures], dense.</summary>
    public Tensor Output => Last.Output;

    /// <summary>Where the loss puts its gradient.</summary>
    public Tensor OutputGradient => Last.Gradient;

    /// <summary>The first stage with a value that is no number since the pass began, or null.</summary>
    public StagePlan? Diverged { get; private set; }

    private IStageExecutor Last => _executors[^1]!;

    /// <summary>Executor of a stage.</summary>
    public IStageExecutor At(int stage) => _executors[stage] ?? throw new InvalidOperationException($"Stage {stage} is the data and is not computed.");

    /// <summary>Starts a forward pass over what lies in <see cref="Input"/>.</summary>
    /// <returns>Whether the output is there already.</returns>
    public bool BeginForward(in Pass pass, Outbox outbox)
    {
        Diverged = null;
        for (var stage = 0; stage < _operandsMissing.Length; stage++)
        {
            _operandsMissing[stage] = _plan.Stages[stage].Inputs.Count;
        }

        return AfterForward(0, pass, outbox);
    }

    /// <summary>Starts a backward pass from <see cref="OutputGradient"/>.</summary>
    /// <returns>Whether all stages have their gradients already.</returns>
    public bool BeginBackward(in Pass pass, Outbox outbox)
    {
        _gradientStagesLeft = 0;
        for (var stage = 0; stage < _gradientsMissing.Length; stage++)
        {
            _gradientsMissing[stage] = _readers[stage].Length;
            _gradientStagesLeft += _plan.Stages[stage].TakesGradient ? 1 : 0;
        }

        _work[_workCount++] = _executors.Length - 1;
        return RunBackward(pass, outbox);
    }

    /// <summary>Takes a tile's answer.</summary>
    /// <returns>Whether the pass, forward or backward, is complete.</returns>
    public bool Accept(in Pass pass, in Message reply, Outbox outbox)
    {
        var stage = reply.ReplyTo.Stage.Index;
        if (!At(stage).Accept(pass, reply))
        {
            return false;
        }

        return reply.Kind == MessageKind.Output ? AfterForward(stage, pass, outbox) : AfterBackward(stage, pass, outbox);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var executor in _executors)
        {
            executor?.Dispose();
        }
    }

    private bool AfterForward(int finished, in Pass pass, Outbox outbox)
    {
        var isComplete = FinishForward(finished, pass);
        while (_workCount > 0 && Diverged is null)
        {
            var stage = _work[--_workCount];
            if (At(stage).Forward(pass, outbox))
            {
                isComplete |= FinishForward(stage, pass);
            }
        }

        _workCount = 0;
        return isComplete;
    }

    private bool FinishForward(int stage, in Pass pass)
    {
        if (stage > 0 && !FiniteCheck.AllFinite(At(stage).Output.Top(pass.Vectors.Count).Dense))
        {
            Diverged ??= _plan.Stages[stage];
        }

        foreach (var reader in _readers[stage])
        {
            if (--_operandsMissing[reader] == 0)
            {
                _work[_workCount++] = reader;
            }
        }

        return stage == _executors.Length - 1;
    }

    private bool AfterBackward(int finished, in Pass pass, Outbox outbox)
    {
        FinishBackward(finished);
        return RunBackward(pass, outbox);
    }

    private bool RunBackward(in Pass pass, Outbox outbox)
    {
        while (_workCount > 0 && Diverged is null)
        {
            var stage = _work[--_workCount];
            GatherGradients(stage, pass.Vectors.Count);
            if (!FiniteCheck.AllFinite(At(stage).Gradient.Top(pass.Vectors.Count).Dense))
            {
                Diverged = _plan.Stages[stage];
                break;
            }

            if (At(stage).Backward(pass, outbox))
            {
                FinishBackward(stage);
            }
        }

        if (Diverged is not null)
        {
            _workCount = 0;
        }

        return _gradientStagesLeft == 0;
    }

    private void FinishBackward(int stage)
    {
        _gradientStagesLeft--;
        foreach (var source in _sources[stage])
        {
            if (--_gradientsMissing[source] == 0)
            {
                _work[_workCount++] = source;
            }
        }
    }

    /// <summary>Where several edges leave a stage: ((e0 + e1) + e2) + ..., in the order of the plan. One edge lies at the stage already.</summary>
    private void GatherGradients(int stage, int count)
    {
        var edges = _edgeGradients[stage];
        if (edges.Length < 2)
        {
            return;
        }

        var sum = At(stage).Gradient.Top(count).Dense;
        edges[0].Top(count).Dense.CopyTo(sum);
        for (var edge = 1; edge < edges.Length; edge++)
        {
            Add.Accumulate(sum, edges[edge].Top(count).Dense);
        }
    }
}
