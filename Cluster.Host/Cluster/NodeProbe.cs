using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Cluster;

/// <summary>The node of this process, watched: tells the process when its tiles change, and keeps what others may look at.</summary>
/// <param name="node">The node.</param>
internal sealed class NodeProbe(NodeMachine node) : IMachine
{
    private volatile NodeView _view = new(Term.None, [], IsSuspended: true);
    private ulong _step;
    private long _olderTermRefusals;

    /// <summary>The node as it was after the last change; may be read from any thread.</summary>
    public NodeView View => _view;

    /// <summary>The newest mini-batch that a tile has committed; 0 before the first. May be read from any thread.</summary>
    public ulong Step => Volatile.Read(ref _step);

    /// <summary>Requests that were refused for being of an older term. May be read from any thread.</summary>
    public long OlderTermRefusals => Volatile.Read(ref _olderTermRefusals);

    /// <inheritdoc/>
    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        if (message.Kind == MessageKind.Committed && message.Peer == PeerId.Here) { Volatile.Write(ref _step, message.Step.Value); }
        node.Handle(now, message, outbox);
        Volatile.Write(ref _olderTermRefusals, node.OlderTermRefusals);
        NodeView seen = _view;
        if (node.Term == seen.Term && node.IsSuspended == seen.IsSuspended) { return; }
        _view = new NodeView(node.Term, node.TileNames, node.IsSuspended);
        if (node.Term != seen.Term)
        {
            outbox.Send(new Message { Kind = MessageKind.Assigned, To = Recipient.Client, Tile = TileId.None, Term = node.Term });
        }
    }
}

/// <summary>What a node hosts.</summary>
/// <param name="Term">Of the newest assignment.</param>
/// <param name="Tiles">Their names, in the order of the network.</param>
/// <param name="IsSuspended">Whether its lease is lapsed.</param>
internal sealed record NodeView(Term Term, IReadOnlyList<string> Tiles, bool IsSuspended);
