using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <summary>Links between processes, and from each to the services: delays, losses, repeats and partitions.</summary>
internal sealed class SimulatedNetwork(SimulatedWorld world)
{
    /// <summary>Most processes of a world.</summary>
    public const int ProcessesMax = EndpointsMax - FirstProcess;

    /// <summary>The store as an endpoint.</summary>
    public const int StoreEndpoint = 0;

    /// <summary>The control plane as an endpoint.</summary>
    public const int ControlEndpoint = 1;

    private const int FirstProcess = 2;
    private const int EndpointsMax = 64;
    private readonly int[] _cuts = new int[EndpointsMax * EndpointsMax]; // partitions that cut link [from * EndpointsMax + to]
    private readonly long[] _lastArrivals = new long[EndpointsMax * EndpointsMax];
    private readonly long[] _lastNews = new long[EndpointsMax * EndpointsMax];
    private readonly long[] _sent = new long[EndpointsMax * EndpointsMax];
    private readonly long[] _newest = new long[EndpointsMax * EndpointsMax];
    private readonly List<List<int>> _partitions = []; // the links of each; empty once healed

    /// <summary>A process as an endpoint.</summary>
    public static int Endpoint(SimulatedProcess process) => FirstProcess + process.Index;

    /// <summary>Sends a message to another process.</summary>
    public void Send(Incarnation from, Incarnation to, in Message message)
    {
        var link = Link(Endpoint(from.Process), Endpoint(to.Process));
        world.Statistics.Sent++;
        _sent[link]++;
        if (_cuts[link] > 0 || world.Happens(world.Faults.DropChance))
        {
            world.Lose(from, message);
            return;
        }

        Launch(link, from, to, message with { Peer = from.Peer, Payload = Copy(message.Payload) });
        if (!world.Faults.Ordered && world.Happens(world.Faults.DuplicateChance))
        {
            world.Statistics.Duplicated++;
            world.Note(TraceEvent.Duplicate, from, message);
            var late = world.Faults.DuplicateDelayMax.Ticks is var most and > 0 ? world.Random.Between(0, most) : 0;
            Launch(link, from, to, message with { Peer = from.Peer, Payload = Copy(message.Payload) }, late);
        }
    }

    /// <summary>
    /// Tells a process news of the edge about another one; the message is as the process will see it. News about one process come in their order, as those of
    /// one edge do.
    /// </summary>
    public void Tell(Incarnation about, Incarnation to, in Message news)
    {
        var link = Link(Endpoint(about.Process), Endpoint(to.Process));
        if (_cuts[link] == 0)
        {
            _lastNews[link] = Math.Max(world.Ticks + Delay(), _lastNews[link] + 1);
            Schedule(_lastNews[link], link, null, to, news);
        }
    }

    /// <summary>Whether messages pass between two processes now, both ways.</summary>
    public bool IsConnected(Incarnation one, Incarnation other) =>
        _cuts[Link(Endpoint(one.Process), Endpoint(other.Process))] == 0 && _cuts[Link(Endpoint(other.Process), Endpoint(one.Process))] == 0;

    /// <summary>Sends a request of a process to a service.</summary>
    public void Ask(Incarnation from, in Message message)
    {
        var link = Link(Endpoint(from.Process), message.To == Recipient.Store ? StoreEndpoint : ControlEndpoint);
        if (_cuts[link] > 0 || world.Happens(world.Faults.ServiceDropChance))
        {
            world.Statistics.ServiceLost++;
            world.Note(TraceEvent.Lose, from, message);
            return;
        }

        world.Schedule(
            world.Ticks + ServiceDelay(), new SimulatedEvent { Kind = EventKind.Ask, Sender = from, Message = message, Number = link });
    }

    /// <summary>Sends the answer of a service to the incarnation that asked.</summary>
    public void Answer(int service, Incarnation to, in Message message)
    {
        var link = Link(service, Endpoint(to.Process));
        if (_cuts[link] > 0 || world.Happens(world.Faults.ServiceDropChance))
        {
            world.Statistics.ServiceLost++;
            world.Note(TraceEvent.Lose, to, message);
            return;
        }

        Schedule(world.Ticks + ServiceDelay(), link, null, to, message);
    }

    /// <summary>Whether a message that was under way gets through now.</summary>
    public bool Passes(in SimulatedEvent what)
    {
        if (what.Message.Kind == MessageKind.PeerFound)
        {
            return true; // the edge's own word: it does not travel, and comes once
        }

        if (_cuts[what.Number] > 0 || (what.Sender is { IsAlive: false } dead && world.Random.Chance(dead.LossAfterDeath)))
        {
            return false;
        }

        if (what.Order > 0)
        {
            world.Statistics.Reordered += what.Order < _newest[what.Number] ? 1 : 0;
            _newest[what.Number] = Math.Max(_newest[what.Number], what.Order);
        }

        return true;
    }

    /// <summary>Cuts links between two groups of endpoints for a time.</summary>
    public void Partition(IReadOnlyList<int> from, IReadOnlyList<int> to, bool oneWay, TimeSpan time)
    {
        var links = new List<int>();
        foreach (var one in from)
        {
            foreach (var other in to)
            {
                links.Add(Link(one, other));
                if (!oneWay)
                {
                    links.Add(Link(other, one));
                }
            }
        }

        foreach (var link in links)
        {
            _cuts[link]++;
        }

        world.Statistics.Partitions++;
        world.Note(TraceEvent.Partition, null, links.Count);
        _partitions.Add(links);
        world.Schedule(world.Ticks + time.Ticks, new SimulatedEvent { Kind = EventKind.Heal, Number = _partitions.Count - 1 });
    }

    /// <summary>Ends a partition.</summary>
    public void Heal(int partition)
    {
        if (_partitions[partition].Count > 0)
        {
            world.Note(TraceEvent.Heal, null, partition);
        }

        foreach (var link in _partitions[partition])
        {
            _cuts[link]--;
        }

        _partitions[partition].Clear();
    }

    /// <summary>Ends all partitions.</summary>
    public void HealAll()
    {
        for (var i = 0; i < _partitions.Count; i++)
        {
            Heal(i);
        }
    }

    /// <summary>A time on the way to or from a service.</summary>
    public long ServiceDelay() => world.Random.Between(world.Faults.DelayMin.Ticks, world.Faults.ServiceDelayMax.Ticks);

    private static int Link(int from, int to) => (from * EndpointsMax) + to;

    private static Tensor Copy(in Tensor payload)
    {
        if (payload.Rows == 0)
        {
            return payload;
        }

        var values = new float[payload.Rows * payload.Columns];
        payload.CopyTo(values);
        return new Tensor(values, 0, payload.Rows, payload.Columns, payload.Columns);
    }

    private void Launch(int link, Incarnation from, Incarnation to, in Message message, long late = 0)
    {
        var arrival = world.Ticks + late + Delay();
        if (world.Faults.Ordered)
        {
            arrival = Math.Max(arrival, _lastArrivals[link] + 1);
            _lastArrivals[link] = arrival;
        }

        Schedule(arrival, link, from, to, message);
    }

    private void Schedule(long arrival, int link, Incarnation? from, Incarnation to, in Message message) => world.Schedule(
        arrival,
        new SimulatedEvent
        {
            Kind = EventKind.Arrive,
            Sender = from,
            Process = to,
            Message = message,
            Number = link,
            Order = from is null ? 0 : _sent[link],
        });

    private long Delay()
    {
        var spread = world.Faults.DelaySpread.Ticks;
        if (world.Happens(world.Faults.DelayTailChance))
        {
            for (var doublings = 0; doublings < world.Faults.DelayTailDoublings && world.Random.Below(2) == 0; doublings++)
            {
                spread *= 2;
            }

            spread *= 2;
        }

        return world.Random.Between(world.Faults.DelayMin.Ticks, world.Faults.DelayMin.Ticks + spread);
    }
}
