using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;
using Tessera.Kernels.Configuration;

namespace Tessera.Coordination.Tests.Training;

/// <summary>Runs that are interrupted and go on, in a new set of machines over the same store, against a run that never stopped.</summary>
public class ResumeTests
{
    private const int StepsTotal = 15;
    private static readonly DataPair Data = TinySamples.Pair(45, 30, Networks.Features, Networks.Classes);

    public static TheoryData<string, int, int, long> Stops()
    {
        var stops = new TheoryData<string, int, int, long>();
        foreach (var physics in new[] { "ConstantStep", "SoftBounds", "FloatingPoint", "LinearStep", "InputRange" })
        {
            stops.Add(physics, 1, 0, 1);
            stops.Add(physics, 2, 3, 5); // the end of an epoch
            stops.Add(physics, 2, 0, 7);
            stops.Add(physics, 1, 4, 14);
        }

        return stops;
    }

    [Theory]
    [MemberData(nameof(Stops))]
    public void A_run_that_stopped_goes_on_to_the_same_bits(string physics, int threads, int micro, long step)
    {
        var store = new MemoryRunStore();
        var options = new RunOptions { Threads = threads };

        var first = TrainedRun.Of(Experiment(physics, micro), Data, options with { EndAfter = step }, store: store);
        var second = TrainedRun.Of(Experiment(physics, 0), Data, options, store: store);

        Assert.False(first.Summary.IsFinished);
        Assert.Equal(step, first.Summary.Steps);
        Assert.Equal(step, first.Losses.Length);
        Assert.True(second.Summary.IsFinished);
        Assert.Equal(Whole(physics).Bits, second.Bits);
    }

    [Theory]
    [InlineData("ConstantStep", 2)]
    [InlineData("LinearStep", 1)]
    public void Many_interruptions_in_a_row_change_no_bit(string physics, int threads)
    {
        var store = new MemoryRunStore();
        for (var step = 2; step < StepsTotal; step += 3)
        {
            TrainedRun.Of(Experiment(physics, step % 4), Data, new RunOptions { Threads = threads, EndAfter = step }, store: store);
        }

        Assert.Equal(Whole(physics).Bits, TrainedRun.Of(Experiment(physics, 0), Data, new RunOptions { Threads = threads }, store: store).Bits);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_run_that_was_cancelled_goes_on_to_the_same_bits(int threads)
    {
        var store = new MemoryRunStore();
        using var cancel = new CancellationTokenSource();
        using (var run = new TrainingRun(Experiment("SoftBounds", 3), Data, new RunOptions { Threads = threads }, store))
        {
            Assert.False(run.Execute(new Stopper(cancel, 4), cancel.Token).IsFinished);
        }

        Assert.InRange(store.ReadNewest()!.Step, 4ul, 14ul);
        var rest = TrainedRun.Of(Experiment("SoftBounds", 0), Data, new RunOptions { Threads = threads }, store: store);
        Assert.Equal(Whole("SoftBounds").Bits, rest.Bits);
    }

    [Fact]
    public void A_run_that_died_goes_on_from_its_newest_checkpoint()
    {
        var config = Experiment("ConstantStep", 0) with { Checkpoint = new CheckpointConfig { EverySteps = 4, EverySeconds = 0 } };
        var store = new WatchedStore();
        using (var run = new TrainingRun(config, Data, new RunOptions { Threads = 3 }, store))
        {
            // It dies at step 6 or later, and not before its first checkpoint.
            Assert.Throws<TimeoutException>(() => run.Execute(new Dying(store, 6), CancellationToken.None));
        }

        var newest = (long)store.ReadNewest()!.Step;
        Assert.InRange(newest, 4, 12);
        var observer = new SilentObserver();
        Assert.Equal(Whole("ConstantStep").Bits, TrainedRun.Of(config, Data, new RunOptions { Threads = 2 }, store: store, observer: observer).Bits);
        Assert.Equal(newest, observer.Opened);
    }

    [Fact]
    public void A_finished_run_stays_as_it_is()
    {
        var store = new MemoryRunStore();
        var first = TrainedRun.Of(Experiment("FloatingPoint", 0), Data, new RunOptions { Threads = 1 }, store: store);
        var again = TrainedRun.Of(Experiment("FloatingPoint", 0), Data, new RunOptions { Threads = 1 }, store: store);

        Assert.Equal(first.Bits, again.Bits);
        Assert.True(again.Summary.IsFinished);
    }

    [Theory]
    [InlineData(0, 15)]
    [InlineData(0, 6)]
    [InlineData(6, 15)]
    public void A_replay_has_the_stored_hash(long from, long to)
    {
        var config = Experiment("SoftBounds", 0);
        var store = new MemoryRunStore(keep: 9);
        var middle = TrainedRun.Of(config, Data, new RunOptions { Threads = 1, EndAfter = 6 }, store: store);
        var whole = TrainedRun.Of(config, Data, new RunOptions { Threads = 1 }, store: store);

        Assert.Equal(to == 6 ? middle.Hash : whole.Hash, RunReplay.Hash(config, Data, new RunOptions { Threads = 2 }, store, from, to));
    }

    [Fact]
    public void A_replay_from_a_step_without_checkpoint_names_those_that_are_kept()
    {
        var store = new MemoryRunStore();
        TrainedRun.Of(Experiment("FloatingPoint", 0), Data, new RunOptions { Threads = 1, EndAfter = 6 }, store: store);

        var error = Assert.Throws<CheckpointException>(
            () => RunReplay.Hash(Experiment("FloatingPoint", 0), Data, new RunOptions { Threads = 1 }, store, 5, 6));

        Assert.Contains("steps that it keeps: 6", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_resume_with_another_experiment_is_refused()
    {
        var store = new MemoryRunStore();
        TrainedRun.Of(Experiment("FloatingPoint", 0), Data, new RunOptions { Threads = 1, EndAfter = 2 }, store: store);

        var error = Assert.Throws<TrainingException>(
            () => TrainedRun.Of(Experiment("SoftBounds", 0), Data, new RunOptions { Threads = 1 }, store: store));

        Assert.Contains("experiment.yaml", error.Message, StringComparison.Ordinal);
    }

    private static TrainedRun Whole(string physics) => TrainedRun.Of(Experiment(physics, 0), Data, new RunOptions { Threads = 1 });

    private static ExperimentConfig Experiment(string physics, int micro)
    {
        var mapping = new MappingParameter { MaxInputSize = 6, MaxOutputSize = 5 };
        var config = Networks.Branched(micro, dropout: 0.3f);
        return config with
        {
            RpuConfig = physics switch
            {
                "FloatingPoint" => new FloatingPointRPUConfig { Mapping = mapping },
                "LinearStep" => new SingleRPUConfig { Mapping = mapping, Device = new LinearStepDevice() },
                "SoftBounds" => new SingleRPUConfig { Mapping = mapping, Device = new SoftBoundsDevice() },
                "InputRange" => InputRangeTrainingTests.Physics with { Mapping = mapping },
                _ => new SingleRPUConfig { Mapping = mapping },
            },
            Training = config.Training with { Epochs = 3 },
        };
    }

    private sealed class Stopper(CancellationTokenSource cancel, long step) : ITrainingObserver
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

    /// <summary>Ends a run without a word, as soon as it has a checkpoint.</summary>
    private sealed class Dying(WatchedStore store, long step) : ITrainingObserver
    {
        public void OnStep(in StepReport r)
        {
            if (r.Step == step)
            {
                store.Committed.Wait();
                throw new TimeoutException();
            }
        }

        public void OnEpoch(in EpochReport r)
        {
            // Not watched.
        }
    }
}
