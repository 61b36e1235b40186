using Tessera.Actors.Stores;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;

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

    // More than all rounds need, so that no epoch ends. Losses of steps are kept in a list, which doubles now and then: never in every round.
    private const int Samples = 10 * (WarmUpSteps + (Steps * Rounds) + 100);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 3)]
    public void A_steady_step_allocates_nothing_on_any_thread(int threads, int micro)
    {
        var data = TinySamples.Pair(Samples, 10, Networks.Features, Networks.Classes);
        using var run = new SteppedRun(
            Networks.Mlp(5, micro: micro), data, new RunOptions { Threads = threads }, new MemoryRunStore(), Networks.Perfect);
        run.Train(WarmUpSteps);

        // The test runner allocates now and then in the same process. What a step allocates shows in every round, so the smallest counts.
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            run.Train(Steps);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.Equal(0, least);
    }
}
