using Tessera.Actors.Machines;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Machines;

public sealed class StoreClientMachineTests
{
    private static readonly StoreClientSettings Settings = new()
    {
        TimeLimit = TimeSpan.FromSeconds(10),
        RetryDelayMin = TimeSpan.FromSeconds(1),
        RetryDelayMax = TimeSpan.FromSeconds(3),
        Attempts = 4,
        OutstandingMax = 2,
        WaitingMax = 3,
    };

    private readonly StoreClientMachine _client = new(Settings);
    private readonly MachineHarness _harness;

    public StoreClientMachineTests() => _harness = new MachineHarness(_client);

    [Fact]
    public void A_request_goes_to_the_store_under_a_number_of_its_own_and_the_answer_to_the_asker()
    {
        var first = _harness.One(Put(tile: 3, ticket: 1));
        var second = _harness.One(Put(tile: 4, ticket: 1));
        Assert.Equal((MessageKind.PutBlob, Recipient.Store, Recipient.StoreClient), (first.Kind, first.To, first.From));
        Assert.NotEqual(first.Operation, second.Operation);
        Assert.Equal(new byte[] { 3 }, first.Blob);

        var answer = _harness.One(Stored(second));

        Assert.Equal((MessageKind.BlobStored, Recipient.Tile, Recipient.StoreClient), (answer.Kind, answer.To, answer.From));
        Assert.Equal((new TileId(4), 1UL, BlobHash.Of([4])), (answer.Tile, answer.Operation, answer.Hash));
        Assert.Equal((new Term(2), new StepId(9)), (answer.Term, answer.Step));
        Assert.Null(answer.Blob);
    }

    [Fact]
    public void All_four_requests_get_their_answers_with_what_they_carry()
    {
        var hash = BlobHash.Of([1]);
        var get = _harness.One(Put(1, 5) with { Kind = MessageKind.GetBlob, Blob = null, Hash = hash });
        var read = _harness.One(Answer(get, MessageKind.BlobRead) with { Blob = [1] });
        Assert.Equal((MessageKind.BlobRead, hash, 5UL), (read.Kind, read.Hash, read.Operation));
        Assert.Equal(new byte[] { 1 }, read.Blob);

        var manifest = new object();
        var commit = _harness.One(Coordinator(MessageKind.CommitManifest) with { Body = manifest });
        Assert.Same(manifest, commit.Body);
        var stored = _harness.One(Answer(commit, MessageKind.ManifestStored));
        Assert.Equal((MessageKind.ManifestStored, Recipient.Coordinator, TileId.None), (stored.Kind, stored.To, stored.Tile));

        var ask = _harness.One(Coordinator(MessageKind.ReadManifest));
        Assert.Same(manifest, _harness.One(Answer(ask, MessageKind.ManifestRead) with { Body = manifest }).Body);
    }

    [Theory]
    [InlineData(Refusal.OlderTerm)]
    [InlineData(Refusal.Missing)]
    [InlineData(Refusal.Damaged)]
    [InlineData(Refusal.Unfit)]
    public void What_no_attempt_can_mend_is_given_through_at_once(Refusal refusal)
    {
        var answer = _harness.One(Failed(_harness.One(Put(1, 1)), refusal));

        Assert.Equal((MessageKind.StoreFailed, refusal, "the store said no"), (answer.Kind, answer.Refusal, answer.Detail));
        Assert.Equal((Recipient.Tile, 1UL), (answer.To, answer.Operation));
    }

    [Theory]
    [InlineData(Refusal.Unavailable)]
    [InlineData(Refusal.Full)]
    public void What_an_attempt_may_mend_is_tried_again_after_growing_pauses_and_then_given_up(Refusal refusal)
    {
        var attempt = _harness.One(Put(1, 1));
        foreach (var pause in new[] { 1.0, 2.0, 3.0 })
        {
            _harness.None(Failed(attempt, refusal));
            Assert.Empty(_harness.Advance(pause - 0.01));
            attempt = Assert.Single(_harness.Advance(0.01));
            Assert.Equal(new byte[] { 1 }, attempt.Blob);
        }

        var answer = _harness.One(Failed(attempt, refusal));

        Assert.Equal((MessageKind.StoreFailed, refusal, 1UL), (answer.Kind, answer.Refusal, answer.Operation));
        Assert.Contains("the store said no", answer.Detail, StringComparison.Ordinal);
        Assert.Contains("4 attempts", answer.Detail, StringComparison.Ordinal);
        Assert.Empty(_harness.Advance(1000));
    }

    [Fact]
    public void Silence_is_a_failure_after_the_time_limit()
    {
        _harness.One(Put(1, 1));
        Assert.Empty(_harness.Advance(10));
        var second = Assert.Single(_harness.Advance(1));
        Assert.Equal(MessageKind.PutBlob, second.Kind);

        var sent = _harness.Advance(1000);

        Assert.Equal([MessageKind.PutBlob, MessageKind.PutBlob, MessageKind.StoreFailed], sent.Select(message => message.Kind));
        Assert.Equal(Refusal.Unavailable, sent[2].Refusal);
        Assert.Contains("did not answer", sent[2].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_good_answer_that_comes_late_is_good()
    {
        var first = _harness.One(Put(1, 1));
        _harness.Advance(10.5);
        Assert.Equal(MessageKind.BlobStored, _harness.One(Stored(first)).Kind);
        Assert.Empty(_harness.Advance(1000));
    }

    [Fact]
    public void A_late_failure_of_an_earlier_attempt_does_not_cost_one()
    {
        var first = _harness.One(Put(1, 1));
        var second = Assert.Single(_harness.Advance(11));

        _harness.None(Failed(first, Refusal.Unavailable));

        Assert.Equal(MessageKind.BlobStored, _harness.One(Stored(second)).Kind);
    }

    [Fact]
    public void Answers_that_come_twice_or_to_nothing_are_ignored()
    {
        var put = _harness.One(Put(1, 1));
        _harness.One(Stored(put));

        _harness.None(Stored(put));
        _harness.None(Failed(put, Refusal.Damaged));
        _harness.None(Stored(put) with { Operation = 77 << 8 });
        Assert.Equal(0, _client.Unanswered);
    }

    [Fact]
    public void An_answer_of_the_wrong_kind_is_a_failure()
    {
        var answer = _harness.One(Answer(_harness.One(Put(1, 1)), MessageKind.ManifestStored));

        Assert.Equal((MessageKind.StoreFailed, Refusal.Unfit), (answer.Kind, answer.Refusal));
    }

    [Fact]
    public void Only_so_many_requests_are_at_the_store_and_the_others_follow_in_order()
    {
        var first = _harness.One(Put(1, 1));
        _harness.One(Put(2, 1));
        _harness.None(Put(3, 1));
        _harness.None(Put(4, 1));

        var sent = _harness.Send(Stored(first));
        Assert.Equal([MessageKind.BlobStored, MessageKind.PutBlob], sent.Select(message => message.Kind));
        Assert.Equal(3, sent[1].Tile.Index);
        var then = _harness.Send(Failed(sent[1], Refusal.Damaged));
        Assert.Equal(4, then[1].Tile.Index);
    }

    [Fact]
    public void More_waiting_requests_than_there_can_be_are_a_defect()
    {
        for (var tile = 0; tile < 5; tile++)
        {
            _harness.Send(Put(tile, 1));
        }

        var error = Assert.Throws<InvalidOperationException>(() => _harness.Send(Put(5, 1)));

        Assert.Contains("3 requests that wait", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Requests_of_nobody_are_a_defect() =>
        Assert.Throws<InvalidOperationException>(() => _harness.Send(Put(1, 1) with { From = Recipient.None }));

    [Fact]
    public void A_store_in_this_process_needs_no_timer()
    {
        var harness = new MachineHarness(new StoreClientMachine(StoreClientSettings.Local));
        harness.One(Stored(harness.One(Put(1, 1))));

        Assert.Empty(harness.Timers);
    }

    [Fact]
    public void Bytes_are_not_kept_after_the_answer()
    {
        var blob = PutAndAnswer();
        GC.Collect();

        Assert.False(blob.IsAlive);
        GC.KeepAlive(_client);
    }

    [Fact]
    public void Settings_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new StoreClientMachine(Settings with { Attempts = 256 }));
        Assert.Throws<ArgumentException>(() => new StoreClientMachine(Settings with { TimeLimit = TimeSpan.Zero }));
        Assert.Throws<ArgumentException>(() => new StoreClientMachine(Settings with { RetryDelayMax = TimeSpan.FromMilliseconds(1) }));
        Assert.Throws<ArgumentException>(() => new StoreClientMachine(Settings with { OutstandingMax = 0 }));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private WeakReference PutAndAnswer()
    {
        // Three, so that two pass through the slots and one through the queue; the collected harness lists go with this frame.
        var outbox = new Outbox();
        var blob = new byte[100];
        for (var tile = 0; tile < 3; tile++)
        {
            _client.Handle(TimeSpan.Zero, Put(tile, 1) with { Blob = blob }, outbox);
        }

        for (var i = 0; i < 3; i++)
        {
            var put = outbox[i == 2 ? 3 : i];
            _client.Handle(TimeSpan.Zero, Answer(put, MessageKind.BlobStored) with { Hash = BlobHash.Of(blob) }, outbox);
        }

        Assert.Equal(0, _client.Unanswered);
        return new WeakReference(blob);
    }

    private static Message Put(int tile, ulong ticket) => new()
    {
        Kind = MessageKind.PutBlob,
        To = Recipient.StoreClient,
        From = Recipient.Tile,
        Tile = new TileId(tile),
        Term = new Term(2),
        Step = new StepId(9),
        Operation = ticket,
        Blob = [(byte)tile],
    };

    private static Message Coordinator(MessageKind kind) => new()
    {
        Kind = kind,
        To = Recipient.StoreClient,
        From = Recipient.Coordinator,
        Tile = TileId.None,
        Operation = 8,
    };

    private static Message Answer(in Message request, MessageKind kind) => new()
    {
        Kind = kind,
        To = Recipient.StoreClient,
        From = Recipient.Store,
        Operation = request.Operation,
    };

    private static Message Stored(in Message put) => Answer(put, MessageKind.BlobStored) with { Hash = BlobHash.Of(put.Blob) };

    private static Message Failed(in Message request, Refusal refusal) =>
        Answer(request, MessageKind.StoreFailed) with { Refusal = refusal, Detail = "the store said no" };
}
