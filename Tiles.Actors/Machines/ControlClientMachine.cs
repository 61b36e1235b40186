using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>
/// The leases of this process. As a node, from <see cref="MessageKind.Start"/> on, it stays a member and tells the node whether the lease holds. As a
/// coordinator, from <see cref="MessageKind.Lead"/> on, it asks for a new term, stands by while another process leads, renews the term it got, and tells
/// the coordinator when its lease lapses and when it holds again. A process may be both.
/// </summary>
/// <remarks>
/// Leases serve liveness only: that nothing of an older term is accepted is up to tiles, nodes and the store. Whatever the control plane answers
/// other than yes or no counts as no answer.
/// </remarks>
public sealed partial class ControlClientMachine : IMachine
{
    private Member _self;
    private readonly LeaseSettings _settings;
    private ulong _numbers; // questions so far
    private ulong _timers; // timers so far

    /// <summary>Creates a client that does nothing yet.</summary>
    /// <param name="self">This process, in this incarnation.</param>
    /// <param name="settings">Times.</param>
    public ControlClientMachine(Member self, LeaseSettings settings)
    {
        settings.Validate();
        _self = self;
        _settings = settings;
        _membership = new LeaseClock(settings.Duration);
        _leadership = new LeaseClock(settings.Duration);
    }

    /// <inheritdoc/>
    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        switch (message.Kind)
        {
            case MessageKind.Start when _joinTimer == 0 && !_isMember:
                Join(now, outbox);
                break;
            case MessageKind.Hosts when message.Peer == PeerId.Here:
                _self = _self with { Tiles = message.Detail ?? string.Empty };
                if (_isMember)
                {
                    Join(now, outbox); // at once: a coordinator that takes over leaves the tiles where they are
                }

                break;
            case MessageKind.Joined:
                AfterJoined(now, message, outbox);
                break;
            case MessageKind.Lead:
                BeginToLead(now, outbox);
                break;
            case MessageKind.Leading:
                AfterLeading(now, message, outbox);
                break;
            case MessageKind.NotLeading:
                AfterNotLeading(message, outbox);
                break;
            case MessageKind.Leave:
                GiveUpLeading(now, outbox);
                break;
            case MessageKind.Timer when message.Operation == _joinTimer:
                Join(now, outbox);
                break;
            case MessageKind.Timer when message.Operation == _memberUntilTimer:
                CheckMembership(now, outbox);
                break;
            case MessageKind.Timer when message.Operation == _leadTimer:
                AskToLead(now, outbox);
                break;
            case MessageKind.Timer when message.Operation == _leadUntilTimer:
                CheckLeadership(now, outbox);
                break;
        }
    }

    private LeaseQuestion Ask(TimeSpan now, MessageKind kind, Term term, Outbox outbox)
    {
        var question = new LeaseQuestion(++_numbers, now, term);
        outbox.Send(new Message
        {
            Kind = kind,
            To = Recipient.Control,
            From = Recipient.ControlClient,
            Tile = TileId.None,
            Term = term,
            Operation = question.Number,
            Body = _self,
        });
        return question;
    }

    private ulong SetTimer(TimeSpan due, Outbox outbox)
    {
        outbox.SetTimer(due, ++_timers);
        return _timers;
    }

    /// <summary>
    /// When to ask again without an answer; 0, no timer, where the control plane is in this process: no question gets lost there, and one that is asked twice
    /// because the machine is slow would get a second term.
    /// </summary>
    private ulong SetRetry(TimeSpan now, Outbox outbox) => _settings.Duration is null ? 0 : SetTimer(now + _settings.RetryEvery, outbox);

    /// <summary>When to ask again after an answer; 0, no timer, where the lease never lapses.</summary>
    private ulong SetRenewal(TimeSpan now, in LeaseQuestion answered, Outbox outbox)
    {
        var due = answered.SentAt + _settings.RenewEvery;
        return _settings.Duration is null ? 0 : SetTimer(due > now ? due : now, outbox);
    }

    /// <summary>When the lease is over unless it is renewed; one such timer is enough, it is set again where it comes too early.</summary>
    private ulong SetExpiry(ulong timer, LeaseClock lease, Outbox outbox) =>
        timer != 0 || _settings.Duration is null ? timer : SetTimer(lease.HoldsUntil!.Value, outbox);
}
