using Tessera.Actors.Machines;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Machines;

/// <summary>A node with tiles 0, 1 and 3 of four that add up; the test is the coordinator and the tiles.</summary>
public sealed class StageGroupTests : IDisposable
{
    private static readonly PeerId Coordinator = new(5);
    private static readonly EdgeId Edge = new(new StageId(1), 2);
    private readonly List<TileMachine> _built = [];
    private readonly MachineHarness _node;

    public StageGroupTests()
    {
        _node = new MachineHarness(new NodeMachine((run, stage, tile) =>
        {
            _built.Add(new TileMachine(TileBuilder.Describe(run, tile), new PerfectTile(TileBench.Shape)));
            return _built[^1];
        }));
        Assign(1);
    }

    public void Dispose() => _built.ForEach(machine => machine.Dispose());

    [Fact]
    public void A_request_reaches_every_tile_with_its_own_inputs()
    {
        var sent = _node.Send(Forward(1));

        Assert.Equal([0, 1, 3], sent.Select(message => message.Tile.Index));
        Assert.All(sent, message => Assert.Equal((Recipient.Tile, Recipient.Node, Coordinator), (message.To, message.From, message.Peer)));
        Assert.Equal([[0f, 1f], [2f, 3f], [4f, 5f]], sent.Select(message => message.Payload.Row(0).ToArray()));
        Assert.Equal([[6f, 7f], [8f, 9f], [10f, 11f]], sent.Select(message => message.Payload.Row(1).ToArray()));
    }

    [Fact]
    public void The_last_answer_brings_the_sums_of_whole_subtrees_to_the_asker()
    {
        var sent = _node.Send(Forward(1) with { Operation = 77 });
        _node.None(Output(sent[2], 100));
        _node.None(Output(sent[0], 1));
        var answer = _node.One(Output(sent[1], 10));

        Assert.Equal((MessageKind.Output, Recipient.Coordinator, Coordinator, Edge), (answer.Kind, answer.To, answer.Peer, answer.ReplyTo));
        Assert.Equal((TileId.None, new Term(1), new StepId(1), 77ul), (answer.Tile, answer.Term, answer.Step, answer.Operation));
        Assert.Equal([11f, 100f, 11f, 100f], answer.Payload.Dense.ToArray()); // 0 + 1, and 3 alone, for two vectors
    }

    [Fact]
    public void What_another_process_sent_is_copied_and_what_this_one_sent_is_not()
    {
        var request = Forward(1);
        var sent = _node.Send(request);
        request.Payload.Dense.Fill(-1);
        Assert.Equal([0f, 1f], sent[0].Payload.Row(0).ToArray());

        AnswerAll(sent);
        var own = Forward(1) with { Peer = PeerId.Here };
        Assert.Same(own.Payload.Values, _node.Send(own)[0].Payload.Values);
    }

    [Fact]
    public void Nobody_holds_the_memory_of_what_was_copied()
    {
        var first = _node.Send(Forward(1) with { Lease = new NoLease() });
        Assert.All(first, message => Assert.Null(message.Lease));

        _node.One(Failure(first[0], MessageKind.Refused, Refusal.OutOfStep)); // it is told to the coordinator, which asks again
        Assert.Null(_node.One(Forward(1) with { Lease = new NoLease() }).Lease);
    }

    [Fact]
    public void Gradients_and_commits_are_answered_once_for_all()
    {
        var backward = _node.Send(Backward(1, wants: true));
        Assert.All(backward, message => Assert.True(message.WantsInputGradient));
        var gradient = AnswerAll(backward, message => TileBench.Numbers(2, 2, message.Tile.Index))!.Value;
        Assert.Equal((MessageKind.InputGradient, 6), (gradient.Kind, gradient.Payload.Columns));
        Assert.Equal(TileBench.Numbers(2, 2, 3).Row(1).ToArray(), gradient.Payload.Row(1)[4..].ToArray());

        var unwanted = AnswerAll(_node.Send(Backward(2, wants: false)))!.Value;
        Assert.Equal((MessageKind.InputGradient, 0), (unwanted.Kind, unwanted.Payload.Rows));
        var committed = AnswerAll(_node.Send(Request(MessageKind.Commit, 2) with { SnapshotAfter = true }))!.Value;
        Assert.Equal((MessageKind.Committed, new StepId(2), Coordinator), (committed.Kind, committed.Step, committed.Peer));
    }

    [Fact]
    public void Evaluation_has_rows_of_its_own_and_one_read_at_a_time()
    {
        var training = _node.Send(Forward(1));
        var evaluation = _node.Send(Evaluation(100));
        Assert.Equal(3, evaluation.Count);
        Assert.NotSame(training[0].Payload.Values, evaluation[0].Payload.Values);

        Assert.Equal(Refusal.Unavailable, _node.One(Evaluation(102)).Refusal);
        Assert.Equal(ReadPurpose.Evaluation, AnswerAll(evaluation)!.Value.Purpose);
        Assert.Equal(3, _node.Send(Evaluation(102)).Count);
    }

    [Fact]
    public void A_repeat_while_tiles_work_sends_nothing_and_a_later_one_asks_again()
    {
        var sent = _node.Send(Forward(1));
        _node.None(Output(sent[0], 1));
        _node.None(Forward(1));
        _node.None(Output(sent[1], 1));
        Assert.Equal(MessageKind.Output, _node.One(Output(sent[2], 1)).Kind);

        _node.None(Output(sent[2], 1)); // comes twice
        Assert.Equal(3, _node.Send(Forward(1)).Count);
    }

    [Theory]
    [InlineData(MessageKind.NeedsForward, Refusal.None)]
    [InlineData(MessageKind.Refused, Refusal.OutOfStep)]
    public void What_a_tile_cannot_do_the_asker_learns_at_once_and_once(MessageKind kind, Refusal refusal)
    {
        var sent = _node.Send(Request(MessageKind.Commit, 1) with { Operation = 8 });

        var answer = _node.One(Failure(sent[1], kind, refusal));
        Assert.Equal((kind, refusal, Recipient.Coordinator, Coordinator), (answer.Kind, answer.Refusal, answer.To, answer.Peer));
        Assert.Equal((new TileId(1), Edge, 8ul, "no"), (answer.Tile, answer.ReplyTo, answer.Operation, answer.Detail));
        _node.None(Failure(sent[0], kind, refusal));
        _node.None(Answer(sent[2]));
        Assert.Equal(3, _node.Send(Request(MessageKind.Commit, 1)).Count);
    }

    [Fact]
    public void Asked_again_after_a_failure_no_tile_has_two_messages_and_an_old_failure_is_mended()
    {
        var sent = _node.Send(Request(MessageKind.Commit, 1));
        _node.One(Failure(sent[0], MessageKind.NeedsForward));
        _node.None(Answer(sent[1]));

        Assert.Equal(0, _node.One(Request(MessageKind.Commit, 1)).Tile.Index); // 1 is done, 3 has not answered yet
        var again = _node.One(Failure(sent[2], MessageKind.NeedsForward)); // of the first attempt
        Assert.Equal((MessageKind.Commit, Recipient.Tile, 3), (again.Kind, again.To, again.Tile.Index));
        _node.None(Answer(again));
        Assert.Equal(MessageKind.Committed, _node.One(Answer(sent[0])).Kind);
    }

    [Fact]
    public void Vectors_that_a_tile_may_still_read_are_not_overwritten_by_another_step()
    {
        var sent = _node.Send(Forward(1));

        Assert.Equal(Refusal.Unavailable, _node.One(Forward(2)).Refusal);
        Assert.Equal([0f, 1f], sent[0].Payload.Row(0).ToArray());
        AnswerAll(sent);
        Assert.Equal(3, _node.Send(Forward(2)).Count);
    }

    [Fact]
    public void A_group_takes_no_more_than_its_credit()
    {
        for (var step = 1ul; step <= StageGroups.Credit; step++)
        {
            Assert.Equal(3, _node.Send(Request(MessageKind.Commit, step)).Count);
        }

        var refused = _node.One(Request(MessageKind.Commit, 99));
        Assert.Equal((Refusal.Unavailable, Edge, Coordinator), (refused.Refusal, refused.ReplyTo, refused.Peer));
    }

    [Fact]
    public void A_new_term_forgets_what_was_asked_but_not_what_waits_for_its_tiles()
    {
        var old = Enumerable.Range(1, StageGroups.Credit).Select(step => _node.Send(Request(MessageKind.Commit, (ulong)step))).ToList();
        Assign(2);

        Assert.Equal(Refusal.Unavailable, _node.One(Forward(1, term: 2)).Refusal);
        foreach (var message in old[0])
        {
            _node.None(Answer(message));
        }

        var sent = _node.Send(Forward(1, term: 2));
        Assert.Equal(3, sent.Count);
        _node.None(Failure(old[1][0], MessageKind.Refused, Refusal.OlderTerm));
        Assert.Equal(new Term(2), AnswerAll(sent)!.Value.Term);
    }

    [Fact]
    public void Tiles_that_are_built_anew_have_room_and_answers_of_the_old_ones_do_not_count()
    {
        var old = Enumerable.Range(1, StageGroups.Credit).Select(step => _node.Send(Request(MessageKind.Commit, (ulong)step))).ToList();
        Assign(2, fresh: true);
        for (var step = 1ul; step <= StageGroups.Credit; step++)
        {
            Assert.Equal(3, _node.Send(Request(MessageKind.Commit, step, term: 2)).Count);
        }

        _node.None(Answer(old[0][0]));
        Assign(3);
        Assert.Equal(Refusal.Unavailable, _node.One(Forward(1, term: 3)).Refusal);
    }

    [Fact]
    public void While_the_lease_is_lapsed_answers_of_tiles_count_but_go_nowhere()
    {
        var sent = _node.Send(Forward(1));
        _node.None(new Message { Kind = MessageKind.LeaseLapsed, To = Recipient.Node, Tile = TileId.None });
        foreach (var message in sent)
        {
            _node.None(Answer(message));
        }

        _node.None(Forward(1));
        _node.None(new Message { Kind = MessageKind.LeaseHolds, To = Recipient.Node, Tile = TileId.None });
        Assert.Equal(MessageKind.Output, AnswerAll(_node.Send(Forward(1)))!.Value.Kind);
    }

    [Fact]
    public void What_does_not_fit_the_group_is_refused()
    {
        Assert.Equal(Refusal.OlderTerm, _node.One(Forward(1, term: 0)).Refusal);
        Assert.Equal(Refusal.NotHosted, _node.One(Forward(1, term: 2)).Refusal);
        Assert.Equal(Refusal.NotHosted, _node.One(Forward(1) with { ReplyTo = new EdgeId(new StageId(9), 0) }).Refusal);
        Assert.Equal(Refusal.Unfit, _node.One(Forward(1) with { Payload = default }).Refusal);
        Assert.Equal(Refusal.Unfit, _node.One(Forward(1) with { Payload = TileBench.Numbers(2, 8, 0) }).Refusal);
        Assert.Equal(Refusal.Unfit, _node.One(Forward(1) with { Vectors = new VectorRange(1, 2) }).Refusal);
        Assert.Equal(Refusal.Unfit, _node.One(Forward(1) with { Vectors = new VectorRange(-1, 2) }).Refusal);
        Assert.Equal(Refusal.Unfit, _node.One(Answer(_node.Send(Forward(1))[0]) with { Peer = Coordinator }).Refusal);
    }

    [Fact]
    public void A_tile_answers_the_node_that_asked_and_a_snapshot_goes_to_the_coordinator()
    {
        using var tile = new TileBench();
        var answer = tile.One(tile.Forward(1, 0, 1) with { From = Recipient.Node, Operation = 4 });
        Assert.Equal((Recipient.Node, PeerId.Here, 4ul), (answer.To, answer.Peer, answer.Operation));

        tile.One(tile.Backward(1, 0, 1) with { From = Recipient.Node });
        var sent = tile.Send(tile.Commit(1, 1, snapshot: true) with { From = Recipient.Node });
        Assert.Equal((MessageKind.Committed, Recipient.Node), (sent[0].Kind, sent[0].To));
        var snapshotted = tile.One(tile.Store(sent[1]));
        Assert.Equal((Recipient.Coordinator, TileBench.Coordinator), (snapshotted.To, snapshotted.Peer));
    }

    [Fact]
    public void A_tile_that_has_no_gradient_to_repeat_says_so()
    {
        using var tile = new TileBench();
        tile.Step(1, count: 2);

        tile.Refused(tile.Backward(1, 2, 1), Refusal.OutOfStep);
    }

    private void Assign(ulong term, bool fresh = false) => Assert.Equal(MessageKind.Assigned, _node.One(new Message
    {
        Kind = MessageKind.Assign,
        To = Recipient.Node,
        Peer = Coordinator,
        Tile = TileId.None,
        Term = new Term(term),
        Body = new TileAssignment(Blueprints.Grid(4), [new TileId(0), new TileId(1), new TileId(3)], fresh),
    }).Kind);

    private static Message Request(MessageKind kind, ulong step, ulong term = 1) => new()
    {
        Kind = kind,
        To = Recipient.Node,
        Peer = Coordinator,
        Tile = TileId.None,
        ReplyTo = Edge,
        Term = new Term(term),
        Step = new StepId(step),
        Vectors = new VectorRange(0, 2),
    };

    private static Message Forward(ulong step, ulong term = 1)
    {
        var x = AlignedFloats.Dense(2, 6); // parts 0, 1 and 3
        for (var i = 0; i < 12; i++)
        {
            x.Dense[i] = i;
        }

        return Request(MessageKind.Forward, step, term) with { Payload = x };
    }

    private static Message Backward(ulong step, bool wants) =>
        Request(MessageKind.Backward, step) with { Payload = TileBench.Numbers(2, 1, 0), WantsInputGradient = wants };

    private static Message Evaluation(int first) => Forward(1) with { Purpose = ReadPurpose.Evaluation, Vectors = new VectorRange(first, 2) };

    private static Message Output(in Message request, float value)
    {
        var y = AlignedFloats.Dense(2, 1);
        y.Dense.Fill(value);
        return Answer(request) with { Payload = y };
    }

    private static Message Answer(in Message request) => request with
    {
        Kind = request.Kind switch
        {
            MessageKind.Forward => MessageKind.Output,
            MessageKind.Backward => MessageKind.InputGradient,
            _ => MessageKind.Committed,
        },
        To = Recipient.Node,
        From = Recipient.None,
        Peer = PeerId.Here,
        Payload = request.Kind == MessageKind.Forward ? AlignedFloats.Dense(2, 1) : default,
    };

    private static Message Failure(in Message request, MessageKind kind, Refusal refusal = Refusal.None) =>
        Answer(request) with { Kind = kind, Refusal = refusal, Detail = "no", Payload = default };

    /// <summary>Lets every tile answer; returns what the node then says.</summary>
    private Message? AnswerAll(IEnumerable<Message> requests, Func<Message, Tensor>? payload = null)
    {
        Message? last = null;
        foreach (var request in requests)
        {
            var answer = Answer(request);
            Assert.Null(last);
            last = _node.Send(payload is null ? answer : answer with { Payload = payload(request) }).Cast<Message?>().SingleOrDefault();
        }

        return last;
    }

    private sealed class NoLease : IPayloadLease
    {
        public void Retain()
        {
        }

        public void Release()
        {
        }
    }
}
