using Tessera.Actors.Machines;
using Tessera.Coordination.Plan;
using Tessera.Kernels.Digital;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>
/// Trains one mini-batch after the other: forward, loss and backward of each micro-batch in order, then a commit to every tile. It answers the client as
/// soon as the commits are on their way, because the next forward of a tile waits for its commit in the same mailbox anyway.
/// </summary>
public sealed class CoordinatorMachine : IMachine, IDisposable
{
    private readonly StageGraph _graph;
    private readonly ILoss _loss;
    private readonly float[] _losses; // [mini-batch], by sample
    private readonly int _microBatch;
    private readonly int _commitsPerStep;
    private Activity _activity;
    private Pass _pass;
    private SampleBatch? _samples;
    private StepId _step = StepId.Construction;
    private int _commitsOutstanding;
    private bool _settleRequested;

    /// <summary>Creates the machine with its buffers.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="batchMax">Most samples of a mini-batch.</param>
    /// <param name="microBatch">Samples of a scheduling unit, 1 to <paramref name="batchMax"/>; changes no bit.</param>
    /// <param name="evaluationMax">Most samples of an evaluation chunk.</param>
    public CoordinatorMachine(NetworkPlan plan, ulong seed, int batchMax, int microBatch, int evaluationMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(microBatch);
        _microBatch = Math.Min(microBatch, batchMax);
        _graph = new StageGraph(plan, seed, _microBatch, evaluationMax);
        _loss = StageFactory.Loss(plan);
        _losses = new float[batchMax];
        _commitsPerStep = _graph.Executors.Sum(executor => executor.CommitsPerStep);
    }

    private enum Activity
    {
        Idle,
        Forward,
        Backward,
        Evaluation,
        Failed,
    }

    /// <summary>Messages that can wait for this machine at most: one answer of every tile and kind, and the client's.</summary>
    public static int MailboxCapacity(NetworkPlan plan) => (4 * plan.Tiles.Count) + 8;

    /// <inheritdoc/>
    public void Handle(in Message message, Outbox outbox)
    {
        switch (message.Kind)
        {
            case MessageKind.TrainStep:
                BeginStep(message, outbox);
                break;
            case MessageKind.Evaluate:
                BeginEvaluation(message, outbox);
                break;
            case MessageKind.Settle:
                _settleRequested = true;
                SettleIfDone(outbox);
                break;
            case MessageKind.Output when _activity is Activity.Forward or Activity.Evaluation:
            case MessageKind.InputGradient when _activity is Activity.Backward:
                if (message.Step == _pass.Step && message.Vectors == _pass.Vectors)
                {
                    Drive(_graph.Accept(_pass, message, outbox), outbox);
                }

                break;
            case MessageKind.Output or MessageKind.InputGradient:
                break; // of a pass that has ended: nobody waits for it
            case MessageKind.Committed:
                _commitsOutstanding--;
                SettleIfDone(outbox);
                break;
            default:
                throw new TrainingException(message.Detail ?? $"{message.Tile} sent {message.Kind}, which a training step does not expect.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _graph.Dispose();

    /// <summary>Executors with learned values outside the tiles, in order of the plan.</summary>
    internal IEnumerable<IStageExecutor> StatefulStages => _graph.Executors.Where(executor => executor.HasState);

    /// <summary>Executor of a tile stage, to set its initial bias.</summary>
    internal TileStage TileStageOf(StageId stage) => (TileStage)_graph.At(stage.Index);

    private void BeginStep(in Message message, Outbox outbox)
    {
        var samples = RequireIdle(message);
        if (message.Step != _step.Next || samples.Count < 1 || samples.Count > _losses.Length)
        {
            throw new TrainingException(
                $"Asked to train {samples.Count} samples at {message.Step}; expected 1 to {_losses.Length} samples at {_step.Next}.");
        }

        _samples = samples;
        _pass = new Pass
        {
            Term = message.Term,
            Step = message.Step,
            Purpose = ReadPurpose.Training,
            Vectors = new VectorRange(0, Math.Min(_microBatch, samples.Count)),
            BatchSize = samples.Count,
            LearningRate = message.Scalar,
        };
        _activity = Activity.Forward;
        Drive(BeginForward(0, outbox), outbox);
    }

    private void BeginEvaluation(in Message message, Outbox outbox)
    {
        _samples = RequireIdle(message);
        _pass = new Pass
        {
            Term = message.Term,
            Step = _step,
            Purpose = ReadPurpose.Evaluation,
            Vectors = message.Vectors,
            BatchSize = message.Vectors.Count,
        };
        _activity = Activity.Evaluation;
        Drive(BeginForward(0, outbox), outbox);
    }

    private SampleBatch RequireIdle(in Message message) => _activity == Activity.Idle && message.Samples is not null
        ? message.Samples
        : throw new TrainingException($"{message.Kind} came while the coordinator was in {_activity}; wait for the answer before asking again.");

    /// <summary>Runs on until tiles must answer: the loop replaces recursion for graphs whose stages all answer at once.</summary>
    private void Drive(bool isComplete, Outbox outbox)
    {
        while (isComplete && _graph.Diverged is null)
        {
            switch (_activity)
            {
                case Activity.Forward:
                    if (!ComputeLoss(outbox))
                    {
                        return;
                    }

                    _activity = Activity.Backward;
                    _commitsOutstanding += _pass.IsLast ? _commitsPerStep : 0;
                    isComplete = _graph.BeginBackward(_pass, outbox);
                    break;
                case Activity.Backward when !_pass.IsLast:
                    _activity = Activity.Forward;
                    var first = _pass.Vectors.End;
                    _pass = _pass with { Vectors = new VectorRange(first, Math.Min(_microBatch, _pass.BatchSize - first)) };
                    isComplete = BeginForward(first, outbox);
                    break;
                case Activity.Backward:
                    FinishStep(outbox);
                    return;
                default:
                    FinishEvaluation(outbox);
                    return;
            }
        }

        if (_graph.Diverged is { } stage)
        {
            Fail($"the {(_activity == Activity.Backward ? "gradient" : "output")} of layer '{stage.Name}' holds NaN or infinity", outbox);
        }
    }

    private bool BeginForward(int firstRow, Outbox outbox)
    {
        var input = _graph.Input;
        for (var row = 0; row < _pass.Vectors.Count; row++)
        {
            _samples!.Features.Row(firstRow + row).CopyTo(input.Row(row));
        }

        return _graph.BeginForward(_pass, outbox);
    }

    private bool ComputeLoss(Outbox outbox)
    {
        var (first, count) = (_pass.Vectors.First, _pass.Vectors.Count);
        var output = _graph.Output.Top(count).Dense;
        var labels = _samples!.Labels.AsSpan(first, count);
        var losses = _losses.AsSpan(first, count);
        _loss.Forward(output, labels, losses, count);
        if (!FiniteCheck.AllFinite(losses))
        {
            Fail("the loss is NaN or infinite", outbox);
            return false;
        }

        _loss.Backward(output, labels, _graph.OutputGradient.Top(count).Dense, count, _pass.BatchSize);
        return true;
    }

    private void FinishStep(Outbox outbox)
    {
        _step = _pass.Step;
        _activity = Activity.Idle;
        outbox.Send(new Message
        {
            Kind = MessageKind.StepDone,
            ReplyTo = EdgeId.Client,
            Term = _pass.Term,
            Step = _pass.Step,
            Vectors = new VectorRange(0, _pass.BatchSize),
            Scalar = MeanLoss.Of(_losses.AsSpan(0, _pass.BatchSize)),
        });
    }

    private void FinishEvaluation(Outbox outbox)
    {
        var correct = Accuracy.Correct(_graph.Output.Top(_pass.Vectors.Count), _samples!.Labels);
        _activity = Activity.Idle;
        outbox.Send(new Message
        {
            Kind = MessageKind.Evaluated,
            ReplyTo = EdgeId.Client,
            Term = _pass.Term,
            Step = _pass.Step,
            Vectors = new VectorRange(_pass.Vectors.First, correct),
        });
    }

    private void SettleIfDone(Outbox outbox)
    {
        if (_settleRequested && _commitsOutstanding == 0 && _activity is Activity.Idle)
        {
            _settleRequested = false;
            outbox.Send(new Message { Kind = MessageKind.Settled, ReplyTo = EdgeId.Client, Step = _step });
        }
    }

    private void Fail(string what, Outbox outbox)
    {
        _activity = Activity.Failed;
        outbox.Send(new Message
        {
            Kind = MessageKind.Diverged,
            ReplyTo = EdgeId.Client,
            Step = _pass.Step,
            Detail = $"Training diverged at {_pass.Step} ({_pass.Vectors} of {_pass.BatchSize}): {what}. "
                + "Nothing of this run was saved as good. Lower training.learning_rate, or check the data and the layer's rpu_config.",
        });
    }
}
