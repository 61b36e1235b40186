using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <summary>
/// A bounded queue in front of one machine. At most one message of a mailbox is handled at a time, in order of arrival. All members are guarded
/// by the gate of the edge.
/// </summary>
internal sealed class Mailbox(string name, IMachine machine, bool urgent, int capacity)
{
    private readonly Message[] _ring = new Message[capacity];
    private int _head;
    private int _count;

    /// <summary>Who handles the messages.</summary>
    public IMachine Machine { get; } = machine;

    /// <summary>Whether it goes before ordinary mailboxes: the digital stages, for which all tiles wait.</summary>
    public bool Urgent { get; } = urgent;

    /// <summary>Whether it waits in the ready queue or runs.</summary>
    public bool Scheduled { get; set; }

    /// <summary>Whether no message waits.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Puts a message at the end.</summary>
    public void Enqueue(in Message message)
    {
        if (_count == _ring.Length)
        {
            throw new InvalidOperationException(
                $"The mailbox of '{name}' is full with {_count} messages: a sender exceeded its credit. "
                + "This is a defect; please report it with the experiment file.");
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
}
