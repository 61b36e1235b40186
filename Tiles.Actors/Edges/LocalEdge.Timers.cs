using System.Diagnostics;
using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <content>Timers of machines. Without one they cost a comparison of numbers per message; no clock is read for them while machines run.</content>
public sealed partial class LocalEdge
{
    private const long Never = long.MaxValue;
    private readonly long _origin = Stopwatch.GetTimestamp();
    private readonly PriorityQueue<(Mailbox Mailbox, ulong Generation), (long Due, long Order)> _timers = new();
    private long _timersSet;
    private long _nextDue = Never; // ticks of Now; written under the gate, watched without it

    private TimeSpan Now => Stopwatch.GetElapsedTime(_origin);

    private bool HasTimers => Volatile.Read(ref _nextDue) != Never;

    private bool IsTimerDue() => HasTimers && Now.Ticks >= Volatile.Read(ref _nextDue);

    private void SetTimer(Mailbox mailbox, in TimerRequest request)
    {
        _timers.Enqueue((mailbox, request.Generation), (request.Due.Ticks, _timersSet++));
        if (request.Due.Ticks < _nextDue)
        {
            Volatile.Write(ref _nextDue, request.Due.Ticks);
            WakeAll(); // they sleep until a later moment, or for good
        }
    }

    private void DeliverDueTimers()
    {
        if (HasTimers)
        {
            DeliverTimersDueAt(Now);
        }
    }

    /// <summary>Sends what is due, in order of the due times, and those of one moment in the order in which they were set.</summary>
    private void DeliverTimersDueAt(TimeSpan now)
    {
        if (now.Ticks < _nextDue)
        {
            return;
        }

        try
        {
            while (_timers.TryPeek(out _, out var first) && first.Due <= now.Ticks)
            {
                var (mailbox, generation) = _timers.Dequeue();
                if (!mailbox.Closed)
                {
                    mailbox.Enqueue(new Message
                    {
                        Kind = MessageKind.Timer,
                        To = mailbox.Recipient,
                        Tile = mailbox.Tile,
                        Operation = generation,
                    });
                    Schedule(mailbox);
                }
            }
        }
        catch (InvalidOperationException error)
        {
            Fail(error);
        }

        Volatile.Write(ref _nextDue, _timers.TryPeek(out _, out var next) ? next.Due : Never);
        WakeForReady(spare: 0);
    }

    /// <summary>How long a thread without work may sleep, in milliseconds, rounded up.</summary>
    private int SleepLimit()
    {
        if (!HasTimers)
        {
            return Timeout.Infinite;
        }

        var left = TimeSpan.FromTicks(_nextDue) - Now;
        return (int)Math.Clamp(Math.Ceiling(left.TotalMilliseconds), 0, int.MaxValue);
    }
}
