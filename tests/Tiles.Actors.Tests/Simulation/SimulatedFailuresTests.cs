using Tessera.Actors.Machines;
using Tessera.Actors.Simulation;
using Tessera.Actors.Tests.Simulation.Toys;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Simulation;

public class SimulatedFailuresTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(10);

    [Fact]
    public void A_crash_disposes_the_machines_loses_timers_and_comes_back_as_another_peer()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None);
        var machines = new List<Disposable>();
        var process = world.AddProcess("victim", setup =>
        {
            machines.Add(new Disposable());
            setup.Add(Recipient.Coordinator, machines[^1], 8);
            setup.AddTile(new TileId(0), new Disposable());
            setup.Post(new Message { Kind = MessageKind.Start, To = Recipient.Coordinator });
        });
        var before = process.Peer;
        world.RunFor(Short);
        world.Crash(process, Short);
        Assert.False(process.IsAlive);
        Assert.True(machines[0].IsDisposed);
        world.RunFor(TimeSpan.FromMilliseconds(100));

        Assert.True(process.IsAlive);
        Assert.NotEqual(before, process.Peer);
        Assert.Equal(2, machines.Count);
        Assert.Equal([MessageKind.Start], machines[0].Handled);
        Assert.Equal([MessageKind.Start, MessageKind.Timer], machines[1].Handled);
    }

    [Fact]
    public void A_frozen_process_does_nothing_and_then_handles_what_came_with_its_clock_ahead()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None);
        var times = new List<TimeSpan>();
        var sleeper = world.AddProcess("sleeper", setup => setup.Add(Recipient.Node, new CallbackMachine((now, _, _) => times.Add(now)), 2));
        var sender = world.AddProcess("sender", _ => { });
        world.Post(sender, ToyPair.Question(sleeper.Peer, 0));
        world.RunFor(Short);
        world.Freeze(sleeper, TimeSpan.FromSeconds(3));
        for (var i = 0UL; i < 5; i++)
        {
            world.Post(sender, ToyPair.Question(sleeper.Peer, i));
        }

        world.RunFor(Short);
        Assert.Single(times);
        world.RunFor(TimeSpan.FromSeconds(3));
        Assert.Equal(6, times.Count); // more than the mailbox holds: what was held comes in as there is room
        Assert.True(times[1] - times[0] > TimeSpan.FromSeconds(2.9));
    }

    [Fact]
    public void What_exceeds_the_room_before_a_frozen_process_is_lost()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None, new SimulationSettings { HeldMax = 3 });
        var count = 0;
        var sleeper = world.AddProcess("sleeper", setup => setup.Add(Recipient.Node, new CallbackMachine((_, _, _) => count++), 8));
        var sender = world.AddProcess("sender", _ => { });
        world.Freeze(sleeper, Short);
        for (var i = 0UL; i < 5; i++)
        {
            world.Post(sender, ToyPair.Question(sleeper.Peer, i));
        }

        world.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Equal(3, count);
        Assert.Equal(2, world.Statistics.Lost);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_flood_from_the_network_is_a_violation_or_waits_outside_as_the_settings_say(bool backPressure)
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None, new SimulationSettings { BackPressure = backPressure });
        var count = 0;
        var receiver = world.AddProcess("receiver", setup => setup.Add(Recipient.Node, new CallbackMachine((_, _, _) => count++), 2));
        var sender = world.AddProcess("sender", _ => { });
        for (var i = 0UL; i < 200; i++)
        {
            world.Post(sender, ToyPair.Question(receiver.Peer, i));
        }

        if (backPressure)
        {
            world.RunFor(TimeSpan.FromMilliseconds(100));
            Assert.Equal(200, count);
        }
        else
        {
            var error = Assert.Throws<SimulationViolationException>(() => world.RunFor(TimeSpan.FromMilliseconds(100)));
            Assert.Equal(SimulationInvariant.BoundedQueues, error.Violation.Invariant);
        }
    }

    [Fact]
    public void When_faults_end_everything_heals()
    {
        using var pair = new ToyPair(
            1, SimulationFaults.None with { DropChance = SimulationRandom.Certain, QuietAfter = TimeSpan.FromMilliseconds(50) });
        pair.World.Partition([pair.Asker], [pair.Answerer], oneWay: false, TimeSpan.FromHours(1));
        pair.World.Crash(pair.Answerer, null);
        pair.World.Freeze(pair.Asker, TimeSpan.FromHours(1));
        pair.World.RunFor(TimeSpan.FromMilliseconds(49));
        Assert.Empty(pair.Heard);
        pair.Run();
        Assert.True(pair.World.IsQuiet);
        Assert.True(pair.World.Now < TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void Faults_end_after_a_number_of_them()
    {
        using var pair = new ToyPair(
            1, SimulationFaults.None with { CrashPeriod = Short, DowntimeMax = Short, FaultsMax = 5 }, rounds: 5000);
        pair.World.RunUntil(() => pair.World.IsQuiet, TimeSpan.FromSeconds(10));
        pair.World.RunFor(TimeSpan.FromMilliseconds(200));
        Assert.Equal(5, pair.World.Statistics.Crashes);
    }

    [Fact]
    public void A_process_that_may_not_fail_is_spared_by_the_schedule()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None with { CrashPeriod = Short, DowntimeMax = Short });
        var spared = world.AddProcess("spared", _ => { }, mayFail: false);
        var victim = world.AddProcess("victim", _ => { });
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, spared.Incarnations);
        Assert.True(victim.Incarnations > 10);
    }

    private sealed class Disposable : IMachine, IDisposable
    {
        public List<MessageKind> Handled { get; } = [];

        public bool IsDisposed { get; private set; }

        public void Handle(TimeSpan now, in Message message, Outbox outbox)
        {
            Assert.False(IsDisposed);
            Handled.Add(message.Kind);
            if (message.Kind == MessageKind.Start)
            {
                outbox.SetTimer(now + TimeSpan.FromMilliseconds(50), 1);
            }
        }

        public void Dispose() => IsDisposed = true;
    }
}
