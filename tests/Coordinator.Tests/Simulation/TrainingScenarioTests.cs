using Tessera.Actors.Simulation;
using Tessera.Coordination.Simulation;
using Tessera.Coordination.Tests.Training;

namespace Tessera.Coordination.Tests.Simulation;

public class TrainingScenarioTests
{
    [Fact]
    public void A_hundred_seeds_hold_and_meet_what_they_are_for()
    {
        var reports = RequireHolds(0, 100);

        Require(reports, "recoveries", report => report.Openings - 1 - report.Moves);
        Require(reports, "steps that were done again", report => report.StepsDone - report.Steps);
        Require(reports, "checkpoints", report => report.Statistics.Manifests);
        Require(reports, "restored tiles", report => report.Statistics.Restores);
        Require(reports, "drains", report => report.Statistics.Drains);
        Require(reports, "nodes that were emptied by draining", report => report.Statistics.DrainsEmptied);
        Require(reports, "planned moves", report => report.Moves);
        Require(reports, "hand-overs", report => report.HandOvers);
        Require(reports, "tiles left in place by whoever took over", report => report.TakeOversKept);
        Assert.InRange(reports.Sum(report => report.TakeOversMoved), 0, reports.Sum(report => report.TakeOversKept) / 10);
        Require(reports, "lapsed leases that held again", report => report.Resumptions);
    }

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
    public void Learned_input_ranges_survive_whatever_happens_to_their_tiles()
    {
        var reports = RequireHolds(300, 40, shape => shape with
        {
            Experiment = shape.Experiment with
            {
                RpuConfig = InputRangeTrainingTests.Physics with { Mapping = shape.Experiment.RpuConfig.Mapping },
            },
        });

        Require(reports, "steps that were done again", report => report.StepsDone - report.Steps);
        Require(reports, "restored tiles", report => report.Statistics.Restores);
    }

    private static void Require(List<ScenarioReport> reports, string what, Func<ScenarioReport, long> value)
    {
        var seen = reports.Sum(value);
        Assert.True(seen >= 10, $"{seen} {what} in {reports.Count} runs, expected 10 or more");
    }

    private static List<ScenarioReport> RequireHolds(ulong first, ulong count, Func<ScenarioShape, ScenarioShape>? change = null)
    {
        var reports = new List<ScenarioReport>();
        for (var seed = first; seed < first + count; seed++)
        {
            try
            {
                reports.Add(new TrainingScenario(seed, parts: null, change).Run());
            }
            catch (SimulationViolationException error)
            {
                Assert.Fail($"Seed {seed} ({new TrainingScenario(seed).Shape}): {error.Message}");
            }
        }

        return reports;
    }
}
