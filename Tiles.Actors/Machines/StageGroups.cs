using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>
/// The groups of a node, one for each stage that has tiles here: what the coordinator asks in training and evaluation it asks them. A new term begins with
/// new groups; answers to what older ones asked only say that the tile has room again.
/// </summary>
public sealed class StageGroups
{
    /// <summary>Requests that a group works on at a time; the coordinator asks for no more, and a tile's mailbox must have room for as many.</summary>
    public const int Credit = 8;

    private readonly TileLoads _loads = new();
    private readonly Dictionary<int, StageGroup> _groups = []; // by stage

    /// <summary>Messages that can wait for a node at most, without network: requests to its groups, answers of its tiles, and what else there is.</summary>
    /// <param name="stages">Stages on tiles.</param>
    /// <param name="tiles">Tiles.</param>
    public static int MailboxCapacity(int stages, int tiles) => (Credit * (stages + tiles)) + 16;

    /// <summary>Whether a message from this process is an answer of a tile to its group.</summary>
    internal static bool IsAnswer(in Message message) =>
        message is { To: Recipient.Node, Kind: MessageKind.Output or MessageKind.InputGradient or MessageKind.Committed or MessageKind.NeedsForward or MessageKind.Refused }
        && message.Peer == PeerId.Here;

    /// <summary>Whether a message is a request to a group.</summary>
    internal static bool IsRequest(in Message message) =>
        message is { To: Recipient.Node, Kind: MessageKind.Forward or MessageKind.Backward or MessageKind.Commit };

    /// <summary>Begins a term.</summary>
    /// <param name="run">What the tiles are of.</param>
    /// <param name="hosted">Indexes of all hosted tiles.</param>
    internal void Begin(RunBlueprint run, IReadOnlyCollection<int> hosted)
    {
        _groups.Clear();
        foreach (var stage in run.Stages)
        {
            var first = stage.Grid.Tiles[0].Id.Index;
            var ports = hosted.Select(index => index - first).Where(port => port >= 0 && port < stage.Grid.Tiles.Count).ToList();
            if (ports.Count > 0)
            {
                _groups.Add(stage.Stage.Index, new StageGroup(run, stage, ports, _loads));
            }
        }
    }

    /// <summary>The mailbox of a tile is dropped, or another takes its place.</summary>
    internal void Forget(TileId tile) => _loads.Forget(tile);

    /// <summary>Takes a request in the term of the groups.</summary>
    internal void Ask(in Message request, Outbox outbox)
    {
        if (_groups.TryGetValue(request.ReplyTo.Stage.Index, out var group))
        {
            group.Ask(request, outbox);
        }
        else
        {
            outbox.Send(NodeRefusal.Of(
                request, request.Term, Refusal.NotHosted, $"no tile of stage {request.ReplyTo.Stage.Index} is here; assign them in a new term"));
        }
    }

    /// <summary>Takes the answer of a tile.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="isSilent">Whether nothing may be answered now.</param>
    /// <param name="outbox">Takes what the group answers.</param>
    internal void Take(in Message answer, bool isSilent, Outbox outbox)
    {
        _loads.Answered(answer.Tile, answer.Operation);
        if (_groups.TryGetValue(answer.ReplyTo.Stage.Index, out var group))
        {
            group.Take(answer, isSilent, outbox);
        }
    }
}
