using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <summary>A bounded queue in front of one machine of a simulated process.</summary>
internal sealed class SimulatedMailbox(Recipient recipient, TileId tile, IMachine machine, int capacity)
{
    private readonly Queue<Message> _messages = new();

    /// <summary>Which machine it is.</summary>
    public Recipient Recipient { get; } = recipient;

    /// <summary>Which tile, where it is one.</summary>
    public TileId Tile { get; } = tile;

    /// <summary>Who handles the messages.</summary>
    public IMachine Machine { get; } = machine;

    /// <summary>Most messages.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>Messages that wait.</summary>
    public int Count => _messages.Count;

    /// <summary>Whether one more does not fit.</summary>
    public bool IsFull => _messages.Count >= Capacity;

    /// <summary>Whether it was dropped, replaced or died with its process.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The physics behind the machine, once it was seen at work.</summary>
    public ObservedTile? Observed { get; set; }

    /// <summary>Puts a message at the end.</summary>
    public void Add(in Message message) => _messages.Enqueue(message);

    /// <summary>Takes the first message.</summary>
    public Message Take() => _messages.Dequeue();

    /// <summary>Loses what waits and disposes the machine.</summary>
    public void Close()
    {
        if (!IsClosed)
        {
            IsClosed = true;
            _messages.Clear();
            (Machine as IDisposable)?.Dispose();
        }
    }
}
