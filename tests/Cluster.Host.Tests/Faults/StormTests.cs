using System.Diagnostics;
using Tessera.Host.Faults;

namespace Tessera.Host.Tests.Faults;

/// <summary>The plan and the arithmetic of a storm.</summary>
public sealed class StormTests
{
    private static readonly StormSettings Settings = new(4, TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(15), 1);
    private readonly RunTimeline _timeline = new();

    [Fact]
    public void Twelve_kills_fit_into_three_minutes_each_with_its_time_after_it()
    {
        Assert.Equal(12, Settings.Kills);
        Assert.Equal(TimeSpan.Zero, Settings.DueAt(0));
        Assert.Equal(TimeSpan.FromSeconds(165), Settings.DueAt(11));
    }

    [Fact]
    public void A_seed_always_means_the_same_victims_and_another_one_others()
    {
        string[] victims = Victims(Settings, 40);

        Assert.Equal(victims, Victims(Settings with { Every = TimeSpan.FromSeconds(1) }, 40));
        Assert.NotEqual(victims, Victims(Settings with { Seed = 2 }, 40));
        Assert.Equal(6, victims.Distinct().Count()); // every node and both coordinators
    }

    [Fact]
    public void The_run_lasts_longer_than_the_storm_at_full_speed()
    {
        Assert.True(Settings.EpochsFor(1000) * SmallExperiment.StepsPerEpoch > 180 * 1000);
        Assert.True(Settings.EpochsFor(0) > 0);
    }

    [Fact]
    public void Useful_work_is_the_speed_in_the_storm_over_that_without_faults()
    {
        StormReport report = new(Settings, [], "hash", Steps: 90_000, FaultFree: 1000, Afterwards: 900);

        Assert.Equal(0.5, report.UsefulWork);
        Assert.EndsWith("goal >= 0.50 met", report.ToLines().Last());
        Assert.EndsWith("MISSED", (report with { Steps = 89_000 }).ToLines().Last());
        Assert.Contains("\"useful_work\":0.5,\"goal\":0.5,\"goal_met\":true", report.ToJson());
    }

    [Fact]
    public void A_kill_that_interrupts_counts_until_a_new_epoch_after_the_next_opening()
    {
        Say("epoch 10/99  loss 1", seconds: 100);
        Say("epoch 11/99  loss 1", seconds: 101); // was under way
        Say("goes on: after step 130", seconds: 102);
        Say("epoch 11/99  loss 1", seconds: 103);
        Say("epoch 12/99  loss 1", seconds: 104);

        Assert.Equal(new StormKill(60, "node-1", "hosts 1 tile", 4, 13), Of(mustInterrupt: true, until: 5));
        Assert.Equal(new StormKill(60, "node-1", "hosts 1 tile", null, 13), Of(mustInterrupt: true, until: 4));
    }

    [Fact]
    public void A_leader_that_is_killed_may_lead_again_in_its_next_life()
    {
        Say("epoch 10/99  loss 1", seconds: 100);
        Say("goes on: after step 130", seconds: 100); // read late, from the life that ended
        Say("goes on: after step 130", seconds: 102);
        Say("epoch 11/99  loss 1", seconds: 103);

        Assert.Equal(new StormKill(60, "coordinator-0", "leads", 3, 0), Of(mustInterrupt: true, until: 4, "coordinator-0", "leads"));
        Assert.Equal(new StormKill(60, "coordinator-0", "leads", null, 0), Of(mustInterrupt: true, until: 2, "coordinator-0", "leads"));
    }

    [Fact]
    public void A_kill_that_does_not_interrupt_counts_until_the_next_epoch()
    {
        Say("epoch 10/99  loss 1", seconds: 100);
        Say("epoch 11/99  loss 1", seconds: 101);

        Assert.Equal(new StormKill(60, "node-1", "hosts 1 tile", 1, 0), Of(mustInterrupt: false, until: 2));
    }

    private StormKill Of(bool mustInterrupt, int until, string victim = "node-1", string part = "hosts 1 tile")
    {
        KillMark mark = new(100 * Stopwatch.Frequency, 1, Reborn: 2, victim, part, mustInterrupt, EpochMax: 10);
        return StormKill.Of(_timeline, mark, 40 * Stopwatch.Frequency, until);
    }

    private static string[] Victims(StormSettings settings, int count) => [.. Enumerable.Range(0, count).Select(settings.VictimOf)];

    private void Say(string line, int seconds) => _timeline.Add("coordinator-0", line, seconds * Stopwatch.Frequency);
}
