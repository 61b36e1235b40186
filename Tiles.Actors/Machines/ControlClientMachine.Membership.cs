using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <content>As a node: joins, renews, and says when the lease is over and when it holds again.</content>
public sealed partial class ControlClientMachine
{
    private readonly LeaseClock _membership;
    private bool _isMember; // what the node was told last
    private ulong _joinTimer;
    private ulong _memberUntilTimer;

    private void Join(TimeSpan now, Outbox outbox)
    {
        _membership.Ask(Ask(now, MessageKind.Join, Term.None, outbox));
        _joinTimer = SetRetry(now, outbox);
    }

    private void AfterJoined(TimeSpan now, in Message message, Outbox outbox)
    {
        if (!_membership.TryTake(message.Operation, out var question) || !_membership.IsInTime(question, now))
        {
            return; // the next attempt is on its way
        }

        _membership.Extend(question);
        if (!_isMember)
        {
            _isMember = true;
            TellNode(MessageKind.LeaseHolds, outbox);
        }

        _joinTimer = SetRenewal(now, question, outbox);
        _memberUntilTimer = SetExpiry(_memberUntilTimer, _membership, outbox);
    }

    private void CheckMembership(TimeSpan now, Outbox outbox)
    {
        _memberUntilTimer = 0;
        if (now < _membership.HoldsUntil)
        {
            _memberUntilTimer = SetExpiry(0, _membership, outbox);
        }
        else if (_isMember)
        {
            _isMember = false;
            TellNode(MessageKind.LeaseLapsed, outbox);
        }
    }

    private static void TellNode(MessageKind kind, Outbox outbox) => outbox.Send(new Message
    {
        Kind = kind,
        To = Recipient.Node,
        From = Recipient.ControlClient,
        Tile = TileId.None,
    });
}
