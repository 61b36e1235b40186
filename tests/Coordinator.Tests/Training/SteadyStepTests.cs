using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Tests.Training;

/// <summary>Counts the bytes of the whole process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(SteadyStepTests), DisableParallelization = true)]
public class SteadyStepCollection;

[Collection(nameof(SteadyStepTests))]
public class SteadyStepTests
{
    private const int WarmUpSteps = 200;
    private const int Steps = 20;
    private const int Rounds = 100;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 3)]
    public void A_steady_step_allocates_nothing_on_any_thread(int threads, int micro)
    {
        var config = Networks.Mlp(5, micro: micro);
        var plan = PlanBuilder.Build(config);
        using var engine = new RunEngine(plan, Settings(config, threads), Networks.Perfect);
        var batch = Batch(config);
        Train(engine, batch, WarmUpSteps);

        // The test runner allocates now and then in the same process. What a step allocates shows in every round, so the smallest counts.
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Train(engine, batch, Steps);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.Equal(0, least);
    }

    private static RunEngineSettings Settings(ExperimentConfig config, int threads) => new()
    {
        Seed = config.Seed,
        ConfigurationHash = "abc",
        BatchMax = config.Training.BatchSize,
        MicroBatch = config.Training.MicroBatchSize > 0 ? config.Training.MicroBatchSize : config.Training.BatchSize,
        EvaluationMax = 16,
        Threads = threads,
    };

    private static SampleBatch Batch(ExperimentConfig config)
    {
        var samples = TinySamples.Pair(10, 10, Networks.Features, Networks.Classes).Train;
        var batch = new SampleBatch(config.Training.BatchSize, Networks.Features) { Count = config.Training.BatchSize };
        for (var row = 0; row < batch.Count; row++)
        {
            samples.CopyFeatures(row, batch.Features.Row(row));
            batch.Labels[row] = samples.Label(row);
        }

        return batch;
    }

    private static void Train(RunEngine engine, SampleBatch batch, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            engine.Train(batch, 0.01f);
        }

        engine.Settle();
    }
}
