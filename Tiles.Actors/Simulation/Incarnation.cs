using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <summary>A process from its start to its death: mailboxes, clock, and what waits before its door.</summary>
/// <param name="process">Whose incarnation it is.</param>
/// <param name="peer">Its identity.</param>
/// <param name="startedAt">Virtual time of its start in ticks.</param>
/// <param name="clockOrigin">What its monotonic clock shows then.</param>
/// <param name="clockDrift">By how much its clock is too fast, per million.</param>
internal sealed class Incarnation(SimulatedProcess process, PeerId peer, long startedAt, long clockOrigin, int clockDrift)
{
    private readonly List<SimulatedMailbox> _runnable = [];

    public SimulatedProcess Process { get; } = process;

    public PeerId Peer { get; } = peer;

    public SimulatedMailbox?[] Machines { get; } = new SimulatedMailbox?[(int)Recipient.Control + 1];

    /// <summary>Mailboxes of hosted tiles by index.</summary>
    public List<SimulatedMailbox?> Tiles { get; } = [];

    /// <summary>Messages and timers that arrived while it was frozen or a mailbox was full, in order of arrival.</summary>
    public Queue<SimulatedEvent> Held { get; } = new();

    public bool IsAlive { get; set; } = true;

    public bool IsFrozen { get; set; }

    /// <summary>Whether a turn of it waits in the event queue.</summary>
    public bool IsScheduled { get; set; }

    /// <summary>Timers that are set.</summary>
    public int Timers { get; set; }

    /// <summary>Chance that what it had sent before it died is lost.</summary>
    public int LossAfterDeath { get; set; }

    /// <summary>Whether a mailbox has messages.</summary>
    public bool HasWork => _runnable.Count > 0;

    /// <summary>Its monotonic clock at a virtual time in ticks.</summary>
    public TimeSpan Local(long time)
    {
        var elapsed = time - startedAt;
        return new TimeSpan(clockOrigin + elapsed + (elapsed * clockDrift / SimulationRandom.Certain));
    }

    /// <summary>The first virtual time at which its clock shows <paramref name="due"/> or more.</summary>
    public long WorldTime(TimeSpan due)
    {
        var local = due.Ticks - clockOrigin;
        var time = startedAt + (long)((Int128)local * SimulationRandom.Certain / (SimulationRandom.Certain + clockDrift));
        while (Local(time) < due)
        {
            time++;
        }

        return time;
    }

    /// <summary>The mailbox of a tile, or null.</summary>
    public SimulatedMailbox? Tile(TileId tile) => (uint)tile.Index < (uint)Tiles.Count ? Tiles[tile.Index] : null;

    /// <summary>Opens the mailbox of a tile in place of one that may be there; null drops it.</summary>
    public void Host(TileId tile, SimulatedMailbox? mailbox)
    {
        while (Tiles.Count <= tile.Index)
        {
            Tiles.Add(null);
        }

        if (Tiles[tile.Index] is { } old)
        {
            _runnable.Remove(old);
            old.Close();
        }

        Tiles[tile.Index] = mailbox;
    }

    /// <summary>Puts a message into a mailbox that has room.</summary>
    public void Enqueue(SimulatedMailbox mailbox, in Message message)
    {
        mailbox.Add(message);
        if (mailbox.Count == 1)
        {
            _runnable.Add(mailbox);
        }
    }

    /// <summary>Takes the first message of a mailbox that chance chooses.</summary>
    public SimulatedMailbox Take(SimulationRandom random, out Message message)
    {
        var index = _runnable.Count == 1 ? 0 : random.Below(_runnable.Count);
        var mailbox = _runnable[index];
        message = mailbox.Take();
        if (mailbox.Count == 0)
        {
            _runnable[index] = _runnable[^1];
            _runnable.RemoveAt(_runnable.Count - 1);
        }

        return mailbox;
    }

    /// <summary>Ends it: all machines are disposed, what waits is lost.</summary>
    public void Die()
    {
        IsAlive = false;
        _runnable.Clear();
        Held.Clear();
        foreach (var mailbox in Machines)
        {
            mailbox?.Close();
        }

        foreach (var mailbox in Tiles)
        {
            mailbox?.Close();
        }
    }
}
