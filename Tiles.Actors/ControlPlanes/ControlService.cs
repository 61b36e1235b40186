using Tessera.Actors.Machines;
using Tessera.Actors.Stores;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.ControlPlanes;

/// <summary>
/// The door to a control plane for the machines of a process. It blocks while the control plane does: an edge runs it on a thread of its own. Trouble
/// with the control plane never throws here: a wish to lead is answered with the reason, a renewal not at all, so that the client asks again while
/// its lease lasts.
/// </summary>
public sealed class ControlService : IMachine
{
    private readonly IControlPlane _plane;

    /// <summary>Opens the door.</summary>
    public ControlService(IControlPlane plane) => _plane = plane;

    /// <inheritdoc/>
    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        try
        {
            Decide(message, outbox);
        }
        catch (StoreException error)
        {
            if (message.Kind == MessageKind.Lead)
            {
                outbox.Send(message.Answer(MessageKind.NotLeading, Recipient.Control, Recipient.ControlClient) with { Refusal = error.Refusal, Detail = error.Message });
            }
        }
    }

    /// <summary>Who asks: every question of a control client says so. Within a process messages have no other sender than "here".</summary>
    private static PeerId Asker(in Message message) => message.Body is Member self ? self.Peer : message.Peer;

    private void Decide(in Message message, Outbox outbox)
    {
        switch (message.Kind)
        {
            case MessageKind.Lead:
                var term = _plane.Lead(Asker(message), (message.Body as Member)?.Http ?? string.Empty);
                outbox.Send(term is null
                    ? message.Answer(MessageKind.NotLeading, Recipient.Control, Recipient.ControlClient) with { Detail = "Another process leads this run." }
                    : message.Answer(MessageKind.Leading, Recipient.Control, Recipient.ControlClient) with { Term = term.Value, Body = _plane.Members() });
                break;

            case MessageKind.RenewLead:
                outbox.Send(_plane.RenewLead(Asker(message), message.Term)
                    ? message.Answer(MessageKind.Leading, Recipient.Control, Recipient.ControlClient) with { Body = _plane.Members() }
                    : message.Answer(MessageKind.NotLeading, Recipient.Control, Recipient.ControlClient) with
                    {
                        Refusal = Refusal.OlderTerm,
                        Detail = $"{message.Term} is over, or another process leads this run.",
                    });
                break;

            case MessageKind.Join:
                _plane.Join((Member)message.Body!);
                outbox.Send(message.Answer(MessageKind.Joined, Recipient.Control, Recipient.ControlClient));
                break;

            case MessageKind.Leave:
                _plane.Leave(Asker(message));
                break;

            default:
                throw new InvalidOperationException($"The control plane was sent {message.Kind}, expected Lead, RenewLead, Join or Leave.");
        }
    }
}
