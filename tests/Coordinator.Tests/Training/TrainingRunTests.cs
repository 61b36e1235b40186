using Tessera.Actors.Machines;
using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;

namespace Tessera.Coordination.Tests.Training;

public class TrainingRunTests
{
    private static readonly DataPair Data = TinySamples.Pair(45, 300, Networks.Features, Networks.Classes);

    public static TheoryData<int, int> Schedules() => new() { { 1, 1 }, { 1, 3 }, { 1, 10 }, { 2, 10 }, { 2, 3 }, { 8, 10 }, { 8, 1 } };

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Threads_and_micro_batches_change_no_bit_of_a_grid(int threads, int micro) =>
        Assert.Equal(Train(Networks.Mlp(5), 1, Networks.Disturbed), Train(Networks.Mlp(5, micro: micro), threads, Networks.Disturbed));

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Threads_and_micro_batches_change_no_bit_of_a_graph_with_branches_and_dropout(int threads, int micro) =>
        Assert.Equal(
            Train(Networks.Branched(dropout: 0.3f), 1, Networks.Disturbed),
            Train(Networks.Branched(micro, dropout: 0.3f), threads, Networks.Disturbed));

    [Fact]
    public void Another_seed_gives_other_bits() =>
        Assert.NotEqual(Train(Networks.Mlp(5), 1, Networks.Perfect), Train(Networks.Mlp(5) with { Seed = 43 }, 1, Networks.Perfect));

    [Fact]
    public void A_grid_equals_a_single_tile_within_rounding()
    {
        var single = Losses(Networks.Mlp(epochs: 4));
        var grid = Losses(Networks.Mlp(4, epochs: 4));

        Assert.Equal(single.Length, grid.Length);
        Assert.All(single.Zip(grid), pair => Assert.InRange(pair.First - pair.Second, -1e-5f, 1e-5f));
    }

    [Fact]
    public void A_small_network_learns_and_reports_every_step_and_epoch()
    {
        var observer = new SilentObserver();
        using var run = new TrainingRun(Networks.Mlp(5, epochs: 20), Data, new RunOptions { Threads = 2 }, new MemoryRunStore(), Networks.Perfect);
        var summary = run.Execute(observer, CancellationToken.None);

        Assert.Equal(20 * 5, summary.Steps);
        Assert.Equal(100, observer.Steps);
        Assert.Equal(20, observer.Epochs.Count);
        Assert.True(summary.TestAccuracy > 0.9, $"accuracy {summary.TestAccuracy}");
        Assert.True(observer.Epochs[^1].TrainLoss < observer.Epochs[0].TrainLoss);
        Assert.Equal(summary.TestAccuracy, observer.Epochs[^1].TestAccuracy);
        Assert.All(observer.Epochs, epoch => Assert.True(epoch.Seconds > 0 && epoch.CrosspointUpdatesPerSecond > epoch.SamplesPerSecond));
    }

    [Theory]
    [InlineData(LossKind.MSELoss)]
    [InlineData(LossKind.CrossEntropyLoss)]
    public void Other_losses_train_too(LossKind loss)
    {
        var losses = Losses(Networks.Branched(loss: loss) with { Training = Networks.Mlp(epochs: 20).Training });

        Assert.True(losses[^5..].Average() < 0.9f * losses[..5].Average());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_diverging_run_stops_with_the_step_and_advice(int threads)
    {
        var config = Networks.Mlp(5) with { Training = new TrainingConfig { LearningRate = 3e38f } };
        using var run = new TrainingRun(config, Data, new RunOptions { Threads = threads }, new MemoryRunStore(), Networks.Perfect);

        var error = Assert.Throws<TrainingException>(() => run.Execute(new SilentObserver(), CancellationToken.None));

        Assert.Contains("diverged at step", error.Message, StringComparison.Ordinal);
        Assert.Contains("learning_rate", error.Message, StringComparison.Ordinal);
        Assert.True(run.Losses.All(float.IsFinite));
    }

    [Fact]
    public void Cancelling_stops_between_steps_with_a_checkpoint_of_the_last_one()
    {
        using var cancel = new CancellationTokenSource();
        var store = new MemoryRunStore();
        using var run = new TrainingRun(Networks.Mlp(5), Data, new RunOptions { Threads = 2 }, store, Networks.Perfect);

        var summary = run.Execute(new CancelAt(cancel, 3), cancel.Token);

        Assert.False(summary.IsFinished);
        Assert.InRange(summary.Steps, 3, 9);
        Assert.Equal(summary.Steps, run.Losses.Count);
        Assert.Equal((ulong)summary.Steps, store.ReadNewest()!.Step);
        Assert.Equal(64, RunVerifier.ComputeHash(store, store.ReadNewest()!).Length);
    }

    [Fact]
    public void Samples_that_do_not_fit_the_network_are_refused() =>
        Assert.Throws<DataException>(() => new TrainingRun(
            Networks.Mlp(),
            TinySamples.Pair(10, 10, Networks.Features + 1, Networks.Classes),
            new RunOptions(),
            new MemoryRunStore(),
            Networks.Perfect));

    private static float[] Losses(ExperimentConfig config) => TrainedRun.Of(config, Data, new RunOptions { Threads = 1 }, Networks.Perfect).Losses;

    private static string Train(ExperimentConfig config, int threads, TileConstructor tiles) =>
        TrainedRun.Of(config, Data, new RunOptions { Threads = threads }, tiles).Bits;

    private sealed class CancelAt(CancellationTokenSource cancel, long step) : ITrainingObserver
    {
        public void OnStep(in StepReport r)
        {
            if (r.Step == step)
            {
                cancel.Cancel();
            }
        }

        public void OnEpoch(in EpochReport r)
        {
            // A stop may come before or after an epoch ends.
        }
    }
}
