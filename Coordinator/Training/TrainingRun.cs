using System.Diagnostics;
using Tessera.Actors.Machines;
using Tessera.Actors.Stores;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Machines;
using Tessera.Coordination.Plan;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>
/// One training run in this process, from its newest checkpoint, if its store holds one, to the end. Its losses and its final state are functions of the
/// experiment and the data alone: threads, micro-batches, timing, stops and crashes change no bit.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    /// <summary>Most test samples that are evaluated at once.</summary>
    public const int EvaluationChunk = 128;

    // Steps that may be reported before the observer has seen the first of them: enough to keep all threads busy while it looks.
    private const ulong StepsAhead = 8;

    private readonly DataPair _data;
    private readonly ExperimentConfig _config;
    private readonly RunMachines _run;
    private readonly bool _standsBy; // other processes may lead
    private readonly ulong _stepsPerEpoch;
    private readonly List<float> _losses = [];
    private long _clock;
    private double _seconds;
    private int _credits; // steps granted and not reported yet
    private int _untrained; // samples of the epoch that this process did not train, because a checkpoint held them already

    /// <summary>Maps the network and builds the actors.</summary>
    /// <param name="config">The experiment.</param>
    /// <param name="data">Samples that fit the network.</param>
    /// <param name="options">How to execute it.</param>
    /// <param name="store">Where its checkpoints are and go; the caller disposes it.</param>
    /// <exception cref="PlanException">The stages do not form a network.</exception>
    /// <exception cref="DataException">The samples do not fit the network.</exception>
    public TrainingRun(ExperimentConfig config, DataPair data, RunOptions options, IRunStore store)
        : this(config, data, options, store, static (physics, shape, identity) => TileFactory.Create(physics, shape, identity))
    {
    }

    internal TrainingRun(ExperimentConfig config, DataPair data, RunOptions options, IRunStore store, TileConstructor construct)
        : this(config, data, plan => new LocalRun(config, plan, data, Settings(config, data, options), store, options.Threads, construct))
    {
    }

    /// <summary>Maps the network and builds a coordinator whose tiles are in other processes of a cluster; it stands by while another one leads.</summary>
    /// <param name="config">The experiment.</param>
    /// <param name="data">Samples that fit the network.</param>
    /// <param name="options">How to execute it.</param>
    /// <param name="store">The run's store, which all processes share; the caller disposes it.</param>
    /// <param name="seat">The place in the cluster.</param>
    /// <exception cref="PlanException">The stages do not form a network.</exception>
    /// <exception cref="DataException">The samples do not fit the network.</exception>
    public TrainingRun(ExperimentConfig config, DataPair data, RunOptions options, IRunStore store, ClusterSeat seat)
        : this(config, data, plan => new ClusterRun(config, plan, data, ClusterSettings(config, data, options, seat), store, options.Threads, seat))
    {
        _standsBy = true;
    }

    private TrainingRun(ExperimentConfig config, DataPair data, Func<NetworkPlan, RunMachines> build)
    {
        _config = config;
        _data = data;
        Plan = PlanBuilder.Build(config);
        data.RequireFits(Plan.InputFeatures, Plan.OutputFeatures);
        _stepsPerEpoch = (ulong)(RunLength.StepsOf(config, data.Train.Count) / config.Training.Epochs);
        _run = build(Plan);
    }

    /// <summary>The mapped network.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>Where the coordinator of a cluster is; null for a run in one process. May be called from any thread.</summary>
    public ClusterProgress? ReadProgress() => (_run as ClusterRun)?.ReadProgress();

    /// <summary>Loss of the mini-batches that were trained here, in order.</summary>
    public IReadOnlyList<float> Losses => _losses;

    /// <summary>Trains to the end of all epochs, or until it is stopped. A checkpoint of the last step is complete when this returns.</summary>
    /// <param name="observer">Sees every step and epoch.</param>
    /// <param name="stop">Ends the run at the next step boundary, with a checkpoint.</param>
    /// <exception cref="TrainingException">The run diverged, its checkpoint does not fit, or its state cannot be stored.</exception>
    public TrainingSummary Execute(ITrainingObserver observer, CancellationToken stop)
    {
        using var registration = stop.Register(_run.Stop); // before the start it is remembered
        var summary = new TrainingSummary(0, double.NaN, double.NaN, 0, IsFinished: false);
        _run.Start(0);
        while (true)
        {
            var report = _run.Receive();
            switch (report.Kind)
            {
                case MessageKind.Opened:
                    observer.OnOpened((long)report.Step.Value);
                    BeginEpoch(SamplesDoneAt(report.Step));
                    GrantUpTo(report.Step, EpochEnd(report.Step));
                    break;
                case MessageKind.StepDone:
                    OnStep(report, observer);
                    break;
                case MessageKind.EpochTrained:
                    _seconds = Stopwatch.GetElapsedTime(_clock).TotalSeconds;
                    break;
                case MessageKind.EpochDone:
                    summary = OnEpoch(report, summary, observer);
                    BeginEpoch(0);
                    GrantUpTo(report.Step, new StepId(report.Step.Value + _stepsPerEpoch));
                    break;
                case MessageKind.CheckpointDone:
                    observer.OnCheckpoint((long)report.Step.Value);
                    break;
                case MessageKind.CheckpointFailed:
                    observer.OnProblem(report.Detail!);
                    break;
                case MessageKind.Waiting:
                    observer.OnProblem(report.Detail!);
                    break;
                case MessageKind.SteppedDown when stop.IsCancellationRequested:
                    return summary with { Steps = (long)report.Step.Value };
                case MessageKind.SteppedDown when _standsBy:
                    observer.OnProblem(report.Detail ?? "Another process leads; this one stands by.");
                    break;
                case MessageKind.Finished or MessageKind.Stopped:
                    return summary with { Steps = (long)report.Step.Value, IsFinished = report.Kind == MessageKind.Finished };
                default:
                    throw new TrainingException(report.Detail ?? $"The coordinator reported {report.Kind} at {report.Step}, which was not expected.");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();

    /// <summary>How the coordinator of a run in this process works.</summary>
    internal static CoordinatorSettings Settings(ExperimentConfig config, DataPair data, RunOptions options)
    {
        var batchMax = Math.Min(config.Training.BatchSize, data.Train.Count);
        return new CoordinatorSettings
        {
            ConfigurationHash = ConfigurationHash.Compute(config),
            BatchMax = batchMax,
            MicroBatch = config.Training.MicroBatchSize > 0 ? Math.Min(config.Training.MicroBatchSize, batchMax) : batchMax,
            EvaluationMax = Math.Min(EvaluationChunk, data.Test.Count),
            CheckpointEverySteps = config.Checkpoint.EverySteps,
            CheckpointEvery = config.Checkpoint.EverySeconds > 0 ? TimeSpan.FromSeconds(config.Checkpoint.EverySeconds) : null,
            EndAfter = (ulong?)options.EndAfter,
            AcceptNumericsChange = options.AcceptNumericsChange,
        };
    }

    /// <summary>How the coordinator of a run in a cluster works.</summary>
    internal static CoordinatorSettings ClusterSettings(ExperimentConfig config, DataPair data, RunOptions options, ClusterSeat seat) =>
        Settings(config, data, options) with
        {
            RepeatAfter = ClusterTimes.RepeatAfter,
            RepeatsMax = ClusterTimes.RepeatsMax,
            MoveAfter = ClusterTimes.MoveAfter,
            MembersMin = seat.MembersMin,
        };

    private void BeginEpoch(int untrained)
    {
        _clock = Stopwatch.GetTimestamp();
        _untrained = untrained;
    }

    /// <summary>The last step of the epoch of a step; of the first epoch before the first step.</summary>
    private StepId EpochEnd(StepId step) => new(((Math.Max(step.Value, 1) - 1) / _stepsPerEpoch + 1) * _stepsPerEpoch);

    /// <summary>Samples of the epoch that were seen after a step.</summary>
    private int SamplesDoneAt(StepId step)
    {
        var steps = step.Value == 0 ? 0 : ((step.Value - 1) % _stepsPerEpoch) + 1;
        return (int)Math.Min((ulong)_data.Train.Count, steps * (ulong)_config.Training.BatchSize);
    }

    /// <summary>
    /// Lets the run go on, but never past the end of an epoch that the observer has not seen: no checkpoint may be ahead of what the observer wrote down,
    /// or a process that is killed between the two would lose that epoch.
    /// </summary>
    private void GrantUpTo(StepId step, StepId end)
    {
        var steps = (int)Math.Min(StepsAhead, end.Value - step.Value) - _credits;
        if (steps > 0)
        {
            _credits += steps;
            _run.Grant(steps);
        }
    }

    private void OnStep(in Message report, ITrainingObserver observer)
    {
        if (--_credits <= (int)StepsAhead / 2)
        {
            GrantUpTo(report.Step, EpochEnd(report.Step)); // several at a time: each grant wakes a thread
        }

        _losses.Add(report.Scalar);
        observer.OnStep(new StepReport((long)report.Step.Value, report.Vectors.First, report.Vectors.Count, _data.Train.Count, report.Scalar));
    }

    private TrainingSummary OnEpoch(in Message report, TrainingSummary summary, ITrainingObserver observer)
    {
        var result = (EpochResult)report.Body!;
        var trained = _data.Train.Count - _untrained;
        var samplesPerSecond = trained == 0 ? 0 : trained / _seconds;
        var accuracy = (double)result.Correct / result.Tested;
        observer.OnEpoch(new EpochReport(
            result.Epoch,
            (long)report.Step.Value,
            result.TrainLoss,
            accuracy,
            LearningRate.At(_config.Training, result.Epoch - 1),
            trained == 0 ? 0 : _seconds,
            samplesPerSecond,
            samplesPerSecond * Plan.Crosspoints));
        return summary with { TrainLoss = result.TrainLoss, TestAccuracy = accuracy, Seconds = summary.Seconds + _seconds };
    }
}
