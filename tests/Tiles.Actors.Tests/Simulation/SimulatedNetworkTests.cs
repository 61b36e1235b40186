using Tessera.Actors.Simulation;
using Tessera.Actors.Tests.Simulation.Toys;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Simulation;

public class SimulatedNetworkTests
{
    private const int Half = SimulationRandom.Certain / 2;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_payload_is_copied_when_it_is_sent_and_the_peer_becomes_the_senders()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None);
        var received = default(Message);
        var receiver = world.AddProcess(
            "receiver", setup => setup.Add(Recipient.Node, new CallbackMachine((_, message, _) => received = message), 8));
        var sender = world.AddProcess("sender", _ => { });
        var values = new float[] { 9, 1, 2, 9, 3, 4, 9 };
        world.Post(sender, ToyPair.Question(receiver.Peer, 1) with { Payload = new Tensor(values, 1, 2, 2, 3) });
        Array.Clear(values);
        world.RunFor(Long);

        Assert.Equal(sender.Peer, received.Peer);
        Assert.Equal([1f, 2f, 3f, 4f], received.Payload.Dense.ToArray());
    }

    [Fact]
    public void Messages_to_the_own_process_stay_inside_with_their_peer_and_their_memory()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None with { DropChance = SimulationRandom.Certain });
        var received = new List<Message>();
        var process = world.AddProcess("alone", setup => setup.Add(Recipient.Node, new CallbackMachine((_, message, _) => received.Add(message)), 8));
        world.Post(process, ToyPair.Question(default, 1));
        world.Post(process, ToyPair.Question(process.Peer, 2));
        world.RunFor(Long);

        Assert.Equal([PeerId.Here, process.Peer], received.Select(message => message.Peer));
        Assert.Equal(0, world.Statistics.Sent);
    }

    [Fact]
    public void Drops_repeats_and_overtaking_are_seen_by_the_receiver()
    {
        Assert.InRange(Heard(SimulationFaults.None with { DropChance = Half }).Count, 60, 140);
        var repeated = Heard(SimulationFaults.None with { DuplicateChance = Half });
        Assert.InRange(repeated.Count, 260, 340);
        Assert.Equal(200, repeated.Distinct().Count());
        var late = Heard(SimulationFaults.None with { DelayTailChance = Half });
        Assert.Equal(200, late.Count);
        Assert.NotEqual(late.Order(), late);
    }

    [Fact]
    public void An_ordered_network_neither_repeats_nor_overtakes()
    {
        var heard = Heard(SimulationFaults.None with { Ordered = true, DelayTailChance = Half, DuplicateChance = Half });
        Assert.Equal(Enumerable.Range(0, 200).Select(i => (ulong)i), heard);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_partition_cuts_one_way_or_both_until_it_heals(bool oneWay)
    {
        using var pair = new ToyPair(1, SimulationFaults.None, rounds: 1);
        pair.World.Partition([pair.Answerer], [pair.Asker], oneWay, TimeSpan.FromMilliseconds(100));
        pair.World.RunFor(TimeSpan.FromMilliseconds(99));
        Assert.Equal(oneWay, pair.Heard.Count > 0);
        Assert.False(pair.IsDone);
        pair.World.RunFor(TimeSpan.FromMilliseconds(20));
        Assert.True(pair.IsDone);
    }

    [Fact]
    public void A_partition_stops_what_is_under_way_and_the_news_of_a_crash()
    {
        using var pair = new ToyPair(1, SimulationFaults.None, rounds: 1);
        pair.World.Partition([pair.Answerer], [pair.Asker], oneWay: false, Long);
        pair.World.Crash(pair.Answerer, null);
        pair.World.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Empty(pair.Lost);
        Assert.Empty(pair.Heard);
    }

    [Fact]
    public void A_crash_is_news_to_the_others_and_a_broken_connection_to_both()
    {
        using var pair = new ToyPair(1, SimulationFaults.None, rounds: 1000);
        pair.World.RunFor(TimeSpan.FromMilliseconds(10));
        pair.World.Disconnect(pair.Asker, pair.Answerer);
        pair.World.RunFor(TimeSpan.FromMilliseconds(10));
        Assert.Equal(2, pair.Lost.Count);
        var dead = pair.Answerer.Peer;
        pair.World.Crash(pair.Answerer, null);
        pair.World.RunFor(TimeSpan.FromMilliseconds(10));
        Assert.Equal((pair.Asker, dead), pair.Lost[2]);
    }

    private static List<ulong> Heard(SimulationFaults faults)
    {
        using var world = new SimulatedWorld(5, faults);
        var heard = new List<ulong>();
        var receiver = world.AddProcess(
            "receiver", setup => setup.Add(Recipient.Node, new CallbackMachine((_, message, _) => heard.Add(message.Operation)), 256));
        var sender = world.AddProcess("sender", _ => { });
        for (var i = 0UL; i < 200; i++)
        {
            var question = ToyPair.Question(receiver.Peer, i);
            world.At(TimeSpan.FromMicroseconds(50 * i), () => world.Post(sender, question));
        }

        world.RunFor(Long);
        return heard;
    }
}
