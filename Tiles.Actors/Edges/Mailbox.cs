using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <summary>
/// A bounded queue in front of one machine. At most one message of a mailbox is handled at a time, in order of arrival. All members are guarded
/// by the gate of the edge.
/// </summary>
/// <param name="recipient">Whose it is.</param>
/// <param name="tile">Which tile, where it is a tile's.</param>
/// <param name="machine">Who handles the messages.</param>
/// <param name="capacity">Most messages that wait, 1 or more.</param>
internal sealed class Mailbox(Recipient recipient, TileId tile, IMachine machine, int capacity)
{
    private readonly Message[] _ring = new Message[capacity];
    private int _head;
    private int _count;

    /// <summary>Whose it is.</summary>
    public Recipient Recipient { get; } = recipient;

    /// <summary>Which tile, where it is a tile's.</summary>
    public TileId Tile { get; } = tile;

    /// <summary>Who handles the messages.</summary>
    public IMachine Machine { get; } = machine;

    /// <summary>Whether it goes before ordinary mailboxes: all but the tiles, which wait for the others.</summary>
    public bool Urgent => Recipient != Recipient.Tile;

    /// <summary>Wakes the thread of a machine that may block; null for machines that the workers run.</summary>
    public SemaphoreSlim? Wake { get; init; }

    /// <summary>Whether the edge, and nobody else, disposes the machine.</summary>
    public bool Owned { get; init; }

    /// <summary>Whether it waits in the ready queue or runs.</summary>
    public bool Scheduled { get; set; }

    /// <summary>Whether it takes no more messages: its tile was dropped or replaced.</summary>
    public bool Closed { get; private set; }

    /// <summary>Messages that wait.</summary>
    public int Count => _count;

    /// <summary>Whether there is no room.</summary>
    public bool IsFull => _count == _ring.Length;

    /// <summary>Whether no message waits.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Puts a message at the end.</summary>
    public void Enqueue(in Message message)
    {
        if (IsFull)
        {
            throw new InvalidOperationException(
                $"The mailbox of '{(Recipient == Recipient.Tile ? Tile.ToString() : Recipient.ToString())}' is full with {_count} messages: a sender "
                + "exceeded its credit. This is a defect; please report it with the experiment file.");
        }

        var tail = _head + _count;
        _ring[tail < _ring.Length ? tail : tail - _ring.Length] = message;
        _count++;
    }

    /// <summary>Takes the first message.</summary>
    public void Dequeue(out Message message)
    {
        message = _ring[_head];
        _ring[_head] = default;
        _head = _head + 1 == _ring.Length ? 0 : _head + 1;
        _count--;
    }

    /// <summary>Takes no more messages and loses those that wait.</summary>
    public void Close()
    {
        Closed = true;
        _count = 0;
        Array.Clear(_ring);
    }
}
