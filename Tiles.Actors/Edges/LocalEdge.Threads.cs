using System.Runtime.ExceptionServices;
using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <content>What threads do: run a machine, deliver what it sent, take the next message, watch or sleep.</content>
public sealed partial class LocalEdge
{
    private void Work()
    {
        var outbox = new Outbox();
        while (!_stopped)
        {
            Mailbox? mailbox = null;
            Message work = default;
            if (CanTake || IsTimerDue())
            {
                lock (_gate)
                {
                    DeliverDueTimers();
                    if (CanTake && _fault is null && !_stopped)
                    {
                        mailbox = TakeReady(out work);
                    }
                }
            }

            // One turn handles messages as long as there are any, without giving up the lock between an answer and the next question.
            while (mailbox is not null)
            {
                mailbox = RunAndTakeNext(mailbox, ref work, outbox, isHelper: false);
            }

            AwaitWork(caller: false);
        }
    }

    /// <summary>Runs a machine on a thread that then takes <paramref name="spare"/> ready messages itself.</summary>
    private void Run(Mailbox mailbox, in Message work, Outbox outbox, int spare)
    {
        var now = Now;
        var handled = Handle(now, mailbox, work, outbox);
        lock (_gate)
        {
            Finish(now, mailbox, outbox, handled);
            work.Lease?.Release();
            WakeForReady(spare);
        }
    }

    private Mailbox? RunAndTakeNext(Mailbox mailbox, ref Message work, Outbox outbox, bool isHelper, bool isLast = false)
    {
        var now = Now;
        var handled = Handle(now, mailbox, work, outbox);
        lock (_gate)
        {
            Finish(now, mailbox, outbox, handled);
            work.Lease?.Release();
            Mailbox? next = null;
            if (CanTake && !isLast && (!isHelper || MayHelp) && _fault is null && !_stopped)
            {
                next = TakeReady(out work);
            }

            WakeForReady(spare: 0);
            return next;
        }
    }

    private bool Handle(TimeSpan now, Mailbox mailbox, in Message work, Outbox outbox)
    {
        try
        {
            mailbox.Machine.Handle(now, work, outbox);
            return true;
        }
        catch (Exception error)
        {
            Fail(error);
            return false;
        }
    }

    private void Finish(TimeSpan now, Mailbox mailbox, Outbox outbox, bool handled)
    {
        if (handled)
        {
            try
            {
                Fulfil(mailbox, outbox);
            }
            catch (Exception error)
            {
                Fail(error);
            }
        }

        outbox.Clear();
        _running--;
        _active -= mailbox.Wake is null ? 1 : 0;
        mailbox.Scheduled = false;
        if (mailbox.Closed)
        {
            DisposeMachine(mailbox);
        }
        else
        {
            Schedule(mailbox);
        }

        // The time at which the machine began will do: whoever is idle looks at the clock.
        DeliverTimersDueAt(now);
    }

    private void Fulfil(Mailbox mailbox, Outbox outbox)
    {
        for (var i = 0; i < outbox.Hostings.Count; i++)
        {
            ChangeHosting(outbox.Hostings[i]);
        }

        for (var i = 0; i < outbox.Count; i++)
        {
            Deliver(mailbox, outbox[i], IsFollowed(mailbox, outbox, i));
        }

        for (var i = 0; i < outbox.Timers.Count; i++)
        {
            SetTimer(mailbox, outbox.Timers[i]);
        }
    }

    private void Fail(Exception error)
    {
        lock (_gate)
        {
            _fault ??= ExceptionDispatchInfo.Capture(error);
            WakeAll();
        }
    }

    /// <summary>
    /// Wakes sleepers when there is more to do than the current thread, which itself takes <paramref name="spare"/> messages, can: the caller for what only it
    /// takes, and for what is too much for the workers.
    /// </summary>
    private void WakeForReady(int spare)
    {
        // A caller who finds something in its inbox goes away with it and takes nothing.
        var ready = _active < Threads ? _readyCount - (_inboxCount > 0 ? 0 : spare) : 0;
        if (ready > 0 && _parked > 0)
        {
            Monitor.PulseAll(_gate);
        }

        if (_isCallerParked && (_inboxCount > 0 || ready > _parked || (_readyCount == 0 && IsDeadlocked())))
        {
            WakeCaller();
        }
    }

    private void WakeAll()
    {
        Monitor.PulseAll(_gate);
        WakeCaller();
    }

    private void WakeCaller()
    {
        _isCallerParked = false;
        _callerWakeUp.Set();
    }

    private void AwaitWork(bool caller)
    {
        for (var turn = 0; turn < _spinTurns; turn++)
        {
            if (HasWork(caller))
            {
                return;
            }

            Thread.SpinWait(20);
        }

        if (caller)
        {
            ParkCaller();
            return;
        }

        lock (_gate)
        {
            while (!HasWork(caller: false))
            {
                _parked++;
                Monitor.Wait(_gate, SleepLimit());
                _parked--;
            }
        }
    }

    private void ParkCaller()
    {
        while (true)
        {
            int limit;
            lock (_gate)
            {
                _isCallerParked = !HasWork(caller: true);
                if (!_isCallerParked)
                {
                    return;
                }

                limit = SleepLimit();
            }

            _callerWakeUp.Wait(limit);
        }
    }

    private bool HasWork(bool caller) => _stopped || (caller
        ? _inboxCount > 0 || CanTake || IsDeadlocked() || IsTimerDue() || Volatile.Read(ref _fault) is not null
        : (CanTake || IsTimerDue()) && Volatile.Read(ref _fault) is null);

    /// <summary>Whether something is ready, and fewer threads run machines than may.</summary>
    private bool CanTake => _readyCount > 0 && _active < Threads;

    /// <summary>Whether nothing runs and nothing will; what is ready is for the asker to look at.</summary>
    private bool IsDeadlocked() => Volatile.Read(ref _running) == 0 && !HasTimers && !HearsFromOutside;
}
