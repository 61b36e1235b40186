using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Kernels.Configuration;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Bench;

/// <summary>The actors of a real run, driven step by step by a benchmark.</summary>
internal sealed class ProbedEngine : IDisposable
{
    private readonly RunEngine _engine;

    /// <summary>Builds the network on one thread.</summary>
    public ProbedEngine(ExperimentConfig config, int batch, TileConstructor construct)
    {
        var plan = PlanBuilder.Build(config);
        Samples = new SampleBatch(batch, plan.InputFeatures) { Count = batch };
        var settings = new RunEngineSettings
        {
            Seed = config.Seed,
            ConfigurationHash = ConfigurationHash.Compute(config),
            BatchMax = batch,
            MicroBatch = batch,
            EvaluationMax = batch,
            Threads = 1,
        };
        _engine = new RunEngine(plan, settings, construct);
    }

    /// <summary>The mini-batch that <see cref="Train"/> uses.</summary>
    public SampleBatch Samples { get; }

    /// <summary>Takes consecutive samples.</summary>
    public void Fill(SampleSet source, int first)
    {
        for (var row = 0; row < Samples.Count; row++)
        {
            source.CopyFeatures(first + row, Samples.Features.Row(row));
            Samples.Labels[row] = source.Label(first + row);
        }
    }

    /// <summary>One step.</summary>
    public void Train(float learningRate) => _engine.Train(Samples, learningRate);

    /// <summary>Waits for all commits.</summary>
    public void Settle() => _engine.Settle();

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();
}
