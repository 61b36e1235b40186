using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <content>Processes that die, come back, freeze and forget; each can be asked for by the scenario, too.</content>
public sealed partial class SimulatedWorld
{
    private static readonly TimeSpan ReconnectAfter = TimeSpan.FromMilliseconds(20);

    /// <summary>Kills a process: its machines, timers and waiting messages are gone, what it sent may still arrive.</summary>
    /// <param name="process">Which; nothing happens if it is dead.</param>
    /// <param name="downtime">Time until its next incarnation starts; null to leave that to <see cref="Restart"/> or the end of all faults.</param>
    public void Crash(SimulatedProcess process, TimeSpan? downtime)
    {
        if (process.Current is not { IsAlive: true } incarnation)
        {
            return;
        }

        Statistics.Crashes++;
        Note(TraceEvent.Crash, process);
        incarnation.LossAfterDeath = IsQuiet ? 0 : Random.Below(3) * (SimulationRandom.Certain / 2);
        incarnation.Die();
        foreach (var other in _processes)
        {
            if (other.Current is { IsAlive: true } survivor && (IsQuiet || Random.Chance(Faults.PeerLostChance)))
            {
                TellLost(survivor, incarnation);
            }
        }

        if (downtime is { } time)
        {
            Schedule(Ticks + time.Ticks, new SimulatedEvent { Kind = EventKind.Restart, Slot = process });
        }
    }

    /// <summary>Starts the next incarnation of a dead process.</summary>
    public void Restart(SimulatedProcess process)
    {
        if (!process.IsAlive)
        {
            Statistics.Restarts++;
            StartProcess(process);
        }
    }

    /// <summary>Freezes a process: it handles nothing, then goes on with its clock ahead.</summary>
    public void Freeze(SimulatedProcess process, TimeSpan time)
    {
        if (process.Current is { IsAlive: true, IsFrozen: false } incarnation)
        {
            Statistics.Freezes++;
            Note(TraceEvent.Freeze, process, time.Ticks);
            incarnation.IsFrozen = true;
            Schedule(Ticks + time.Ticks, new SimulatedEvent { Kind = EventKind.Thaw, Process = incarnation });
        }
    }

    /// <summary>Cuts processes off from others.</summary>
    /// <param name="from">Whose messages do not arrive.</param>
    /// <param name="to">Where they do not arrive.</param>
    /// <param name="oneWay">Whether messages the other way do arrive.</param>
    /// <param name="time">How long.</param>
    public void Partition(IReadOnlyList<SimulatedProcess> from, IReadOnlyList<SimulatedProcess> to, bool oneWay, TimeSpan time) =>
        Network.Partition([.. from.Select(SimulatedNetwork.Endpoint)], [.. to.Select(SimulatedNetwork.Endpoint)], oneWay, time);

    /// <summary>
    /// Breaks the connection of two live processes: each hears that the other is lost, though it is not. Both connect again a little later, once nothing is
    /// between them, and hear that the other is found.
    /// </summary>
    public void Disconnect(SimulatedProcess one, SimulatedProcess other)
    {
        if (one.Current is { IsAlive: true } first && other.Current is { IsAlive: true } second)
        {
            Statistics.ConnectionLosses++;
            Note(TraceEvent.Disconnect, one, other.Index);
            TellLost(first, second);
            TellLost(second, first);
            Reconnect(first, second);
        }
    }

    /// <summary>
    /// Tells a node to drain. Some time later it leaves, with or without tiles, and comes back in a new incarnation. Nothing happens unless another member does
    /// not drain.
    /// </summary>
    /// <param name="process">Which.</param>
    /// <param name="time">Until it leaves.</param>
    /// <param name="downtime">From leaving to coming back.</param>
    /// <returns>Whether it drains.</returns>
    public bool Drain(SimulatedProcess process, TimeSpan time, TimeSpan downtime)
    {
        if (process.Current is not { IsAlive: true } incarnation
            || !Control.Members.Members.Any(member => !member.IsDraining && member.Peer != incarnation.Peer)
            || !Control.Drain(incarnation.Peer))
        {
            return false;
        }

        Statistics.Drains++;
        Note(TraceEvent.Drain, process, time.Ticks);
        At(Now + time, () => Depart(incarnation, downtime));
        return true;
    }

    /// <summary>Makes a tile forget what it keeps between reads and commit.</summary>
    /// <returns>Whether the tile is hosted there by a <see cref="TileMachine"/>.</returns>
    public bool LoseScratch(SimulatedProcess process, TileId tile)
    {
        if (process.Current is not { IsAlive: true } incarnation || incarnation.Tile(tile)?.Machine is not TileMachine machine)
        {
            return false;
        }

        Statistics.ScratchLosses++;
        Note(TraceEvent.LoseScratch, process, tile.Index);
        machine.DropScratch();
        return true;
    }

    /// <summary>Tiles that a process hosts now, in order of their numbers.</summary>
    public IReadOnlyList<TileId> TilesOf(SimulatedProcess process)
    {
        var tiles = new List<TileId>();
        if (process.Current is { IsAlive: true } incarnation)
        {
            for (var i = 0; i < incarnation.Tiles.Count; i++)
            {
                if (incarnation.Tiles[i] is not null)
                {
                    tiles.Add(new TileId(i));
                }
            }
        }

        return tiles;
    }

    /// <summary>Ends all faults now: everything heals, frozen processes go on, dead ones start.</summary>
    public void BecomeQuiet()
    {
        if (IsQuiet)
        {
            return;
        }

        IsQuiet = true;
        Note(TraceEvent.Quiet);
        Network.HealAll();
        Store.Recover();
        Control.Recover();
        foreach (var process in _processes)
        {
            if (process.Current is { IsFrozen: true } frozen)
            {
                Thaw(frozen);
            }

            Restart(process);
        }
    }

    /// <summary>A drained process ends as it should: it leaves, and the others see its connections close.</summary>
    private void Depart(Incarnation incarnation, TimeSpan downtime)
    {
        if (!incarnation.IsAlive)
        {
            return;
        }

        Statistics.DrainsEmptied += TilesOf(incarnation.Process).Count == 0 ? 1 : 0;
        Note(TraceEvent.Crash, incarnation.Process);
        Control.Leave(incarnation.Peer);
        incarnation.Die();
        foreach (var other in _processes)
        {
            if (other.Current is { IsAlive: true } survivor)
            {
                TellLost(survivor, incarnation);
            }
        }

        Schedule(Ticks + downtime.Ticks, new SimulatedEvent { Kind = EventKind.Restart, Slot = incarnation.Process });
    }

    private void Reconnect(Incarnation one, Incarnation other) => At(Now + ReconnectAfter, () =>
    {
        if (!one.IsAlive || !other.IsAlive)
        {
            return;
        }

        if (Network.IsConnected(one, other))
        {
            TellCoordinator(MessageKind.PeerFound, one, other);
            TellCoordinator(MessageKind.PeerFound, other, one);
        }
        else
        {
            Reconnect(one, other);
        }
    });

    private void StartProcess(SimulatedProcess process)
    {
        process.Incarnations++;
        var drift = IsQuiet ? 0 : Random.Between(-Faults.ClockDriftMax, Faults.ClockDriftMax);
        var incarnation = new Incarnation(
            process, new PeerId(_incarnations.Count + 1), Ticks, Random.Between(0, TimeSpan.TicksPerHour), (int)drift);
        _incarnations.Add(incarnation);
        process.Current = incarnation;
        Note(TraceEvent.Start, process);
        var setup = new ProcessSetup(this, incarnation);
        process.Build(setup);
        foreach (var message in setup.Posts)
        {
            Route(incarnation, null, message);
        }
    }

    private void Thaw(Incarnation process)
    {
        if (process is { IsAlive: true, IsFrozen: true })
        {
            process.IsFrozen = false;
            Note(TraceEvent.Thaw, process.Process);
            LetIn(process);
            ScheduleRun(process);
        }
    }

    private void TellLost(Incarnation survivor, Incarnation lost)
    {
        TellCoordinator(MessageKind.PeerLost, survivor, lost);
        if (survivor.Machines[(int)Recipient.Node] is not null)
        {
            Network.Tell(lost, survivor, new Message { Kind = MessageKind.PeerLost, To = Recipient.Node, Tile = TileId.None, Peer = lost.Peer });
        }
    }

    private void TellCoordinator(MessageKind kind, Incarnation to, Incarnation about)
    {
        if (to.Machines[(int)Recipient.Coordinator] is not null)
        {
            Network.Tell(about, to, new Message { Kind = kind, To = Recipient.Coordinator, Tile = TileId.None, Peer = about.Peer });
        }
    }
}
