using Tessera.Actors.Machines;
using Tessera.Actors.Simulation;
using Tessera.Actors.Tests.Simulation.Toys;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Simulation;

public class SimulatedWorldTests
{
    private static readonly TimeSpan Span = TimeSpan.FromMilliseconds(20);

    [Fact]
    public void A_seed_replays_exactly_and_other_seeds_differ()
    {
        var digests = new HashSet<ulong>();
        for (var seed = 0UL; seed < 40; seed++)
        {
            var first = Run(seed);
            Assert.Equal(first, Run(seed));
            digests.Add(first.Digest);
        }

        Assert.Equal(40, digests.Count);
    }

    [Fact]
    public void Many_seeds_finish_and_between_them_show_every_fault_of_messages_and_processes()
    {
        long lost = 0, duplicated = 0, reordered = 0, partitions = 0, crashes = 0, restarts = 0, freezes = 0, disconnects = 0, faultless = 0;
        for (var seed = 0UL; seed < 100; seed++)
        {
            using var pair = new ToyPair(seed, SimulationFaults.Draw(seed, Span));
            pair.Run();
            var seen = pair.World.Statistics;
            lost += seen.Lost;
            duplicated += seen.Duplicated;
            reordered += seen.Reordered;
            partitions += seen.Partitions;
            crashes += seen.Crashes;
            restarts += seen.Restarts;
            freezes += seen.Freezes;
            disconnects += seen.ConnectionLosses;
            faultless += seen.Faults + seen.Lost + seen.Duplicated == 0 ? 1 : 0;
        }

        Assert.All(new[] { lost, duplicated, reordered, partitions, crashes, restarts, freezes, disconnects }, count => Assert.True(count > 5));
        Assert.InRange(faultless, 3, 50);
    }

    [Fact]
    public void A_mailbox_that_overflows_is_reported_with_the_last_events()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None);
        world.AddProcess("flooded", setup =>
        {
            setup.Add(Recipient.Coordinator, new CallbackMachine((_, _, outbox) => Flood(outbox, 5)), 8);
            setup.Add(Recipient.Node, new CallbackMachine((_, _, _) => { }), 4);
            setup.Post(new Message { Kind = MessageKind.Start, To = Recipient.Coordinator });
        });

        var error = Assert.Throws<SimulationViolationException>(() => world.RunFor(Span));
        Assert.Equal(SimulationInvariant.BoundedQueues, error.Violation.Invariant);
        Assert.Contains("full with 4 messages", error.Message);
        Assert.Contains("Handle     Start to Coordinator", error.Trace);
        Assert.Equal(1UL, error.Violation.Seed);
    }

    [Fact]
    public void Timers_without_bound_are_reported()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None, new SimulationSettings { TimersMax = 3 });
        world.AddProcess("impatient", setup =>
        {
            setup.Add(Recipient.Coordinator, new CallbackMachine((now, _, outbox) => SetTimers(now, outbox, 4)), 8);
            setup.Post(new Message { Kind = MessageKind.Start, To = Recipient.Coordinator });
        });

        var error = Assert.Throws<SimulationViolationException>(() => world.RunFor(Span));
        Assert.Equal(SimulationInvariant.BoundedQueues, error.Violation.Invariant);
    }

    [Fact]
    public void A_machine_that_throws_is_reported_with_its_error()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None);
        world.AddProcess("broken", setup =>
        {
            setup.Add(Recipient.Coordinator, new CallbackMachine((_, _, _) => throw new InvalidOperationException("planted")), 8);
            setup.Post(new Message { Kind = MessageKind.Start, To = Recipient.Coordinator });
        });

        var error = Assert.Throws<SimulationViolationException>(() => world.RunFor(Span));
        Assert.Equal(SimulationInvariant.Defect, error.Violation.Invariant);
        Assert.Equal("planted", error.InnerException!.Message);
    }

    [Fact]
    public void A_scenario_that_does_not_end_is_stuck()
    {
        using var pair = new ToyPair(1, SimulationFaults.None with { DropChance = SimulationRandom.Certain });
        var error = Assert.Throws<SimulationViolationException>(() => pair.World.RunUntil(() => pair.IsDone, TimeSpan.FromSeconds(1)));
        Assert.Equal(SimulationInvariant.Liveness, error.Violation.Invariant);

        using var empty = new SimulatedWorld(1, SimulationFaults.None);
        Assert.Throws<SimulationViolationException>(() => empty.RunUntil(() => false, Span));
    }

    [Fact]
    public void Timers_come_at_their_time_on_a_clock_that_drifts()
    {
        using var world = new SimulatedWorld(3, SimulationFaults.None with { ClockDriftMax = 200 });
        var due = TimeSpan.Zero;
        var late = TimeSpan.MinValue;
        world.AddProcess("timed", setup =>
        {
            setup.Add(Recipient.Coordinator, new CallbackMachine(Handle), 8);
            setup.Post(new Message { Kind = MessageKind.Start, To = Recipient.Coordinator });
        });
        world.RunFor(TimeSpan.FromSeconds(2));
        Assert.InRange(late, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));

        void Handle(TimeSpan now, Message message, Outbox outbox)
        {
            if (message.Kind == MessageKind.Start)
            {
                due = now + TimeSpan.FromSeconds(1);
                outbox.SetTimer(due, 7);
            }
            else
            {
                Assert.Equal(7UL, message.Operation);
                late = now - due;
            }
        }
    }

    [Fact]
    public void Interleavings_of_the_mailboxes_of_a_process_vary_with_the_seed()
    {
        var orders = new HashSet<string>();
        for (var seed = 0UL; seed < 50; seed++)
        {
            using var world = new SimulatedWorld(seed, SimulationFaults.None);
            var order = string.Empty;
            var process = world.AddProcess("busy", setup =>
            {
                setup.Add(Recipient.Coordinator, new CallbackMachine((_, message, _) => order += $"c{message.Operation}"), 8);
                setup.Add(Recipient.Node, new CallbackMachine((_, message, _) => order += $"n{message.Operation}"), 8);
            });
            for (var i = 0UL; i < 2; i++)
            {
                world.Post(process, new Message { Kind = MessageKind.Start, To = Recipient.Coordinator, Operation = i });
                world.Post(process, new Message { Kind = MessageKind.Start, To = Recipient.Node, Operation = i });
            }

            world.RunFor(Span);
            orders.Add(order);
        }

        Assert.Equal(["c0c1n0n1", "c0n0c1n1", "c0n0n1c1", "n0c0c1n1", "n0c0n1c1", "n0n1c0c1"], orders.Order(StringComparer.Ordinal));
    }

    private static (ulong Digest, TimeSpan Time, SimulationStatistics Statistics) Run(ulong seed)
    {
        using var pair = new ToyPair(seed, SimulationFaults.Draw(seed, Span));
        pair.Run();
        return (pair.World.Digest, pair.World.Now, pair.World.Statistics);
    }

    private static void Flood(Outbox outbox, int count)
    {
        for (var i = 0; i < count; i++)
        {
            outbox.Send(new Message { Kind = MessageKind.Start, To = Recipient.Node, Tile = TileId.None });
        }
    }

    private static void SetTimers(TimeSpan now, Outbox outbox, int count)
    {
        for (var i = 0; i < count; i++)
        {
            outbox.SetTimer(now + TimeSpan.FromSeconds(1), 0);
        }
    }
}
