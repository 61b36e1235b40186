using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <summary>What is to happen, in order of virtual time and then of scheduling: a binary heap of keys over a pool of events.</summary>
internal sealed class EventQueue
{
    private Key[] _heap = new Key[256];
    private SimulatedEvent[] _events = new SimulatedEvent[256];
    private int[] _free = new int[256];
    private int _freeCount;
    private int _used;
    private long _sequence;

    /// <summary>Events that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Time of the first event.</summary>
    public long FirstTime => _heap[0].Time;

    /// <summary>Adds an event at a time in ticks.</summary>
    public void Add(long time, in SimulatedEvent what)
    {
        if (Count == _heap.Length)
        {
            Array.Resize(ref _heap, 2 * Count);
            Array.Resize(ref _events, 2 * Count);
            Array.Resize(ref _free, 2 * Count);
        }

        var slot = _freeCount > 0 ? _free[--_freeCount] : _used++;
        _events[slot] = what;
        var key = new Key(time, ++_sequence, slot);
        var at = Count++;
        while (at > 0 && key.IsBefore(_heap[(at - 1) / 2]))
        {
            _heap[at] = _heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        _heap[at] = key;
    }

    /// <summary>Takes the first event.</summary>
    public long Take(out SimulatedEvent what)
    {
        var first = _heap[0];
        what = _events[first.Slot];
        _events[first.Slot] = default;
        _free[_freeCount++] = first.Slot;
        var last = _heap[--Count];
        var at = 0;
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && _heap[child + 1].IsBefore(_heap[child]))
            {
                child++;
            }

            if (!_heap[child].IsBefore(last))
            {
                break;
            }

            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = last;
        return first.Time;
    }

    private readonly record struct Key(long Time, long Sequence, int Slot)
    {
        public bool IsBefore(in Key other) => Time < other.Time || (Time == other.Time && Sequence < other.Sequence);
    }
}

/// <summary>One thing that happens at a moment; each kind says which members it uses.</summary>
internal readonly struct SimulatedEvent
{
    public EventKind Kind { get; init; }

    /// <summary>The process incarnation that is concerned.</summary>
    public Incarnation? Process { get; init; }

    /// <summary>Who sent the message (Arrive), or who asked (Ask, StoreEffect).</summary>
    public Incarnation? Sender { get; init; }

    /// <summary>Where a timer goes.</summary>
    public SimulatedMailbox? Mailbox { get; init; }

    public Message Message { get; init; }

    /// <summary>A link (Arrive, Ask), the generation of a timer, the kind of a fault, a partition, or the store's power cycle.</summary>
    public long Number { get; init; }

    /// <summary>Place of the message on its link, 1 or more (Arrive), or what the store will say whatever it does (StoreEffect).</summary>
    public long Order { get; init; }

    /// <summary>Whom a restart brings back.</summary>
    public SimulatedProcess? Slot { get; init; }

    /// <summary>What the scenario does.</summary>
    public Action? Action { get; init; }
}

/// <summary>Kinds of events.</summary>
internal enum EventKind : byte
{
    Run,
    Arrive,
    Timer,
    Ask,
    StoreEffect,
    Fault,
    Restart,
    Thaw,
    Heal,
    Quiet,
    Action,
}
