using System.Runtime.ExceptionServices;
using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <summary>
/// Runs machines in this process behind bounded mailboxes. With N threads it keeps N cores busy: N - 1 workers and the caller of
/// <see cref="Receive"/>; with one thread everything runs inline on the caller, and timers fire only while it receives. Machines that may block have
/// threads of their own. Threads that bring messages from other processes run machines in place of those that sleep. What the machines compute does not
/// depend on N, because no machine sees more than the order of its own mailbox.
/// </summary>
/// <remarks>
/// One lock guards all queues; machines run outside of it, and what they send to other processes goes out within it. Idle threads watch the queue for a few tens of microseconds before they sleep,
/// because a step of a small network is not much longer than waking a thread takes.
/// </remarks>
public sealed partial class LocalEdge : IDisposable
{
    private const int SpinTurns = 400;
    private const int InboxCapacity = 64;
    private const int DefaultTileCapacity = 16;
    private readonly Lock _building = new();
    private readonly object _gate = new();
    private readonly Mailbox?[] _machines = new Mailbox?[(int)Recipient.Control + 1];
    private readonly Message[] _inbox = new Message[InboxCapacity];
    private readonly Outbox _callerOutbox = new();
    private readonly Thread[] _workers;
    private readonly int _spinTurns;
    private ReadyQueue? _ready;
    private ExceptionDispatchInfo? _fault;
    private int _inboxHead;
    private volatile int _inboxCount;
    private volatile int _readyCount;
    private readonly WakeUp _callerWakeUp = new();
    private int _parked; // workers that sleep
    private bool _isCallerParked;
    private volatile int _active; // threads that run machines, those of machines that may block apart; at most Threads
    private int _running; // machines that run; a machine that may block counts from its first message to the last
    private volatile bool _stopped;

    /// <summary>Creates an edge without mailboxes.</summary>
    /// <param name="threads">Threads that run machines, the caller included, 1 or more. Threads of machines that may block come on top.</param>
    /// <param name="tileCapacity">Most messages that wait for a tile that is hosted while the edge runs, 1 or more.</param>
    /// <param name="links">The way to other processes; null where there are none.</param>
    public LocalEdge(int threads, int tileCapacity = DefaultTileCapacity, IRemoteLinks? links = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tileCapacity);
        Threads = threads;
        _tileCapacity = tileCapacity;
        _links = links;
        _workers = new Thread[threads - 1];

        // More threads than cores would spend each other's time by watching; so would processes that wait for each other on one machine.
        _spinTurns = threads <= Environment.ProcessorCount && links is null ? SpinTurns : 0;
    }

    /// <summary>Threads that run machines, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Adds the mailbox of a machine other than a tile.</summary>
    /// <param name="recipient">Which one.</param>
    /// <param name="machine">Who handles the messages; the caller disposes it.</param>
    /// <param name="capacity">Most messages that wait.</param>
    public void Add(Recipient recipient, IMachine machine, int capacity)
    {
        lock (_building)
        {
            ThrowIfRunning(recipient.ToString());
            _machines[(int)recipient] = new Mailbox(recipient, TileId.None, machine, capacity);
        }
    }

    /// <summary>Starts the threads; afterwards only machines add mailboxes, by hosting tiles.</summary>
    public void Start()
    {
        lock (_building)
        {
            if (_ready is not null)
            {
                throw new InvalidOperationException("The edge runs already; start it once.");
            }

            _ready = new ReadyQueue(_machines.Length + _tiles.Count);
            for (var i = 0; i < _workers.Length; i++)
            {
                _workers[i] = new Thread(Work) { IsBackground = true, Name = $"tessera-edge-{i + 1}" };
                _workers[i].Start();
            }

            StartBlocking();
        }
    }

    /// <summary>Sends a message from outside; any thread may.</summary>
    public void Post(in Message message)
    {
        lock (_gate)
        {
            ThrowIfUnusable();
            Deliver(null, message);
            WakeForReady(spare: 0);
        }
    }

    /// <summary>Runs machines until one sends a message to the client, and takes it. One thread at a time calls it.</summary>
    /// <exception cref="InvalidOperationException">No machine has work left, waits for a timer or blocks, and none sent a message.</exception>
    public Message Receive()
    {
        while (true)
        {
            Mailbox? mailbox = null;
            Message work = default;
            lock (_gate)
            {
                ThrowIfUnusable();
                DeliverDueTimers();
                _fault?.Throw();
                if (_inboxCount > 0)
                {
                    return TakeFromInbox();
                }

                if (CanTake)
                {
                    mailbox = TakeReady(out work);
                }
                else if (IsDeadlocked())
                {
                    throw new InvalidOperationException(
                        "Waiting for an answer, but no machine has anything to do. This is a defect; please report it with the experiment file.");
                }
            }

            if (mailbox is null)
            {
                AwaitWork(caller: true);
            }
            else
            {
                Run(mailbox, work, _callerOutbox, spare: 1);
            }
        }
    }

    /// <summary>
    /// Stops the threads, after the messages that they are handling. Messages that wait are lost and timers never fire. Disposes the tiles that were
    /// hosted while the edge ran; other machines belong to whoever added them.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            WakeAll();
            AwaitHelpers();
        }

        if (_ready is not null)
        {
            foreach (var worker in _workers)
            {
                worker.Join();
            }

            StopBlocking();
            DropHosted();
        }
    }

    private void Deliver(Mailbox? sender, in Message message, bool isFollowed = false)
    {
        if (TrySendOutside(sender, message, isFollowed))
        {
            return;
        }

        if (message.To == Recipient.Client)
        {
            PutIntoInbox(message);
            return;
        }

        var mailbox = message.To == Recipient.Tile
            ? (uint)message.Tile.Index < (uint)_tiles.Count ? _tiles[message.Tile.Index] : null
            : (int)message.To < _machines.Length ? _machines[(int)message.To] : null;
        if (mailbox is null)
        {
            if (message.To == Recipient.Tile && message.From == Recipient.StoreClient)
            {
                return; // an answer of the store for a tile that was dropped since
            }

            throw new InvalidOperationException(
                $"A {message.Kind} for {message.To} ({message.Tile}) has no mailbox; the plan and the edge do not belong together.");
        }

        message.Lease?.Retain();
        mailbox.Enqueue(message);
        Schedule(mailbox);
    }

    private void Schedule(Mailbox mailbox)
    {
        if (mailbox.Scheduled || mailbox.IsEmpty)
        {
            return;
        }

        mailbox.Scheduled = true;
        if (mailbox.Wake is { } wake)
        {
            _running++;
            wake.Release();
            return;
        }

        _ready!.Add(mailbox);
        _readyCount = _ready.Count;
    }

    private Mailbox TakeReady(out Message work)
    {
        var mailbox = _ready!.Take();
        _readyCount = _ready.Count;
        _running++;
        _active++;
        mailbox.Dequeue(out work);
        WakeDoor();
        return mailbox;
    }

    private void PutIntoInbox(in Message message)
    {
        if (_inboxCount == InboxCapacity)
        {
            throw new InvalidOperationException($"The client has {InboxCapacity} unread answers; receive before posting more.");
        }

        _inbox[(_inboxHead + _inboxCount) % InboxCapacity] = message;
        _inboxCount++;
    }

    private Message TakeFromInbox()
    {
        var message = _inbox[_inboxHead];
        _inbox[_inboxHead] = default;
        _inboxHead = (_inboxHead + 1) % InboxCapacity;
        _inboxCount--;
        return message;
    }

    private void ThrowIfRunning(string name)
    {
        if (_ready is not null)
        {
            throw new InvalidOperationException($"A mailbox for '{name}' was added to a running edge; add all mailboxes before Start.");
        }
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_stopped, this);
        if (_ready is null)
        {
            throw new InvalidOperationException("The edge does not run yet; call Start after the last mailbox was added.");
        }
    }
}
