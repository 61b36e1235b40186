using Tessera.Actors.Reduction;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Actors.Machines;

/// <summary>
/// The tiles of one stage on this node, in one term: a request of the coordinator fans out to them, their answers are added up as far as they belong
/// together, and one message goes back. What a tile cannot do the asker learns at once.
/// </summary>
internal sealed class StageGroup
{
    private readonly RunBlueprint _run;
    private readonly TileStagePlan _stage;
    private readonly GroupLayout _layout;
    private readonly GroupBuffers _buffers;
    private readonly TileLoads _loads;
    private readonly int[] _ordinals; // by port: place among the group's tiles
    private readonly Gather[] _gathers;
    private readonly Tensor[] _parts;

    /// <summary>Creates the group.</summary>
    /// <param name="run">What it is part of.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="ports">Places of the hosted tiles, 1 or more.</param>
    /// <param name="loads">Requests that wait for tiles, of all groups.</param>
    public StageGroup(RunBlueprint run, TileStagePlan stage, IEnumerable<int> ports, TileLoads loads)
    {
        _run = run;
        _stage = stage;
        _layout = new GroupLayout(stage.Grid, ports);
        _buffers = new GroupBuffers(_layout, run.BatchMax, run.EvaluationMax);
        _loads = loads;
        _ordinals = new int[stage.Grid.Tiles.Count];
        Array.Fill(_ordinals, -1);
        for (var tile = 0; tile < _layout.Tiles.Count; tile++)
        {
            _ordinals[_layout.Tiles[tile].Port] = tile;
        }

        _gathers = [.. Enumerable.Range(0, StageGroups.Credit).Select(_ => new Gather(_layout.Tiles.Count))];
        _parts = new Tensor[Math.Max(stage.Grid.InputParts.Count, stage.Grid.OutputParts.Count)];
    }

    /// <summary>Takes a request of the coordinator in this group's term.</summary>
    public void Ask(in Message request, Outbox outbox)
    {
        if (Find(request) is not { } gather)
        {
            Begin(request, outbox);
        }
        else if (gather.HasFailed && !HasRoomFor(gather))
        {
            RefuseForNow(request, outbox);
        }
        else
        {
            gather.Request = request with { Payload = gather.Request.Payload, Lease = null };
            if (gather.HasFailed)
            {
                gather.Resume();
                SendTo(gather, outbox);
            }
        }
    }

    /// <summary>Takes the answer of a tile; nobody waits for one whose gather was forgotten.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="isSilent">Whether nothing may be answered now.</param>
    /// <param name="outbox">Takes the group's answer.</param>
    public void Take(in Message answer, bool isSilent, Outbox outbox)
    {
        var port = answer.Tile.Index - _stage.Grid.Tiles[0].Id.Index;
        var tile = (uint)port < (uint)_ordinals.Length ? _ordinals[port] : -1;
        if (tile < 0 || Find(answer.Operation) is not { } gather || !gather.IsDue(tile))
        {
            return;
        }

        if (answer.Kind == AnswerTo(gather.Request.Kind))
        {
            gather.Take(tile, answer.Payload);
        }
        else if (gather.HasFailed)
        {
            gather.Fail(tile);
        }
        else if (gather.Fail(tile))
        {
            SendTo(gather, outbox);
        }
        else if (!isSilent)
        {
            PassOn(gather.Request, answer, outbox);
        }

        if (gather.IsOver)
        {
            if (!gather.HasFailed && !isSilent)
            {
                Answer(gather, outbox);
            }

            gather.End(); // where it is silent, whoever asked asks again
        }
    }

    private void Begin(in Message request, Outbox outbox)
    {
        if (Find(0) is not { } gather || !HasRoomFor(gather) || IsPlaceTaken(request))
        {
            RefuseForNow(request, outbox);
            return;
        }

        if (!Fits(request, outbox))
        {
            return;
        }

        var isKept = request.Kind != MessageKind.Commit && request.Peer != PeerId.Here; // what another process sent is valid during this call only
        gather.Begin(_loads.NextTicket(), isKept ? request with { Payload = _buffers.Keep(request), Lease = null } : request);
        SendTo(gather, outbox);
    }

    private void RefuseForNow(in Message request, Outbox outbox) => outbox.Send(NodeRefusal.Of(
        request,
        request.Term,
        Refusal.Unavailable,
        $"'{_stage.Name}' works on {StageGroups.Credit} requests, or still reads these vectors of another step; ask again later"));

    /// <summary>Whether the tiles that a gather must send to can take a message.</summary>
    private bool HasRoomFor(Gather gather)
    {
        for (var i = 0; i < _layout.Tiles.Count; i++)
        {
            if (gather.Needs(i) && !_loads.HasRoom(_layout.Tiles[i].Id))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether another read is under way at the places of the same vectors: a tile may not have read yet what lies there.</summary>
    private bool IsPlaceTaken(in Message request)
    {
        foreach (var gather in _gathers)
        {
            if (gather.Ticket != 0 && GroupBuffers.SharesPlaces(gather.Request, request))
            {
                return true;
            }
        }

        return false;
    }

    private bool Fits(in Message request, Outbox outbox)
    {
        if (request.Kind == MessageKind.Commit)
        {
            return true; // the tiles judge
        }

        var (vectors, payload, isEvaluation) = (request.Vectors, request.Payload, GroupBuffers.IsEvaluation(request));
        var most = isEvaluation ? _run.EvaluationMax : _run.BatchMax;
        var columns = _buffers.DirectionOf(request).ReadColumns;
        if (vectors is not { First: >= 0, Count: > 0 } || vectors.Count > most || (!isEvaluation && vectors.First > most - vectors.Count)
            || payload.Values is null || payload.Rows != vectors.Count || payload.Columns != columns)
        {
            outbox.Send(NodeRefusal.Of(
                request,
                request.Term,
                Refusal.Unfit,
                $"'{_stage.Name}' got [{payload.Rows}, {payload.Columns}] as {vectors}, expected [count, {columns}] with at most {most} vectors; "
                + "check the coordinator's version"));
            return false;
        }

        return true;
    }

    private void SendTo(Gather gather, Outbox outbox)
    {
        var request = gather.Request;
        for (var i = 0; i < _layout.Tiles.Count; i++)
        {
            if (!gather.Needs(i))
            {
                continue;
            }

            var tile = _layout.Tiles[i];
            gather.Sent(i);
            _loads.Sent(tile.Id);
            outbox.Send(request with
            {
                To = Recipient.Tile,
                From = Recipient.Node,
                Tile = tile.Id,
                Operation = gather.Ticket,
                Payload = request.Kind switch
                {
                    MessageKind.Forward => request.Payload.Part(_layout.Forward.ColumnOf(tile.InputPart), tile.InSize),
                    MessageKind.Backward => request.Payload.Part(_layout.Backward.ColumnOf(tile.OutputPart), tile.OutSize),
                    _ => default,
                },
            });
        }
    }

    private void Answer(Gather gather, Outbox outbox)
    {
        var request = gather.Request;
        var hasSums = request.Kind == MessageKind.Forward || (request.Kind == MessageKind.Backward && request.WantsInputGradient);
        outbox.Send(request.Answer(AnswerTo(request.Kind), Recipient.None, Recipient.Coordinator) with
        {
            Tile = TileId.None,
            Purpose = request.Purpose,
            Payload = hasSums ? Add(gather) : default,
        });
    }

    private Tensor Add(Gather gather)
    {
        var isForward = gather.Request.Kind == MessageKind.Forward;
        var outputs = _stage.Grid.OutputParts.Count;
        var all = _buffers.SumsOf(gather.Request);
        var sums = _buffers.DirectionOf(gather.Request).Sums;
        for (var part = 0; part < sums.Count; part++)
        {
            var sum = sums[part];
            var count = sum.End - sum.First;
            for (var i = 0; i < count; i++)
            {
                var port = isForward ? ((sum.First + i) * outputs) + sum.Part : (sum.Part * outputs) + sum.First + i;
                _parts[i] = gather.AnswerOf(_ordinals[port]);
            }

            PartialSums.Add(_parts.AsSpan(0, count), all.Part(sum.Column, sum.Size));
        }

        Array.Clear(_parts);
        return all;
    }

    private static void PassOn(in Message request, in Message answer, Outbox outbox) => outbox.Send(answer with
    {
        To = Recipient.Coordinator,
        From = Recipient.None,
        Peer = request.Peer,
        ReplyTo = request.ReplyTo,
        Operation = request.Operation,
        Payload = default,
    });

    private Gather? Find(in Message request)
    {
        foreach (var gather in _gathers)
        {
            if (gather.IsFor(request))
            {
                return gather;
            }
        }

        return null;
    }

    private Gather? Find(ulong ticket)
    {
        foreach (var gather in _gathers)
        {
            if (gather.Ticket == ticket)
            {
                return gather;
            }
        }

        return null;
    }

    private static MessageKind AnswerTo(MessageKind request) => request switch
    {
        MessageKind.Forward => MessageKind.Output,
        MessageKind.Backward => MessageKind.InputGradient,
        _ => MessageKind.Committed,
    };
}
