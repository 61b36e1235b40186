using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Simulation.Toys;

/// <summary>Hands requests to the store and asks again until there is an answer that another attempt cannot change.</summary>
public sealed class ToyStoreClient : IMachine
{
    private readonly Dictionary<ulong, Message> _pending = [];
    private ulong _operation;

    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        if (message.Kind == MessageKind.Timer)
        {
            if (_pending.TryGetValue(message.Operation, out var again))
            {
                Ask(now, again, message.Operation, outbox);
            }
        }
        else if (message.From != Recipient.Store)
        {
            _pending[++_operation] = message;
            Ask(now, message, _operation, outbox);
        }
        else if (message.Refusal is not (Refusal.Unavailable or Refusal.Full) && _pending.Remove(message.Operation, out var request))
        {
            outbox.Send(message with { To = request.From, Tile = request.Tile, Operation = request.Operation, Peer = default });
        }
    }

    private static void Ask(TimeSpan now, in Message request, ulong operation, Outbox outbox)
    {
        outbox.Send(request with { To = Recipient.Store, Operation = operation });
        outbox.SetTimer(now + TimeSpan.FromMilliseconds(20), operation);
    }
}
