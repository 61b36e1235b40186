using Tessera.Actors.Machines;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <content>Other processes: what goes to them, and what comes from them.</content>
public sealed partial class LocalEdge
{
    private const int LookAhead = 16; // messages of an outbox
    private const int HelpMax = 64; // messages, before the thread goes back to what it should bring
    private readonly IRemoteLinks? _links;
    private readonly Stack<Outbox> _helpersOutboxes = new();
    private int _waitingAtDoor; // threads that bring messages from outside and wait for room
    private int _helpers; // threads that brought a message from outside and run machines

    /// <summary>Whether news from outside may come when no machine has anything to do.</summary>
    private bool HearsFromOutside => _links is not null;

    /// <summary>
    /// Takes a message from another process, and waits while the mailbox that it goes to is full: who brings it, brings nothing else meanwhile. What is for nobody
    /// here is dropped; requests to tiles go through the node.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="mayHelp">
    /// Whether the caller's thread may run machines before this returns, in place of one that sleeps: waking that takes longer than most messages do.
    /// </param>
    public void PostFromOutside(in Message message, bool mayHelp = false)
    {
        Mailbox? next = null;
        Message work = default;
        Outbox? outbox = null;
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
            if (mayHelp && CanTake && MayHelp)
            {
                next = TakeReady(out work);
                outbox = _helpersOutboxes.TryPop(out var used) ? used : new Outbox();
                _helpers++;
            }

            WakeForReady(spare: 0);
        }

        if (next is not null)
        {
            Help(next, work, outbox!);
        }
    }

    /// <summary>
    /// Whether a thread of the network may run what is ready. While it does, it brings nothing: tiles, which may take long, are only for it where no other thread
    /// could work on what it would bring.
    /// </summary>
    private bool MayHelp => Threads == 1 || _ready!.IsUrgent;

    private void Help(Mailbox mailbox, Message work, Outbox outbox)
    {
        Mailbox? next = mailbox;
        for (var left = HelpMax; next is not null; left--)
        {
            next = RunAndTakeNext(next, ref work, outbox, isHelper: true, isLast: left == 1);
        }

        lock (_gate)
        {
            _helpersOutboxes.Push(outbox);
            _helpers--;
            if (_stopped)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits, within the gate, until no thread of the network runs a machine: their machines are about to be disposed.</summary>
    private void AwaitHelpers()
    {
        while (_helpers > 0)
        {
            Monitor.Wait(_gate);
        }
    }

    private Mailbox? DoorOf(in Message message)
    {
        var recipient = message.To == Recipient.Tile ? Recipient.Node : message.To;
        return recipient is Recipient.Node or Recipient.Coordinator ? _machines[(int)recipient] : null;
    }

    /// <summary>Sends what is for another process.</summary>
    /// <returns>Whether it was.</returns>
    private bool TrySendOutside(Mailbox? sender, in Message message, bool isFollowed)
    {
        if (_links is null)
        {
            return false;
        }

        if (message is { To: Recipient.Coordinator, Kind: MessageKind.Leading, Body: MemberList members })
        {
            _links.Connect(members);
        }

        if (!GoesOutside(sender, message))
        {
            return false;
        }

        _links.Send(message, isFollowed);
        return true;
    }

    private static bool GoesOutside(Mailbox? sender, in Message message)
    {
        var isForwarded = sender?.Recipient == Recipient.Node && message.To == Recipient.Tile;
        return message.Peer != PeerId.Here && !isForwarded && message.To is (Recipient.Tile or Recipient.Node or Recipient.Coordinator);
    }

    /// <summary>Whether one of the next messages goes where this one goes.</summary>
    private bool IsFollowed(Mailbox sender, Outbox outbox, int index)
    {
        ref readonly var message = ref outbox[index];
        if (_links is null || !GoesOutside(sender, message))
        {
            return false;
        }

        for (var next = index + 1; next < outbox.Count && next <= index + LookAhead; next++)
        {
            if (outbox[next].Peer == message.Peer && GoesOutside(sender, outbox[next]))
            {
                return true;
            }
        }

        return false;
    }

    private void WakeDoor()
    {
        if (_waitingAtDoor > 0)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
