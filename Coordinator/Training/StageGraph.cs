using Tessera.Coordination.Plan;
using Tessera.Kernels.Digital;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>
/// Moves micro-batches through the graph of stages, several at a time: a stage starts forward when all its operands are there, and backward when all
/// its readers have given their gradients and it has started the micro-batches before. What a stage computes does not depend on the order in which tiles
/// answer.
/// </summary>
internal sealed class StageGraph : IDisposable
{
    private readonly NetworkPlan _plan;
    private readonly StageBuffers _buffers;
    private readonly IStageExecutor?[] _executors; // by stage; null for the data
    private readonly int[][] _readers; // by stage: stages that read it, once per edge
    private readonly int[][] _sources; // by stage: stages it reads that take a gradient, once per edge
    private readonly Tensor[][] _edgeGradients; // by stage: gradients of the edges that leave it
    private readonly int _gradientStages;
    private readonly MicroBatch[] _microBatches;
    private readonly int[] _nextBackward; // by stage: the micro-batch whose turn it is, since gradients of parameters grow in order
    private readonly Stack<(int Stage, int MicroBatch)> _work;
    private int _count; // micro-batches of this mini-batch

    /// <summary>Builds executors and buffers.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="trainingRows">Most vectors of a mini-batch.</param>
    /// <param name="evaluationRows">Most vectors of an evaluation chunk.</param>
    /// <param name="microBatches">Most micro-batches of a mini-batch, 1 or more.</param>
    public StageGraph(NetworkPlan plan, ulong seed, int trainingRows, int evaluationRows, int microBatches)
    {
        _plan = plan;
        _buffers = new StageBuffers(plan.Stages, plan.Edges, trainingRows, evaluationRows);
        var count = plan.Stages.Count;
        _executors = new IStageExecutor?[count];
        for (var stage = 1; stage < count; stage++)
        {
            _executors[stage] = StageFactory.Create(plan, plan.Stages[stage], _buffers, seed, microBatches);
        }

        _readers = [.. plan.Stages.Select(stage => plan.Edges.Where(edge => edge.From == stage.Id).Select(edge => edge.To.Index).ToArray())];
        _sources = [.. plan.Stages.Select(stage => stage.Inputs.Where(input => plan.Stages[input.Index].TakesGradient).Select(input => input.Index).ToArray())];
        _edgeGradients = [.. plan.Stages.Select(stage => plan.Edges.Where(edge => edge.From == stage.Id).Select(_buffers.EdgeGradient).ToArray())];
        _gradientStages = plan.Stages.Count(stage => stage.TakesGradient);
        _microBatches = [.. Enumerable.Range(0, microBatches).Select(_ => new MicroBatch(count))];
        _nextBackward = new int[count];
        _work = new Stack<(int, int)>(microBatches * (count + plan.Edges.Count));
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

    /// <summary>Whether <see cref="Diverged"/> is about the gradient at the stage's output, not about the output.</summary>
    public bool IsGradientDiverged { get; private set; }

    /// <summary>Forgets every walk and begins with new micro-batches.</summary>
    /// <param name="count">How many.</param>
    public void Begin(int count)
    {
        _count = count;
        Diverged = null;
        IsGradientDiverged = false;
        Array.Clear(_nextBackward);
        _work.Clear();
        for (var i = 0; i < count; i++)
        {
            var walk = _microBatches[i];
            walk.GradientStagesLeft = _gradientStages;
            for (var stage = 0; stage < _executors.Length; stage++)
            {
                walk.OperandsMissing[stage] = _plan.Stages[stage].Inputs.Count;
                walk.GradientsMissing[stage] = stage == _executors.Length - 1 ? 1 : _readers[stage].Length;
            }
        }
    }

    /// <summary>Starts a forward pass over the rows of a micro-batch in <see cref="Input"/>.</summary>
    /// <returns>Whether the output is there already.</returns>
    public bool BeginForward(in Pass pass, TileRequests requests)
    {
        var walk = _microBatches[pass.Index];
        walk.Pass = pass;
        return AfterForward(0, walk, requests);
    }

    /// <summary>Starts a backward pass from the rows of a micro-batch in <see cref="OutputGradient"/>.</summary>
    public void BeginBackward(int microBatch, TileRequests requests)
    {
        Arrived(_executors.Length - 1, microBatch);
        RunBackward(requests);
    }

    /// <summary>Whether all stages have the gradients of all micro-batches.</summary>
    public bool IsBackwardComplete
    {
        get
        {
            for (var i = 0; i < _count; i++)
            {
                if (_microBatches[i].GradientStagesLeft > 0)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>What is wrong with the size of a group's answer, seen and expected; null where it fits.</summary>
    public string? Misfit(int microBatch, in Message reply) => At(reply.ReplyTo.Stage.Index).Misfit(_microBatches[microBatch].Pass, reply);

    /// <summary>Takes an answer that fits.</summary>
    /// <returns>Whether the output of the micro-batch is complete with it.</returns>
    public bool Accept(int microBatch, in Message reply, TileRequests requests)
    {
        var stage = reply.ReplyTo.Stage.Index;
        var walk = _microBatches[microBatch];
        if (!At(stage).Accept(walk.Pass, reply))
        {
            return false;
        }

        if (reply.Kind == MessageKind.Output)
        {
            return AfterForward(stage, walk, requests);
        }

        FinishBackward(stage, walk);
        RunBackward(requests);
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var executor in _executors)
        {
            executor?.Dispose();
        }
    }

    private bool AfterForward(int finished, MicroBatch walk, TileRequests requests)
    {
        var isComplete = FinishForward(finished, walk);
        while (_work.Count > 0 && Diverged is null)
        {
            var (stage, _) = _work.Pop();
            if (At(stage).Forward(walk.Pass, requests))
            {
                isComplete |= FinishForward(stage, walk);
            }
        }

        _work.Clear();
        return isComplete;
    }

    private bool FinishForward(int stage, MicroBatch walk)
    {
        if (stage > 0 && !FiniteCheck.AllFinite(walk.Pass.RowsOf(At(stage).Output).Dense))
        {
            Diverged ??= _plan.Stages[stage];
        }

        foreach (var reader in _readers[stage])
        {
            if (--walk.OperandsMissing[reader] == 0)
            {
                _work.Push((reader, walk.Pass.Index));
            }
        }

        return stage == _executors.Length - 1;
    }

    private void RunBackward(TileRequests requests)
    {
        while (_work.Count > 0 && Diverged is null)
        {
            var (stage, microBatch) = _work.Pop();
            var walk = _microBatches[microBatch];
            GatherGradients(stage, walk.Pass);
            if (!FiniteCheck.AllFinite(walk.Pass.RowsOf(At(stage).Gradient).Dense))
            {
                Diverged = _plan.Stages[stage];
                IsGradientDiverged = true;
                break;
            }

            if (At(stage).Backward(walk.Pass, requests))
            {
                FinishBackward(stage, walk);
            }

            _nextBackward[stage] = microBatch + 1;
            if (microBatch + 1 < _count && _microBatches[microBatch + 1].GradientsMissing[stage] == 0)
            {
                _work.Push((stage, microBatch + 1));
            }
        }

        _work.Clear();
    }

    private void FinishBackward(int stage, MicroBatch walk)
    {
        walk.GradientStagesLeft--;
        foreach (var source in _sources[stage])
        {
            Arrived(source, walk.Pass.Index);
        }
    }

    /// <summary>One more gradient of a stage is there; the stage starts if it was the last one and the stage's turn is this micro-batch's.</summary>
    private void Arrived(int stage, int microBatch)
    {
        if (--_microBatches[microBatch].GradientsMissing[stage] == 0 && _nextBackward[stage] == microBatch)
        {
            _work.Push((stage, microBatch));
        }
    }

    /// <summary>Where several edges leave a stage: ((e0 + e1) + e2) + ..., in the order of the plan. One edge lies at the stage already.</summary>
    private void GatherGradients(int stage, in Pass pass)
    {
        var edges = _edgeGradients[stage];
        if (edges.Length < 2)
        {
            return;
        }

        var sum = pass.RowsOf(At(stage).Gradient).Dense;
        pass.RowsOf(edges[0]).Dense.CopyTo(sum);
        for (var edge = 1; edge < edges.Length; edge++)
        {
            Add.Accumulate(sum, pass.RowsOf(edges[edge]).Dense);
        }
    }

    /// <summary>One micro-batch on its way.</summary>
    private sealed class MicroBatch(int stages)
    {
        public int[] OperandsMissing { get; } = new int[stages];

        public int[] GradientsMissing { get; } = new int[stages];

        public int GradientStagesLeft { get; set; }

        public Pass Pass { get; set; }
    }
}
