using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <content>What threads do: run a machine, deliver what it sent, take the next message, watch or sleep.</content>
public sealed partial class LocalEdge
{
    private readonly long _origin = Stopwatch.GetTimestamp();

    private void Work()
    {
        var outbox = new Outbox();
        while (!_stopped)
        {
            Mailbox? mailbox = null;
            Message work = default;
            if (_readyCount > 0)
            {
                lock (_gate)
                {
                    if (_readyCount > 0 && _fault is null && !_stopped)
                    {
                        mailbox = TakeReady(out work);
                    }
                }
            }

            // One turn handles messages as long as there are any, without giving up the lock between an answer and the next question.
            while (mailbox is not null)
            {
                mailbox = RunAndTakeNext(mailbox, ref work, outbox);
            }

            AwaitWork(caller: false);
        }
    }

    private void Run(Mailbox mailbox, in Message work, Outbox outbox)
    {
        var handled = Handle(mailbox, work, outbox);
        lock (_gate)
        {
            Finish(mailbox, outbox, handled);
            WakeForReady(spare: 1);
        }
    }

    private Mailbox? RunAndTakeNext(Mailbox mailbox, ref Message work, Outbox outbox)
    {
        var handled = Handle(mailbox, work, outbox);
        lock (_gate)
        {
            Finish(mailbox, outbox, handled);
            Mailbox? next = null;
            if (_readyCount > 0 && _fault is null && !_stopped)
            {
                next = TakeReady(out work);
            }

            WakeForReady(spare: 0);
            return next;
        }
    }

    private bool Handle(Mailbox mailbox, in Message work, Outbox outbox)
    {
        try
        {
            mailbox.Machine.Handle(Stopwatch.GetElapsedTime(_origin), work, outbox);
            return true;
        }
        catch (Exception error)
        {
            Fail(error);
            return false;
        }
    }

    private void Finish(Mailbox mailbox, Outbox outbox, bool handled)
    {
        if (handled)
        {
            try
            {
                for (var i = 0; i < outbox.Count; i++)
                {
                    Deliver(outbox[i]);
                }
            }
            catch (InvalidOperationException error)
            {
                Fail(error);
            }
        }

        outbox.Clear();
        _running--;
        mailbox.Scheduled = false;
        Schedule(mailbox);
    }

    private void Fail(Exception error)
    {
        lock (_gate)
        {
            _fault ??= ExceptionDispatchInfo.Capture(error);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Wakes sleepers when there is more to do than the current thread, which itself takes <paramref name="spare"/> messages, can.</summary>
    private void WakeForReady(int spare)
    {
        if (_parked > 0 && (_readyCount > spare || _inboxCount > 0 || (_running == 0 && _readyCount == 0)))
        {
            // Which sleeper wakes is not ours to choose, and the caller may wait for its inbox: wake them all rather than the wrong one.
            Monitor.PulseAll(_gate);
        }
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

        lock (_gate)
        {
            while (!HasWork(caller))
            {
                _parked++;
                Monitor.Wait(_gate);
                _parked--;
            }
        }
    }

    private bool HasWork(bool caller) => _stopped || (caller
        ? _inboxCount > 0 || _readyCount > 0 || Volatile.Read(ref _running) == 0 || Volatile.Read(ref _fault) is not null
        : _readyCount > 0 && Volatile.Read(ref _fault) is null);
}
