using System.Runtime.ExceptionServices;
using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <summary>
/// Runs machines in this process behind bounded mailboxes. With N threads it keeps N cores busy: N - 1 workers and the caller of
/// <see cref="Receive"/>; with one thread everything runs inline on the caller. What the machines compute does not depend on N, because no machine sees
/// more than the order of its own mailbox.
/// </summary>
/// <remarks>
/// One short lock guards all queues; machines run outside of it. Idle threads watch the queue for a few tens of microseconds before they sleep,
/// because a step of a small network is not much longer than waking a thread takes.
/// </remarks>
public sealed partial class LocalEdge : IDisposable
{
    private const int SpinTurns = 400;
    private const int InboxCapacity = 64;
    private readonly Lock _building = new();
    private readonly object _gate = new();
    private readonly List<Mailbox> _mailboxes = [];
    private readonly List<Mailbox?> _tiles = [];
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
    private int _parked;
    private int _running;
    private volatile bool _stopped;

    /// <summary>Creates an edge without mailboxes.</summary>
    /// <param name="threads">Threads that run machines, the caller included, 1 or more.</param>
    public LocalEdge(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        Threads = threads;
        _workers = new Thread[threads - 1];

        // More threads than cores would spend each other's time by watching.
        _spinTurns = threads <= Environment.ProcessorCount ? SpinTurns : 0;
    }

    /// <summary>Threads that run machines, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Adds the mailbox of a tile.</summary>
    public void AddTile(TileId tile, IMachine machine, int capacity) =>
        Route(_tiles, tile.Index, Add(tile.ToString(), machine, urgent: false, capacity));

    /// <summary>Adds the mailbox of a machine other than a tile.</summary>
    /// <param name="recipient">Which one.</param>
    /// <param name="machine">Who handles the messages.</param>
    /// <param name="capacity">Most messages that wait.</param>
    public void Add(Recipient recipient, IMachine machine, int capacity) =>
        _machines[(int)recipient] = Add(recipient.ToString(), machine, urgent: true, capacity);

    /// <summary>Starts the workers; no mailbox can be added afterwards.</summary>
    public void Start()
    {
        lock (_building)
        {
            if (_ready is not null)
            {
                throw new InvalidOperationException("The edge runs already; start it once.");
            }

            _ready = new ReadyQueue(Math.Max(1, _mailboxes.Count));
            for (var i = 0; i < _workers.Length; i++)
            {
                _workers[i] = new Thread(Work) { IsBackground = true, Name = $"tessera-edge-{i + 1}" };
                _workers[i].Start();
            }
        }
    }

    /// <summary>Sends a message from outside.</summary>
    public void Post(in Message message)
    {
        lock (_gate)
        {
            ThrowIfUnusable();
            Deliver(message);
            WakeForReady(spare: 0);
        }
    }

    /// <summary>Runs machines until one sends a message to the client, and takes it.</summary>
    /// <exception cref="InvalidOperationException">No machine has work left and none sent a message.</exception>
    public Message Receive()
    {
        while (true)
        {
            Mailbox? mailbox = null;
            Message work = default;
            lock (_gate)
            {
                _fault?.Throw();
                ThrowIfUnusable();
                if (_inboxCount > 0)
                {
                    return TakeFromInbox();
                }

                if (_readyCount > 0)
                {
                    mailbox = TakeReady(out work);
                }
                else if (_running == 0)
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
                Run(mailbox, work, _callerOutbox);
            }
        }
    }

    /// <summary>Stops the workers. Messages that wait are lost; machines are not disposed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            Monitor.PulseAll(_gate);
        }

        if (_ready is not null)
        {
            foreach (var worker in _workers)
            {
                worker.Join();
            }
        }
    }

    private static void Route(List<Mailbox?> table, int index, Mailbox mailbox)
    {
        while (table.Count <= index)
        {
            table.Add(null);
        }

        table[index] = mailbox;
    }

    private Mailbox Add(string name, IMachine machine, bool urgent, int capacity)
    {
        lock (_building)
        {
            if (_ready is not null)
            {
                throw new InvalidOperationException($"A mailbox for '{name}' was added to a running edge; add all mailboxes before Start.");
            }

            var mailbox = new Mailbox(name, machine, urgent, capacity);
            _mailboxes.Add(mailbox);
            return mailbox;
        }
    }

    private void Deliver(in Message message)
    {
        if (message.To == Recipient.Client)
        {
            PutIntoInbox(message);
            return;
        }

        var mailbox = message.To == Recipient.Tile
            ? (uint)message.Tile.Index < (uint)_tiles.Count ? _tiles[message.Tile.Index] : null
            : _machines[(int)message.To];
        if (mailbox is null)
        {
            throw new InvalidOperationException(
                $"A {message.Kind} for {message.To} ({message.Tile}) has no mailbox; the plan and the edge do not belong together.");
        }

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
        _ready!.Add(mailbox);
        _readyCount = _ready.Count;
    }

    private Mailbox TakeReady(out Message work)
    {
        var mailbox = _ready!.Take();
        _readyCount = _ready.Count;
        _running++;
        mailbox.Dequeue(out work);
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

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_stopped, this);
        if (_ready is null)
        {
            throw new InvalidOperationException("The edge does not run yet; call Start after the last mailbox was added.");
        }
    }
}
