using Tessera.Actors.Simulation;
using Tessera.Coordination.Simulation;

namespace Tessera.Coordination.Tests.Simulation;

public class TrainingScenarioTests
{
    [Fact]
    public void A_hundred_seeds_hold() => RequireHolds(0, 100);

    [Fact]
    [Trait("Category", "Long")]
    public void Two_thousand_seeds_hold() => RequireHolds(0, 2000);

    [Theory]
    [InlineData(3)]
    [InlineData(14)]
    [InlineData(41)]
    public void A_seed_has_the_same_events_every_time(ulong seed)
    {
        var first = new TrainingScenario(seed).Run();
        var second = new TrainingScenario(seed).Run();

        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(first.VirtualTime, second.VirtualTime);
        Assert.NotEqual(first.Digest, new TrainingScenario(seed + 1).Run().Digest);
    }

    [Fact]
    public void The_seeds_meet_what_they_are_for()
    {
        var (openings, again, manifests, restores) = (0L, 0L, 0L, 0L);
        for (ulong seed = 0; seed < 20; seed++)
        {
            var report = new TrainingScenario(seed).Run();
            openings += report.Openings - 1;
            again += report.StepsDone - report.Steps;
            manifests += report.Statistics.Manifests;
            restores += report.Statistics.Restores;
        }

        Assert.True(openings > 20, $"{openings} recoveries in 20 runs");
        Assert.True(again > 20, $"{again} steps were done again");
        Assert.True(manifests > 20, $"{manifests} checkpoints");
        Assert.True(restores > 20, $"{restores} tiles were restored");
    }

    private static void RequireHolds(ulong first, ulong count)
    {
        for (var seed = first; seed < first + count; seed++)
        {
            try
            {
                new TrainingScenario(seed).Run();
            }
            catch (SimulationViolationException error)
            {
                Assert.Fail($"Seed {seed} ({new TrainingScenario(seed).Shape}): {error.Message}");
            }
        }
    }
}
