using Tessera.Actors.Edges;
using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Edges;

public class LocalEdgeTests
{
    private const int Tiles = 6;
    private const int Rounds = 500;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Every_message_arrives_once_and_in_the_order_of_its_mailbox(int threads)
    {
        using var edge = new LocalEdge(threads);
        var collector = new FanOut();
        var counters = Enumerable.Range(0, Tiles).Select(_ => new Counter()).ToArray();
        edge.Add(Recipient.Coordinator, collector, 4 * Tiles);
        for (var tile = 0; tile < Tiles; tile++)
        {
            edge.AddTile(new TileId(tile), counters[tile], 4);
        }

        edge.Start();
        for (var round = 1; round <= Rounds; round++)
        {
            edge.Post(new Message { Kind = MessageKind.Continue, To = Recipient.Coordinator, Step = new StepId((ulong)round) });
            var answer = edge.Receive();
            Assert.Equal((ulong)round, answer.Step.Value);
            Assert.Equal(Tiles * 2, answer.Vectors.Count);
        }

        Assert.All(counters, counter => Assert.Equal(2UL * Rounds, counter.Handled));
        Assert.All(counters, counter => Assert.True(counter.InOrder));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_failure_in_a_machine_reaches_the_caller_and_stays(int threads)
    {
        using var edge = new LocalEdge(threads);
        edge.AddTile(new TileId(0), new Thrower(), 4);
        edge.Start();
        edge.Post(new Message { Kind = MessageKind.Forward, To = Recipient.Tile });

        Assert.Equal("a broken machine", Assert.Throws<ArithmeticException>(() => edge.Receive()).Message);
        Assert.Throws<ArithmeticException>(() => edge.Receive());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Waiting_for_an_answer_that_nobody_will_send_is_an_error_not_a_hang(int threads)
    {
        using var edge = new LocalEdge(threads);
        edge.AddTile(new TileId(0), new Counter(), 4);
        edge.Start();

        Assert.Throws<InvalidOperationException>(() => edge.Receive());
    }

    [Fact]
    public void A_mailbox_is_bounded()
    {
        using var edge = new LocalEdge(1);
        edge.AddTile(new TileId(0), new Counter(), 2);
        edge.Start();
        edge.Post(new Message { Kind = MessageKind.Forward, To = Recipient.Tile });
        edge.Post(new Message { Kind = MessageKind.Forward, To = Recipient.Tile });

        var error = Assert.Throws<InvalidOperationException>(() => edge.Post(new Message { Kind = MessageKind.Forward, To = Recipient.Tile }));

        Assert.Contains("'T0' is full with 2 messages", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_without_a_mailbox_is_an_error()
    {
        using var edge = new LocalEdge(1);
        edge.Start();

        Assert.Throws<InvalidOperationException>(
            () => edge.Post(new Message { Kind = MessageKind.Forward, To = Recipient.Tile, Tile = new TileId(3) }));
    }

    [Fact]
    public void A_disposed_edge_says_so()
    {
        var edge = new LocalEdge(2);
        edge.Start();
        edge.Dispose();
        edge.Dispose();

        Assert.Throws<ObjectDisposedException>(() => edge.Post(new Message { Kind = MessageKind.Forward, To = Recipient.Tile }));
    }

    [Fact]
    public void A_steady_round_allocates_nothing()
    {
        using var edge = new LocalEdge(1);
        edge.Add(Recipient.Coordinator, new FanOut(), 4 * Tiles);
        for (var tile = 0; tile < Tiles; tile++)
        {
            edge.AddTile(new TileId(tile), new Counter(), 4);
        }

        edge.Start();
        Rounds(edge, 50);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Rounds(edge, 200);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Rounds(LocalEdge edge, int count)
        {
            for (var round = 1; round <= count; round++)
            {
                edge.Post(new Message { Kind = MessageKind.Continue, To = Recipient.Coordinator, Step = new StepId((ulong)round) });
                edge.Receive();
            }
        }
    }

    /// <summary>Sends two messages to every tile and answers the client when all have answered.</summary>
    private sealed class FanOut : IMachine
    {
        private int _answers;

        public void Handle(TimeSpan now, in Message message, Outbox outbox)
        {
            if (message.Kind == MessageKind.Continue)
            {
                _answers = 0;
                for (var tile = 0; tile < 2 * Tiles; tile++)
                {
                    outbox.Send(new Message
                    {
                        Kind = MessageKind.Forward,
                        To = Recipient.Tile,
                        Tile = new TileId(tile % Tiles),
                        ReplyTo = new EdgeId(StageId.Input, tile),
                        Step = message.Step,
                        Vectors = new VectorRange(tile / Tiles, 1),
                    });
                }
            }
            else if (++_answers == 2 * Tiles)
            {
                outbox.Send(new Message
                {
                    Kind = MessageKind.StepDone,
                    To = Recipient.Client,
                    Step = message.Step,
                    Vectors = new VectorRange(0, _answers),
                });
            }
        }
    }

    /// <summary>Counts without any lock: only an edge that runs one message at a time gets the count right.</summary>
    private sealed class Counter : IMachine
    {
        private (ulong Step, int First) _last;

        public ulong Handled { get; private set; }

        public bool InOrder { get; private set; } = true;

        public void Handle(TimeSpan now, in Message message, Outbox outbox)
        {
            Handled++;
            var place = (message.Step.Value, message.Vectors.First);
            InOrder &= place.CompareTo(_last) > 0;
            _last = place;
            Thread.SpinWait(message.Tile.Index * 20);
            outbox.Send(new Message { Kind = MessageKind.Output, To = Recipient.Coordinator, ReplyTo = message.ReplyTo, Step = message.Step });
        }
    }

    private sealed class Thrower : IMachine
    {
        public void Handle(TimeSpan now, in Message message, Outbox outbox) => throw new ArithmeticException("a broken machine");
    }
}
