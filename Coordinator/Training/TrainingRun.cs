using System.Diagnostics;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>
/// One training run in this process. Its losses and its final state are functions of the experiment and the data alone: threads, micro-batches and
/// timing change no bit.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private const int EvaluationChunk = 128;
    private readonly ExperimentConfig _config;
    private readonly DataPair _data;
    private readonly RunEngine _engine;
    private readonly string _configurationHash;
    private readonly SampleBatch _batch;
    private readonly SampleBatch _chunk;
    private readonly List<float> _losses = [];

    /// <summary>Maps the network and builds its tiles.</summary>
    /// <param name="config">The experiment.</param>
    /// <param name="data">Samples that fit the network.</param>
    /// <param name="options">How to execute it.</param>
    /// <exception cref="PlanException">The stages do not form a network.</exception>
    /// <exception cref="DataException">The samples do not fit the network.</exception>
    public TrainingRun(ExperimentConfig config, DataPair data, RunOptions options)
        : this(config, data, options, static (physics, shape, identity) => TileFactory.Create(physics, shape, identity))
    {
    }

    internal TrainingRun(ExperimentConfig config, DataPair data, RunOptions options, TileConstructor construct)
    {
        _config = config;
        _data = data;
        Plan = PlanBuilder.Build(config);
        data.RequireFits(Plan.InputFeatures, Plan.OutputFeatures);
        _configurationHash = ConfigurationHash.Compute(config);
        var batchMax = Math.Min(config.Training.BatchSize, data.Train.Count);
        var evaluationMax = Math.Min(EvaluationChunk, data.Test.Count);
        _batch = new SampleBatch(batchMax, Plan.InputFeatures);
        _chunk = new SampleBatch(evaluationMax, Plan.InputFeatures);
        _engine = new RunEngine(
            Plan,
            new RunEngineSettings
            {
                Seed = config.Seed,
                ConfigurationHash = _configurationHash,
                BatchMax = batchMax,
                MicroBatch = config.Training.MicroBatchSize > 0 ? Math.Min(config.Training.MicroBatchSize, batchMax) : batchMax,
                EvaluationMax = evaluationMax,
                Threads = options.Threads,
            },
            construct);
    }

    /// <summary>The mapped network.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>Loss of every mini-batch so far.</summary>
    public IReadOnlyList<float> Losses => _losses;

    /// <summary>Trains all epochs.</summary>
    /// <param name="observer">Sees every step and epoch.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <exception cref="TrainingException">The run diverged or an actor refused.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the state is that of the last full step.</exception>
    public TrainingSummary Execute(ITrainingObserver observer, CancellationToken cancel)
    {
        var order = new int[_data.Train.Count];
        var stepsPerEpoch = ((order.Length - 1) / _batch.Capacity) + 1;
        _losses.EnsureCapacity(stepsPerEpoch * _config.Training.Epochs);
        var summary = new TrainingSummary(0, double.NaN, 0, 0);
        for (var epoch = 1; epoch <= _config.Training.Epochs; epoch++)
        {
            EpochOrder.Fill(_config.Seed, epoch - 1, order);
            var report = RunEpoch(epoch, order, observer, cancel);
            observer.OnEpoch(report);
            summary = new TrainingSummary(report.Step, report.TrainLoss, report.TestAccuracy, summary.Seconds + report.Seconds);
        }

        return summary;
    }

    /// <summary>Writes the state after the last step: a blob for every tile and digital stage, the losses, and the manifest, which comes last.</summary>
    /// <param name="folder">Created if absent.</param>
    /// <exception cref="CheckpointException">The folder cannot be written.</exception>
    public void WriteState(string folder)
    {
        _engine.Settle();
        var writer = new StateWriter(folder, _configurationHash, _engine.Step, Term.First);
        foreach (var tile in Plan.Tiles)
        {
            writer.AddTile(tile.Name, _engine.Snapshot(tile));
        }

        foreach (var stage in _engine.Coordinator.StatefulStages)
        {
            writer.AddStage(stage.Plan.Name, stage.VisitState);
        }

        writer.AddLosses(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_losses));
        writer.Commit();
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    private EpochReport RunEpoch(int epoch, int[] order, ITrainingObserver observer, CancellationToken cancel)
    {
        var learningRate = LearningRate.At(_config.Training, epoch - 1);
        var start = Stopwatch.GetTimestamp();
        var lossSum = 0.0;
        for (var first = 0; first < order.Length; first += _batch.Capacity)
        {
            cancel.ThrowIfCancellationRequested();
            Fill(_batch, _data.Train, order, first);
            var loss = _engine.Train(_batch, learningRate);
            _losses.Add(loss);
            lossSum += (double)loss * _batch.Count;
            observer.OnStep(new StepReport((long)_engine.Step.Value, epoch, first + _batch.Count, order.Length, loss));
        }

        _engine.Settle();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var samplesPerSecond = order.Length / seconds;
        return new EpochReport(
            epoch,
            (long)_engine.Step.Value,
            lossSum / order.Length,
            TestAccuracy(cancel),
            learningRate,
            seconds,
            samplesPerSecond,
            samplesPerSecond * Plan.Crosspoints);
    }

    private double TestAccuracy(CancellationToken cancel)
    {
        var correct = 0;
        for (var first = 0; first < _data.Test.Count; first += _chunk.Capacity)
        {
            cancel.ThrowIfCancellationRequested();
            Fill(_chunk, _data.Test, null, first);
            correct += _engine.Evaluate(_chunk, first);
        }

        return (double)correct / _data.Test.Count;
    }

    private static void Fill(SampleBatch batch, SampleSet samples, int[]? order, int first)
    {
        batch.Count = Math.Min(batch.Capacity, samples.Count - first);
        for (var row = 0; row < batch.Count; row++)
        {
            var sample = order is null ? first + row : order[first + row];
            samples.CopyFeatures(sample, batch.Features.Row(row));
            batch.Labels[row] = samples.Label(sample);
        }
    }
}
