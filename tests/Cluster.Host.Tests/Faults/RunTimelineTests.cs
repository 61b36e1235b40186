using Tessera.Host.Faults;

namespace Tessera.Host.Tests.Faults;

/// <summary>What processes print is read as events with times.</summary>
public sealed class RunTimelineTests
{
    private readonly RunTimeline _timeline = new();

    [Fact]
    public void The_lines_of_a_run_are_events()
    {
        _timeline.Add("c", "begins: after step 0", 1);
        _timeline.Add("c", "epoch    3/1000  loss 1.7890  test accuracy 20.00 %  0.01 s", 2);
        _timeline.Add("c", "2026-01-01T00:00:00.000Z warning: Connection to P3 'node-0' closed, Lost: the other side closed it", 3);
        _timeline.Add("d", "2026-01-01T00:00:00.000Z d leads in term 7", 4);
        _timeline.Add("d", "goes on: after step 12,345", 5);
        _timeline.Add("n", "2026-01-01T00:00:00.000Z hosts 2 tiles in term 7", 6);

        Assert.Equal(
            [
                new TimelineEvent(1, "c", TimelineKind.Opened, 0, null, 0),
                new TimelineEvent(2, "c", TimelineKind.EpochDone, 3, null, 3),
                new TimelineEvent(3, "c", TimelineKind.Lost, 0, "node-0", 3),
                new TimelineEvent(4, "d", TimelineKind.Leads, 7, null, 3),
                new TimelineEvent(5, "d", TimelineKind.Opened, 12345, null, 3),
                new TimelineEvent(6, "n", TimelineKind.Hosts, 2, null, 3),
            ],
            Enumerable.Range(0, _timeline.Count).Select(index => _timeline[index]));
    }

    [Theory]
    [InlineData("epoch 3/1000: 10 of 130 samples, loss 1.5")] // under way
    [InlineData("run: runs/1")]
    [InlineData("")]
    public void Other_lines_are_none(string line)
    {
        _timeline.Add("c", line, 1);

        Assert.Equal(0, _timeline.Count);
    }

    [Fact]
    public void An_epoch_that_is_done_again_is_no_progress()
    {
        Epoch(5, at: 10);
        Epoch(4, at: 20);
        Epoch(6, at: 30);

        Assert.Equal([0, 5, 5, 6], new long[] { 9, 10, 29, 30 }.Select(_timeline.EpochsAt));
    }

    [Fact]
    public void An_event_that_does_not_come_is_waited_for_no_longer_than_allowed()
    {
        Epoch(1, at: 10);

        Assert.Equal(0, _timeline.Await(0, entry => entry.Number == 1, TimeSpan.Zero));
        Assert.Null(_timeline.Await(0, entry => entry.Number == 2, TimeSpan.FromMilliseconds(1)));
    }

    [Fact]
    public void The_newest_event_is_found_from_an_index_on()
    {
        Epoch(1, at: 10);

        Assert.NotNull(_timeline.Last(entry => entry.Kind == TimelineKind.EpochDone));
        Assert.Null(_timeline.Last(entry => entry.Kind == TimelineKind.EpochDone, from: 1));
        Assert.Null(_timeline.Last(entry => entry.Kind == TimelineKind.Leads));
    }

    private void Epoch(int number, long at) => _timeline.Add("c", $"epoch {number}/9  loss 1", at);
}
