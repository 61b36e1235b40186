using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <summary>What a factory fills in when a simulated process starts, or starts again: its machines and the first messages to them.</summary>
public sealed class ProcessSetup
{
    private readonly SimulatedWorld _world;

    internal ProcessSetup(SimulatedWorld world, Incarnation incarnation)
    {
        _world = world;
        Incarnation = incarnation;
    }

    /// <summary>The process.</summary>
    public SimulatedProcess Process => Incarnation.Process;

    /// <summary>Its identity in this incarnation.</summary>
    public PeerId Peer => Incarnation.Peer;

    internal Incarnation Incarnation { get; }

    internal List<Message> Posts { get; } = [];

    /// <summary>Adds a machine other than a tile.</summary>
    /// <param name="recipient">Coordinator, Node, StoreClient, ControlClient or Client.</param>
    /// <param name="machine">Who handles the messages; disposed, where it can be, when the process dies.</param>
    /// <param name="capacity">Most messages that wait.</param>
    public void Add(Recipient recipient, IMachine machine, int capacity)
    {
        if (recipient is Recipient.None or Recipient.Tile or Recipient.Store or Recipient.Control)
        {
            throw new ArgumentException(
                $"A process has no machine '{recipient}'; tiles are added with AddTile, store and control plane belong to the world.",
                nameof(recipient));
        }

        Incarnation.Machines[(int)recipient] = new SimulatedMailbox(recipient, TileId.None, machine, capacity);
    }

    /// <summary>Adds a tile that is there from the start.</summary>
    public void AddTile(TileId tile, IMachine machine) =>
        Incarnation.Host(tile, new SimulatedMailbox(Recipient.Tile, tile, machine, _world.Settings.TileMailboxCapacity));

    /// <summary>Sends a first message within the process.</summary>
    public void Post(in Message message) => Posts.Add(message);
}
