using Tessera.Actors.Machines;
using Tessera.Coordination.Training;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Tests.Training;

public class RequestLogTests
{
    private const int Credit = 3;
    private readonly RequestLog _log = new(12);
    private TimeSpan _now;
    private readonly Outbox _outbox = new();

    [Fact]
    public void Requests_go_out_in_order_as_far_as_credit_allows()
    {
        Message[] requests = [Forward(1, 0), Forward(1, 1), Backward(1, 0), Backward(1, 1), Commit(1)];
        foreach (var request in requests)
        {
            _log.Add(request);
            _log.SendWithin(Credit, _now, _outbox);
        }

        Assert.Equal(["Forward 1.0", "Forward 1.1", "Backward 1.0"], Sent());
        Assert.True(IsNews(Answer(Forward(1, 1))));
        Assert.Equal(["Backward 1.1"], SentWithin());
        Assert.Empty(SentWithin());
        Assert.True(IsNews(Answer(Forward(1, 0))));
        Assert.Equal(["Commit 1"], SentWithin());
    }

    [Fact]
    public void Inputs_of_a_step_are_not_sent_again_once_those_of_the_next_lie_in_their_place()
    {
        Send(Forward(1, 0), Backward(1, 0), Commit(1));
        IsNews(Answer(Forward(1, 0)));
        IsNews(Answer(Backward(1, 0)));
        Assert.True(_log.Rewind(new StepId(1)));
        _log.Add(Forward(2, 0));
        _outbox.Clear();

        Assert.Equal(["Backward 1.0", "Commit 1", "Forward 2.0"], SentWithin());
        _outbox.Clear();
        _log.Repeat(_outbox);
        Assert.Equal(["Backward 1.0", "Commit 1", "Forward 2.0"], Sent());
    }

    [Fact]
    public void Only_the_first_answer_to_a_request_is_news()
    {
        Send(Forward(1, 0), Backward(1, 0), Commit(1));

        Assert.True(IsNews(Answer(Forward(1, 0))));
        Assert.False(IsNews(Answer(Forward(1, 0))));
        Assert.True(IsNews(Answer(Commit(1))));
        Assert.False(IsNews(Answer(Commit(1))));
        Assert.True(IsNews(Answer(Backward(1, 0))));
    }

    [Fact]
    public void Answers_to_nothing_are_no_news()
    {
        Send(Forward(2, 0));

        Assert.False(IsNews(Answer(Forward(1, 0))));
        Assert.False(IsNews(Answer(Forward(2, 1))));
        Assert.False(IsNews(Answer(Backward(2, 0))));
        Assert.False(IsNews(Answer(Forward(2, 0) with { Purpose = ReadPurpose.Evaluation })));
        Assert.False(IsNews(Answer(Commit(2))));
    }

    [Fact]
    public void An_answer_to_what_was_not_sent_is_no_news()
    {
        _log.Add(Forward(1, 0));

        Assert.False(IsNews(Answer(Forward(1, 0))));
    }

    [Fact]
    public void What_is_unanswered_is_repeated_in_order()
    {
        Send(Forward(1, 0), Forward(1, 1), Backward(1, 0));
        _log.Add(Backward(1, 1));
        IsNews(Answer(Forward(1, 1)));

        _outbox.Clear();
        _log.Repeat(_outbox);

        Assert.Equal(["Forward 1.0", "Backward 1.0"], Sent()); // what was not sent is not repeated either
    }

    [Fact]
    public void A_step_that_is_sent_again_is_news_only_where_an_answer_never_came()
    {
        Send(Forward(1, 0), Backward(1, 0), Commit(1));
        IsNews(Answer(Forward(1, 0)));

        Assert.True(_log.Rewind(new StepId(1)));
        Assert.Equal(["Forward 1.0", "Backward 1.0", "Commit 1"], SentWithin());
        Assert.False(IsNews(Answer(Forward(1, 0))));
        Assert.True(IsNews(Answer(Backward(1, 0))));
        Assert.True(IsNews(Answer(Commit(1))));
    }

    [Fact]
    public void A_step_that_is_sent_again_keeps_to_credit()
    {
        foreach (var request in new[] { Forward(1, 0), Forward(1, 1), Forward(1, 2), Backward(1, 0), Backward(1, 1), Commit(1) })
        {
            _log.Add(request);
        }

        SentWithin();
        IsNews(Answer(Forward(1, 0)));
        IsNews(Answer(Forward(1, 1)));
        Assert.Equal(["Backward 1.0", "Backward 1.1"], SentWithin());

        Assert.True(_log.Rewind(new StepId(1)));

        Assert.Equal(["Forward 1.0", "Forward 1.1", "Forward 1.2"], SentWithin());
        Assert.False(IsNews(Answer(Forward(1, 0))));
        Assert.Equal(["Backward 1.0"], SentWithin());
    }

    [Fact]
    public void A_step_is_not_sent_again_when_it_is_confirmed_or_the_next_has_begun()
    {
        Assert.False(_log.Rewind(new StepId(1)));
        Send(Forward(1, 0), Commit(1));
        Assert.False(_log.Rewind(new StepId(2)));
        Send(Forward(2, 0));
        Assert.False(_log.Rewind(new StepId(1))); // its values have been overwritten
        IsNews(Answer(Commit(1)));
        _log.Confirm(new StepId(1));
        Assert.False(_log.Rewind(new StepId(1)));
        Assert.True(_log.Rewind(new StepId(2)));
    }

    [Fact]
    public void A_confirmed_step_makes_room()
    {
        for (ulong step = 1; step < 100; step++)
        {
            Send(Forward(step, 0), Backward(step, 0), Commit(step));
            Assert.Equal(3, Sent().Count);
            IsNews(Answer(Forward(step, 0)));
            IsNews(Answer(Backward(step, 0)));
            Assert.True(IsNews(Answer(Commit(step))));
            Assert.Equal(0, _log.Confirm(new StepId(step)));
        }
    }

    [Fact]
    public void A_commit_is_confirmed_by_what_the_tile_says_of_a_later_step()
    {
        Send(Forward(1, 0), Commit(1), Forward(2, 0));

        Assert.Equal(1, _log.Confirm(new StepId(1)));
        Assert.Equal(0, _log.Confirm(new StepId(1)));
        Assert.False(IsNews(Answer(Commit(1))));
        _outbox.Clear();
        _log.Repeat(_outbox);
        Assert.Equal(["Forward 2.0"], Sent());
    }

    [Fact]
    public void A_gradient_that_is_still_wanted_outlives_the_confirmation_of_its_step()
    {
        Send(Forward(1, 0), Backward(1, 0) with { WantsInputGradient = true }, Commit(1));
        IsNews(Answer(Commit(1)));
        _log.Confirm(new StepId(1));

        _outbox.Clear();
        _log.Repeat(_outbox);
        Assert.Equal(["Backward 1.0"], Sent());
        Assert.True(IsNews(Answer(Backward(1, 0))));
        _log.Repeat(_outbox);
        Assert.Empty(Sent());
    }

    [Fact]
    public void Answered_evaluation_reads_make_room()
    {
        for (var chunk = 0; chunk < 100; chunk++)
        {
            var read = Forward(5, chunk) with { Purpose = ReadPurpose.Evaluation };
            Send(read);
            Assert.True(IsNews(Answer(read)));
        }
    }

    [Fact]
    public void More_than_there_can_be_is_a_defect_that_is_reported()
    {
        for (var i = 0; i < 12; i++)
        {
            _log.Add(Forward(1, i));
        }

        Assert.Contains("report", Assert.Throws<InvalidOperationException>(() => _log.Add(Forward(1, 12))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_answer_tells_when_its_request_was_sent_first()
    {
        _now = TimeSpan.FromSeconds(1);
        Send(Forward(1, 0), Forward(1, 1));
        _now = TimeSpan.FromSeconds(2);
        _log.Repeat(_outbox);

        Assert.True(_log.Answer(Answer(Forward(1, 1)), out var sentAt));
        Assert.Equal(TimeSpan.FromSeconds(1), sentAt);

        Assert.True(_log.Rewind(new StepId(1)));
        SentWithin();
        Assert.True(_log.Answer(Answer(Forward(1, 0)), out sentAt));
        Assert.Equal(TimeSpan.FromSeconds(2), sentAt);
    }

    private static Message Forward(ulong step, int vector) => Request(MessageKind.Forward, step, vector);

    private static Message Backward(ulong step, int vector) => Request(MessageKind.Backward, step, vector);

    private static Message Commit(ulong step) => Request(MessageKind.Commit, step, 0) with { Vectors = new VectorRange(0, 9) };

    private static Message Request(MessageKind kind, ulong step, int vector) =>
        new() { Kind = kind, To = Recipient.Tile, Step = new StepId(step), Vectors = new VectorRange(vector, 1) };

    private static Message Answer(in Message request) => request with
    {
        To = Recipient.Coordinator,
        Kind = request.Kind switch
        {
            MessageKind.Forward => MessageKind.Output,
            MessageKind.Backward => MessageKind.InputGradient,
            _ => MessageKind.Committed,
        },
    };

    private bool IsNews(in Message reply) => _log.Answer(reply, out _);

    private void Send(params Message[] requests)
    {
        _outbox.Clear();
        foreach (var request in requests)
        {
            _log.Add(request);
        }

        _log.SendWithin(100, _now, _outbox);
    }

    private List<string> SentWithin()
    {
        _outbox.Clear();
        _log.SendWithin(Credit, _now, _outbox);
        return Sent();
    }

    private List<string> Sent()
    {
        var sent = new List<string>();
        for (var i = 0; i < _outbox.Count; i++)
        {
            sent.Add($"{_outbox[i].Kind} {_outbox[i].Step.Value}{(_outbox[i].Kind == MessageKind.Commit ? "" : $".{_outbox[i].Vectors.First}")}");
        }

        _outbox.Clear();
        return sent;
    }
}
