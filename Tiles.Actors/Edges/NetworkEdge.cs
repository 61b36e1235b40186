using Tessera.Actors.Transport;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <summary>
/// Joins the machines of this process with those of others: messages whose <see cref="Message.Peer"/> is another process travel over its connection, and what
/// arrives, also the news that a process is lost or found, goes to node and coordinator.
/// </summary>
/// <param name="network">The connections; owned by the caller.</param>
public sealed class NetworkEdge(Func<IPeerInbox, PeerNetwork> network) : IRemoteLinks, IPeerInbox, IDisposable
{
    private readonly ManualResetEventSlim _isAttached = new(false); // connections may bring something before there is an edge
    private PeerNetwork? _network;
    private LocalEdge? _edge;

    /// <summary>The connections of this process.</summary>
    public PeerNetwork Network => _network ??= network(this);

    /// <summary>Says which machines take what arrives. Until then it waits.</summary>
    public void Attach(LocalEdge edge)
    {
        _edge = edge;
        _isAttached.Set();
    }

    /// <inheritdoc/>
    public void Send(in Message message, bool isFollowed) => Network.Send(message, isFollowed);

    /// <inheritdoc/>
    public void Connect(MemberList members)
    {
        var peers = new List<(PeerId, PeerAddress)>();
        foreach (var member in members.Members)
        {
            if (PeerAddress.TryParse(member.Address, out var address, out _))
            {
                peers.Add((member.Peer, address));
            }
        }

        Network.SetPeers(peers);
    }

    /// <inheritdoc/>
    public void Deliver(in Message message, ReceiveLease? lease)
    {
        _isAttached.Wait();
        _edge!.PostFromOutside(message with { Lease = lease }, mayHelp: true);
    }

    /// <inheritdoc/>
    public void PeerLost(PeerId peer, string reason)
    {
        Tell(Recipient.Node, MessageKind.PeerLost, peer, reason);
        Tell(Recipient.Coordinator, MessageKind.PeerLost, peer, reason);
    }

    /// <inheritdoc/>
    public void PeerFound(PeerId peer) => Tell(Recipient.Coordinator, MessageKind.PeerFound, peer, null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _isAttached.Set();
        _network?.Dispose();
    }

    private void Tell(Recipient to, MessageKind kind, PeerId peer, string? detail)
    {
        _isAttached.Wait();
        _edge?.PostFromOutside(new Message { Kind = kind, To = to, Peer = peer, Tile = TileId.None, Detail = detail });
    }
}
