using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Transport;

/// <summary>
/// Who takes what arrives. Called from threads of the network, one thread a connection: for one connection <see cref="PeerFound"/> comes first, messages follow in
/// the order in which they were sent, and <see cref="PeerLost"/> comes last. What comes from one is not ordered to what comes from another.
/// </summary>
public interface IPeerInbox
{
    /// <summary>Takes a message. While it does not return, nothing more is read from that connection: that is the back-pressure.</summary>
    /// <param name="message">The message; <see cref="Message.Peer"/> says where it came from.</param>
    /// <param name="lease">Memory of the payload, to be released once it is not needed any more; null where there is no payload.</param>
    void Deliver(in Message message, ReceiveLease? lease);

    /// <summary>A connection was closed, or a peer that is to be connected cannot be reached. Messages on their way may or may not have arrived.</summary>
    /// <param name="peer">Which peer.</param>
    /// <param name="reason">Why.</param>
    void PeerLost(PeerId peer, string reason);

    /// <summary>A connection is there.</summary>
    void PeerFound(PeerId peer);
}
