using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>How a node says no.</summary>
internal static class NodeRefusal
{
    /// <summary>The refusal of a request, to whoever asked.</summary>
    /// <param name="request">The request.</param>
    /// <param name="term">Newest term that the node knows.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="detail">What was seen, what was expected, the way out; without a full stop.</param>
    public static Message Of(in Message request, Term term, Refusal refusal, string detail) => new()
    {
        Kind = MessageKind.Refused,
        To = Recipient.Coordinator,
        Peer = request.Peer,
        Tile = request.To == Recipient.Tile ? request.Tile : TileId.None,
        ReplyTo = request.ReplyTo,
        Term = term,
        Step = request.Step,
        Vectors = request.Vectors,
        Purpose = request.Purpose,
        Operation = request.Operation,
        Refusal = refusal,
        Detail = $"The node refused {request.Kind}: {detail}.",
    };
}
