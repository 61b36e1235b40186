using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>Messages that a machine sends while it handles one; the edge delivers them, in order, when it returns.</summary>
public sealed class Outbox
{
    private Message[] _messages;

    /// <summary>Creates an empty outbox.</summary>
    /// <param name="capacity">Messages of one call that need no growth.</param>
    public Outbox(int capacity = 64) => _messages = new Message[capacity];

    /// <summary>Messages waiting.</summary>
    public int Count { get; private set; }

    /// <summary>A message, in order of sending.</summary>
    public ref readonly Message this[int index] => ref _messages[index];

    /// <summary>Sends a message.</summary>
    public void Send(in Message message)
    {
        if (Count == _messages.Length)
        {
            Array.Resize(ref _messages, 2 * Count);
        }

        _messages[Count++] = message;
    }

    /// <summary>Forgets all messages, and whatever they refer to.</summary>
    public void Clear()
    {
        Array.Clear(_messages, 0, Count);
        Count = 0;
    }
}
