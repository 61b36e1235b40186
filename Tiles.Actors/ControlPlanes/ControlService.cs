using Tessera.Actors.Machines;
using Tessera.Actors.Stores;
using Tessera.Protocol.Cluster;
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
                outbox.Send(Answer(message, MessageKind.NotLeading) with { Refusal = error.Refusal, Detail = error.Message });
            }
        }
    }

    private void Decide(in Message message, Outbox outbox)
    {
        switch (message.Kind)
        {
            case MessageKind.Lead:
                var term = _plane.Lead(message.Peer);
                outbox.Send(term is null
                    ? Answer(message, MessageKind.NotLeading) with { Detail = "Another process leads this run." }
                    : Answer(message, MessageKind.Leading) with { Term = term.Value, Body = _plane.Members() });
                break;

            case MessageKind.RenewLead:
                outbox.Send(_plane.RenewLead(message.Peer, message.Term)
                    ? Answer(message, MessageKind.Leading) with { Body = _plane.Members() }
                    : Answer(message, MessageKind.NotLeading) with
                    {
                        Refusal = Refusal.OlderTerm,
                        Detail = $"{message.Term} is over, or another process leads this run.",
                    });
                break;

            case MessageKind.Join:
                _plane.Join((Member)message.Body!);
                outbox.Send(Answer(message, MessageKind.Joined));
                break;

            case MessageKind.Leave:
                _plane.Leave(message.Peer);
                break;

            default:
                throw new InvalidOperationException($"The control plane was sent {message.Kind}, expected Lead, RenewLead, Join or Leave.");
        }
    }

    private static Message Answer(in Message request, MessageKind kind) => new()
    {
        Kind = kind,
        To = Recipient.ControlClient,
        From = Recipient.Control,
        Peer = request.Peer,
        Tile = request.Tile,
        Term = request.Term,
        Step = request.Step,
        Operation = request.Operation,
    };
}
