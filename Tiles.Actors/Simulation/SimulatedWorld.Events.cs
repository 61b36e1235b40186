using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <content>What happens: one event at a time.</content>
public sealed partial class SimulatedWorld
{
    private readonly Outbox _outbox = new();

    private void Start()
    {
        if (!_isStarted)
        {
            _isStarted = true;
            _schedule.Begin();
        }
    }

    private void Step()
    {
        Ticks = Math.Max(Ticks, _queue.Take(out var what));
        Statistics.Events++;
        switch (what.Kind)
        {
            case EventKind.Run:
                RunOne(what.Process!);
                break;
            case EventKind.Arrive:
                Arrive(what);
                break;
            case EventKind.Timer:
                Ring(what);
                break;
            case EventKind.Ask:
                TakeUp(what);
                break;
            case EventKind.StoreEffect:
                Store.TakeEffect(what);
                break;
            case EventKind.Fault:
                _schedule.Fire((FaultKind)what.Number);
                break;
            case EventKind.Restart:
                Restart(what.Slot!);
                break;
            case EventKind.Thaw:
                Thaw(what.Process!);
                break;
            case EventKind.Heal:
                Network.Heal((int)what.Number);
                break;
            case EventKind.Quiet:
                BecomeQuiet();
                break;
            case EventKind.Action:
                what.Action!();
                break;
        }

        ThrowIfViolated();
    }

    private void RunOne(Incarnation process)
    {
        process.IsScheduled = false;
        if (!process.IsAlive || process.IsFrozen || !process.HasWork)
        {
            return;
        }

        var mailbox = process.Take(Random, out var message);
        Statistics.Handled++;
        Note(TraceEvent.Handle, process, message);
        Handling?.Invoke(process.Process, message);
        if (!process.IsAlive)
        {
            return; // the scenario killed it at this very moment
        }

        Invariants.Begin(process, mailbox, message);
        try
        {
            mailbox.Machine.Handle(process.Local(Ticks), message, _outbox);
        }
        catch (Exception error)
        {
            Violate(
                SimulationInvariant.Defect,
                $"{process.Process} threw {error.GetType().Name} while it handled {message.Kind} for {message.To} {message.Tile}: {error.Message}",
                error);
            _outbox.Clear();
        }

        Invariants.End(_outbox);
        Deliver(process, mailbox);
        _outbox.Clear();
        LetIn(process);
        ScheduleRun(process);
    }

    private void Deliver(Incarnation process, SimulatedMailbox mailbox)
    {
        foreach (var (tile, machine) in _outbox.Hostings)
        {
            process.Host(
                tile, machine is null ? null : new SimulatedMailbox(Recipient.Tile, tile, machine, Settings.TileMailboxCapacity));
        }

        for (var i = 0; i < _outbox.Count; i++)
        {
            Route(process, mailbox, _outbox[i]);
        }

        foreach (var (due, generation) in _outbox.Timers)
        {
            if (++process.Timers > Settings.TimersMax)
            {
                Violate(
                    SimulationInvariant.BoundedQueues,
                    $"{process.Process} has set {process.Timers} timers, expected at most {Settings.TimersMax}");
            }

            Schedule(
                Math.Max(Ticks, process.WorldTime(due)),
                new SimulatedEvent { Kind = EventKind.Timer, Process = process, Mailbox = mailbox, Number = (long)generation });
        }
    }

    private void ScheduleRun(Incarnation process)
    {
        if (!process.IsScheduled && process.HasWork && !process.IsFrozen && process.IsAlive)
        {
            process.IsScheduled = true;
            Schedule(Ticks + Random.Between(1, Settings.HandlingTimeMax.Ticks), new SimulatedEvent { Kind = EventKind.Run, Process = process });
        }
    }

    private void Ring(in SimulatedEvent what)
    {
        var process = what.Process!;
        if (!process.IsAlive)
        {
            return;
        }

        if (process.IsFrozen)
        {
            process.Held.Enqueue(what);
            return;
        }

        process.Timers--;
        if (!what.Mailbox!.IsClosed)
        {
            Put(process, what.Mailbox, TimerMessage(what));
        }
    }

    private static Message TimerMessage(in SimulatedEvent what) => new()
    {
        Kind = MessageKind.Timer,
        To = what.Mailbox!.Recipient,
        Tile = what.Mailbox.Tile,
        Operation = (ulong)what.Number,
    };

    /// <summary>Lets in what waits before the door, in order, as far as there is room.</summary>
    private void LetIn(Incarnation process)
    {
        while (process is { IsAlive: true, IsFrozen: false } && process.Held.TryPeek(out var what))
        {
            var mailbox = what.Kind == EventKind.Timer ? what.Mailbox! : Door(process, what.Message);
            if (mailbox is { IsClosed: false, IsFull: true })
            {
                return;
            }

            process.Held.Dequeue();
            if (what.Kind == EventKind.Timer)
            {
                Ring(what);
            }
            else
            {
                Enter(process, mailbox, what.Message);
            }
        }
    }
}
