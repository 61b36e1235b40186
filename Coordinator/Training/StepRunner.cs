using Tessera.Coordination.Plan;
using Tessera.Kernels.Digital;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>What an answer of a tile led to.</summary>
internal enum StepOutcome
{
    /// <summary>More answers are due.</summary>
    Running,

    /// <summary>The step's loss is known and all its commits are on their way.</summary>
    StepDone,

    /// <summary>The chunk is evaluated.</summary>
    EvaluationDone,

    /// <summary>A value is no number; the step must not go on.</summary>
    Diverged,

    /// <summary>The answer has another size than was asked for; the step must not go on.</summary>
    Unfit,
}

/// <summary>
/// One mini-batch, or one evaluation chunk: forward, loss and backward of each micro-batch, all under way at once as far as credit allows, and a commit
/// behind every layer's last backward pass. It ends when the commits are on their way, because the next forward of a tile waits for its commit
/// in the same mailbox anyway.
/// </summary>
internal sealed class StepRunner : IDisposable
{
    private readonly StageGraph _graph;
    private readonly TileRequests _requests;
    private readonly ILoss _loss;
    private readonly float[] _losses; // [mini-batch], by sample
    private readonly int _microBatch;
    private SampleBatch? _samples;
    private Pass _pass; // of the whole mini-batch or chunk

    /// <summary>Creates the runner with its buffers.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="batchMax">Most samples of a mini-batch.</param>
    /// <param name="microBatch">Samples of a scheduling unit, 1 to <paramref name="batchMax"/>; changes no bit.</param>
    /// <param name="evaluationMax">Most samples of an evaluation chunk.</param>
    public StepRunner(NetworkPlan plan, ulong seed, int batchMax, int microBatch, int evaluationMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(microBatch);
        _microBatch = Math.Min(microBatch, batchMax);
        var microBatches = ((batchMax - 1) / _microBatch) + 1;
        _graph = new StageGraph(plan, seed, batchMax, evaluationMax, microBatches);
        _requests = new TileRequests(plan, microBatches);
        _loss = StageFactory.Loss(plan);
        _losses = new float[batchMax];
    }

    /// <summary>Requests to tiles.</summary>
    public TileRequests Requests => _requests;

    /// <summary>Whether a step or a chunk is under way.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Mean loss of the last step.</summary>
    public float Loss { get; private set; }

    /// <summary>Samples of the last chunk that were classified correctly.</summary>
    public int Correct { get; private set; }

    /// <summary>What is no number, where.</summary>
    public string? Divergence { get; private set; }

    /// <summary>What a group answered that was unfit, and what was expected.</summary>
    public string? Misfit { get; private set; }

    /// <summary>Executors with learned values outside the tiles, in order of the plan.</summary>
    public IEnumerable<IStageExecutor> StatefulStages => _graph.Executors.Where(executor => executor.HasState);

    /// <summary>Executor of a stage.</summary>
    public IStageExecutor ExecutorOf(StageId stage) => _graph.At(stage.Index);

    /// <summary>Forgets what runs: a new term begins.</summary>
    public void Abandon()
    {
        IsRunning = false;
        _samples = null;
    }

    /// <summary>Starts a mini-batch.</summary>
    public StepOutcome BeginStep(Term term, StepId step, SampleBatch samples, float learningRate, bool snapshotAfter) => Begin(
        samples,
        new Pass
        {
            Term = term,
            Step = step,
            Purpose = ReadPurpose.Training,
            Vectors = new VectorRange(0, samples.Count),
            BatchSize = samples.Count,
            LearningRate = learningRate,
            SnapshotAfter = snapshotAfter,
        });

    /// <summary>Starts a chunk of the test set.</summary>
    /// <param name="term">Incarnation of the run.</param>
    /// <param name="step">The step that was committed last.</param>
    /// <param name="samples">The chunk.</param>
    /// <param name="first">Index of its first sample in the test set.</param>
    public StepOutcome BeginEvaluation(Term term, StepId step, SampleBatch samples, int first) => Begin(
        samples,
        new Pass
        {
            Term = term,
            Step = step,
            Purpose = ReadPurpose.Evaluation,
            Vectors = new VectorRange(first, samples.Count),
            BatchSize = samples.Count,
        });

    /// <summary>Takes an answer of a tile; what was answered before, or nobody waits for, changes nothing.</summary>
    public StepOutcome Accept(in Message reply)
    {
        if (!_requests.Accept(reply) || !IsRunning || reply.Kind == MessageKind.Committed)
        {
            return StepOutcome.Running;
        }

        var microBatch = reply.Purpose == ReadPurpose.Training ? reply.Vectors.First / _microBatch : 0;
        Misfit = _graph.Misfit(microBatch, reply);
        if (Misfit is not null)
        {
            IsRunning = false;
            return StepOutcome.Unfit;
        }

        return Proceed(microBatch, _graph.Accept(microBatch, reply, _requests));
    }

    /// <inheritdoc/>
    public void Dispose() => _graph.Dispose();

    private StepOutcome Begin(SampleBatch samples, in Pass pass)
    {
        _samples = samples;
        _pass = pass;
        IsRunning = true;
        Divergence = null;
        var rows = pass.RowsOf(_graph.Input);
        for (var row = 0; row < rows.Rows; row++)
        {
            samples.Features.Row(row).CopyTo(rows.Row(row));
        }

        var size = pass.Purpose == ReadPurpose.Training ? _microBatch : samples.Count;
        _graph.Begin(((samples.Count - 1) / size) + 1);
        var outcome = StepOutcome.Running;
        for (int first = 0, index = 0; first < samples.Count && outcome == StepOutcome.Running; first += size, index++)
        {
            var vectors = new VectorRange(pass.Vectors.First + first, Math.Min(size, samples.Count - first));
            outcome = Proceed(index, _graph.BeginForward(pass with { Index = index, Vectors = vectors }, _requests));
        }

        return outcome;
    }

    private StepOutcome Proceed(int microBatch, bool isOutputComplete)
    {
        if (_graph.Diverged is null && isOutputComplete)
        {
            if (_pass.Purpose == ReadPurpose.Evaluation)
            {
                return FinishEvaluation();
            }

            if (!ComputeLoss(microBatch))
            {
                return Diverge("the loss is NaN or infinite");
            }

            _graph.BeginBackward(microBatch, _requests);
        }

        if (_graph.Diverged is { } stage)
        {
            return Diverge($"the {(_graph.IsGradientDiverged ? "gradient" : "output")} of layer '{stage.Name}' holds NaN or infinity");
        }

        return _pass.Purpose == ReadPurpose.Training && _graph.IsBackwardComplete ? FinishStep() : StepOutcome.Running;
    }

    private bool ComputeLoss(int microBatch)
    {
        var first = microBatch * _microBatch;
        var count = Math.Min(_microBatch, _pass.BatchSize - first);
        var rows = _pass with { Vectors = new VectorRange(first, count) };
        var output = rows.RowsOf(_graph.Output).Dense;
        var labels = _samples!.Labels.AsSpan(first, count);
        var losses = _losses.AsSpan(first, count);
        _loss.Forward(output, labels, losses, count);
        if (!FiniteCheck.AllFinite(losses))
        {
            return false;
        }

        _loss.Backward(output, labels, rows.RowsOf(_graph.OutputGradient).Dense, count, _pass.BatchSize);
        return true;
    }

    private StepOutcome FinishStep()
    {
        IsRunning = false;
        Loss = MeanLoss.Of(_losses.AsSpan(0, _pass.BatchSize));
        return StepOutcome.StepDone;
    }

    private StepOutcome FinishEvaluation()
    {
        IsRunning = false;
        Correct = Accuracy.Correct(_pass.RowsOf(_graph.Output), _samples!.Labels);
        return StepOutcome.EvaluationDone;
    }

    private StepOutcome Diverge(string what)
    {
        IsRunning = false;
        Divergence = $"Training diverged at {_pass.Step}: {what}. Lower training.learning_rate, or check the data and the layer's rpu_config.";
        return StepOutcome.Diverged;
    }
}
