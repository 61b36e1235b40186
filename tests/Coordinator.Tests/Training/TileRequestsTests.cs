using Tessera.Actors.Machines;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Tests.Training;

public class TileRequestsTests
{
    private const int MicroBatches = 20;
    private readonly NetworkPlan _plan = PlanBuilder.Build(Networks.Mlp());
    private readonly TileRequests _requests;
    private readonly Outbox _outbox = new();

    public TileRequestsTests()
    {
        _requests = new TileRequests(_plan, MicroBatches);
        _requests.Reset([new PeerId(3), new PeerId(4)]);
        _requests.Use(_outbox, TimeSpan.Zero);
    }

    [Fact]
    public void Requests_go_to_the_process_that_hosts_the_group()
    {
        _requests.Send(Request(MessageKind.Forward, 1, 1));

        Assert.Equal(4, _outbox[0].Peer.Value);
        Assert.Equal(4, _requests.HostOf(new TileId(1)).Value);
    }

    [Fact]
    public void A_group_never_has_more_requests_than_its_credit_and_gets_all_in_order()
    {
        for (var vector = 0; vector < MicroBatches; vector++)
        {
            _requests.Send(Request(MessageKind.Forward, 0, 1, vector));
        }

        Assert.Equal(TileRequests.Credit, _outbox.Count);
        for (var vector = 0; vector < MicroBatches; vector++)
        {
            Assert.Equal(vector, _outbox[vector].Vectors.First);
            Assert.True(_requests.Accept(Answer(_outbox[vector])));
            Assert.Equal(Math.Min(MicroBatches, vector + 1 + TileRequests.Credit), _outbox.Count);
        }

        Assert.Equal((ulong)MicroBatches, _requests.News);
    }

    [Fact]
    public void Credit_is_by_group()
    {
        for (var vector = 0; vector < MicroBatches; vector++)
        {
            _requests.Send(Request(MessageKind.Forward, 0, 1, vector));
        }

        _requests.Send(Request(MessageKind.Forward, 1, 1));

        Assert.Equal(TileRequests.Credit + 1, _outbox.Count);
    }

    [Fact]
    public void Commits_are_outstanding_until_they_are_confirmed_once()
    {
        var commit = Request(MessageKind.Commit, 0, 1);
        _requests.Send(commit);
        _requests.Send(Request(MessageKind.Commit, 1, 1));
        Assert.Equal(2, _requests.CommitsOutstanding);

        Assert.True(_requests.Accept(Answer(commit)));
        Assert.False(_requests.Accept(Answer(commit)));

        Assert.Equal((1, 1ul), (_requests.CommitsOutstanding, _requests.News));
    }

    [Fact]
    public void An_answer_of_the_next_step_confirms_a_commit_whose_answer_was_lost()
    {
        var next = Request(MessageKind.Forward, 0, 2);
        _requests.Send(Request(MessageKind.Commit, 0, 1));
        _requests.Send(next);

        Assert.True(_requests.Accept(Answer(next)));

        Assert.Equal(0, _requests.CommitsOutstanding);
        Assert.False(_requests.Accept(Answer(Request(MessageKind.Commit, 0, 1))));
        Assert.Equal(0, _requests.CommitsOutstanding);
    }

    [Fact]
    public void Everything_unanswered_is_repeated_to_all_groups()
    {
        _requests.Send(Request(MessageKind.Forward, 0, 1));
        _requests.Send(Request(MessageKind.Forward, 1, 1));
        _requests.Send(Request(MessageKind.Backward, 1, 1));
        _requests.Accept(Answer(Request(MessageKind.Forward, 1, 1)));
        _outbox.Clear();

        _requests.Repeat();

        Assert.Equal([(MessageKind.Forward, 0), (MessageKind.Backward, 1)], Sent());
    }

    [Fact]
    public void A_replay_sends_a_step_to_the_group_of_the_tile_again()
    {
        _requests.Send(Request(MessageKind.Forward, 0, 1));
        _requests.Send(Request(MessageKind.Forward, 1, 1));
        _requests.Send(Request(MessageKind.Backward, 1, 1));
        _requests.Accept(Answer(Request(MessageKind.Forward, 1, 1)));
        _outbox.Clear();

        Assert.True(_requests.Replay(new TileId(1), new StepId(1)));

        Assert.Equal([(MessageKind.Forward, 1), (MessageKind.Backward, 1)], Sent());
        Assert.False(_requests.Replay(new TileId(1), new StepId(7)));
    }

    [Fact]
    public void A_new_term_forgets_everything()
    {
        _requests.Send(Request(MessageKind.Commit, 0, 1));
        _requests.Reset([new PeerId(5), new PeerId(5)]);
        _outbox.Clear();

        Assert.Equal(0, _requests.CommitsOutstanding);
        Assert.False(_requests.Accept(Answer(Request(MessageKind.Commit, 0, 1))));
        _requests.Repeat();
        Assert.Equal(0, _outbox.Count);
        Assert.Equal(5, _requests.HostOf(new TileId(0)).Value);
    }

    private Message Request(MessageKind kind, int tile, ulong step, int vector = 0) => new()
    {
        Kind = kind,
        To = Recipient.Node,
        Tile = TileId.None,
        ReplyTo = new EdgeId(_plan.Tiles[tile].Stage, 0),
        Step = new StepId(step),
        Vectors = new VectorRange(vector, 1),
    };

    private static Message Answer(in Message request) => request with
    {
        Kind = request.Kind switch
        {
            MessageKind.Forward => MessageKind.Output,
            MessageKind.Backward => MessageKind.InputGradient,
            _ => MessageKind.Committed,
        },
    };

    private List<(MessageKind Kind, int Tile)> Sent() =>
        [.. Enumerable.Range(0, _outbox.Count).Select(i => (_outbox[i].Kind, _plan.Stages[_outbox[i].ReplyTo.Stage.Index].Grid!.Tiles[0].Id.Index))];
}
