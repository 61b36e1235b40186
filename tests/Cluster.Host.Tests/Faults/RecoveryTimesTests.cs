using System.Diagnostics;
using Tessera.Host.Faults;

namespace Tessera.Host.Tests.Faults;

/// <summary>How long a recovery took is read from what the processes said, and from nothing that belongs to something else.</summary>
public sealed class RecoveryTimesTests
{
    private readonly RunTimeline _timeline = new();

    [Fact]
    public void A_node_is_noticed_by_the_coordinator_and_training_goes_on_with_a_new_epoch()
    {
        Epoch("coordinator-0", 9, seconds: 0);
        Say("node-1", "Connection to P1 'node-0' closed, Lost: gone", seconds: 1); // not the coordinator
        Epoch("coordinator-0", 10, seconds: 2); // was under way
        Say("coordinator-0", " Connection to P1 'node-0' closed, Lost: gone", seconds: 3);
        Opened("coordinator-0", "100", seconds: 4);
        Epoch("coordinator-0", 10, seconds: 5); // done again
        Epoch("coordinator-0", 11, seconds: 6);

        Assert.Equal(new RecoveryTimes(3, 4, 6, 30), Await("node-0"));
    }

    [Fact]
    public void A_coordinator_is_noticed_when_another_one_leads()
    {
        Epoch("coordinator-0", 10, seconds: 0);
        Say("node-1", " Connection to P9 'coordinator-0' closed, Lost: gone", seconds: 1); // nodes elect nobody
        Say("coordinator-1", " coordinator-1 leads in term 2", seconds: 2);
        Opened("coordinator-1", "130", seconds: 3);
        Epoch("coordinator-1", 11, seconds: 4);

        Assert.Equal(new RecoveryTimes(2, 3, 4, 0), Await("coordinator-0"));
    }

    [Fact]
    public void A_recovery_that_never_ends_has_no_times()
    {
        Say("coordinator-0", " Connection to P1 'node-0' closed, Lost: gone", seconds: 1);
        Opened("coordinator-0", "100", seconds: 2);

        Assert.Null(Await("node-0"));
    }

    [Theory]
    [InlineData(4.5, "met", "\"goal_met\":true,\"runs\":[4.5]")]
    [InlineData(5.0, "MISSED", "\"goal_met\":false,\"runs\":[5]")]
    public void A_goal_is_met_below_it(double seconds, string verdict, string json)
    {
        RecoveryFigures figures = new(RecoveryRun.Faults[0], [new RecoveryTimes(0.1, 0.2, seconds, 13)]);

        Assert.Equal(RecoveryFigures.Header.Length, figures.ToCells().Length);
        Assert.Equal(verdict, figures.ToCells()[10]);
        Assert.Contains(json, figures.ToJson());
    }

    private RecoveryTimes? Await(string victim) => RecoveryTimes.Await(_timeline, 0, 0, victim, TimeSpan.FromMilliseconds(1));

    private void Epoch(string process, int number, int seconds) => Say(process, $"epoch {number}/99  loss 1", seconds);

    private void Opened(string process, string step, int seconds) => Say(process, $"goes on: after step {step}", seconds);

    private void Say(string process, string line, int seconds) => _timeline.Add(process, line, seconds * Stopwatch.Frequency);
}
