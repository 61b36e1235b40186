using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <content>Other processes: what goes to them, and what comes from them.</content>
public sealed partial class LocalEdge
{
    private readonly IRemoteLinks? _links;
    private int _waitingAtDoor; // threads that bring messages from outside and wait for room

    /// <summary>Whether news from outside may come when no machine has anything to do.</summary>
    private bool HearsFromOutside => _links is not null;

    /// <summary>
    /// Takes a message from another process, and waits while the mailbox that it goes to is full: who brings it, brings nothing else meanwhile. What is for nobody
    /// here is dropped; requests to tiles go through the node.
    /// </summary>
    public void PostFromOutside(in Message message)
    {
        lock (_gate)
        {
            var mailbox = DoorOf(message);
            if (mailbox is null)
            {
                message.Lease?.Release();
                return;
            }

            while (mailbox.IsFull && !_stopped && _fault is null)
            {
                _waitingAtDoor++;
                Monitor.Wait(_gate);
                _waitingAtDoor--;
            }

            if (_stopped || _fault is not null)
            {
                message.Lease?.Release();
                return;
            }

            mailbox.Enqueue(message);
            Schedule(mailbox);
            WakeForReady(spare: 0);
        }
    }

    private Mailbox? DoorOf(in Message message)
    {
        var recipient = message.To == Recipient.Tile ? Recipient.Node : message.To;
        return recipient is Recipient.Node or Recipient.Coordinator ? _machines[(int)recipient] : null;
    }

    /// <summary>Sends what is for another process.</summary>
    /// <returns>Whether it was.</returns>
    private bool TrySendOutside(Mailbox? sender, in Message message)
    {
        if (_links is null)
        {
            return false;
        }

        if (message is { To: Recipient.Coordinator, Kind: MessageKind.Leading, Body: MemberList members })
        {
            _links.Connect(members);
        }

        var isForwarded = sender?.Recipient == Recipient.Node && message.To == Recipient.Tile;
        if (message.Peer == PeerId.Here || isForwarded || message.To is not (Recipient.Tile or Recipient.Node or Recipient.Coordinator))
        {
            return false;
        }

        _links.Send(message);
        return true;
    }

    private void WakeDoor()
    {
        if (_waitingAtDoor > 0)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
