using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Cluster;

/// <summary>The node of this process, watched: tells the process when its tiles change, and keeps what others may look at.</summary>
/// <param name="node">The node.</param>
internal sealed class NodeProbe(NodeMachine node) : IMachine
{
    private volatile NodeView _view = new(Term.None, [], IsSuspended: true);

    /// <summary>The node as it was after the last change; may be read from any thread.</summary>
    public NodeView View => _view;

    /// <inheritdoc/>
    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        node.Handle(now, message, outbox);
        NodeView seen = _view;
        if (node.Term == seen.Term && node.IsSuspended == seen.IsSuspended) { return; }
        _view = new NodeView(node.Term, node.Term == seen.Term ? seen.Tiles : node.Tiles, node.IsSuspended);
        if (node.Term != seen.Term)
        {
            outbox.Send(new Message { Kind = MessageKind.Assigned, To = Recipient.Client, Tile = TileId.None, Term = node.Term });
        }
    }
}

/// <summary>What a node hosts.</summary>
/// <param name="Term">Of the newest assignment.</param>
/// <param name="Tiles">In ascending order.</param>
/// <param name="IsSuspended">Whether its lease is lapsed.</param>
internal sealed record NodeView(Term Term, IReadOnlyList<TileId> Tiles, bool IsSuspended);
