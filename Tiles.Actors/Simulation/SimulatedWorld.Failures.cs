using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <content>Processes that die, come back, freeze and forget; each can be asked for by the scenario, too.</content>
public sealed partial class SimulatedWorld
{
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

    /// <summary>Breaks the connection of two live processes: each hears that the other is lost, though it is not.</summary>
    public void Disconnect(SimulatedProcess one, SimulatedProcess other)
    {
        if (one.Current is { IsAlive: true } first && other.Current is { IsAlive: true } second)
        {
            Statistics.ConnectionLosses++;
            Note(TraceEvent.Disconnect, one, other.Index);
            TellLost(first, second);
            TellLost(second, first);
        }
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
        var news = new Message { Kind = MessageKind.PeerLost, Tile = TileId.None, Peer = lost.Peer };
        if (survivor.Machines[(int)Recipient.Coordinator] is not null)
        {
            Network.Tell(lost, survivor, news with { To = Recipient.Coordinator });
        }

        if (survivor.Machines[(int)Recipient.Node] is not null)
        {
            Network.Tell(lost, survivor, news with { To = Recipient.Node });
        }
    }
}
