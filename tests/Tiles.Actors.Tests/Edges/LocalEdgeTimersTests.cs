using Tessera.Actors.Edges;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Edges;

public class LocalEdgeTimersTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_timer_comes_back_to_its_machine_not_before_it_is_due(int threads)
    {
        using var edge = new LocalEdge(threads);
        var due = TimeSpan.Zero;
        var early = false;
        edge.Add(Recipient.Coordinator, new ScriptMachine((now, message, outbox) =>
        {
            if (message.Kind == MessageKind.Start)
            {
                due = now + Soon;
                outbox.SetTimer(due, 42);
                return;
            }

            early = now < due;
            outbox.Send(ScriptMachine.ToClient(message.Operation) with { Vectors = new VectorRange((int)message.Kind, (int)message.To) });
        }), 4);
        edge.Start();
        edge.Post(To(Recipient.Coordinator));

        var answer = edge.Receive();

        Assert.Equal((42UL, (int)MessageKind.Timer, (int)Recipient.Coordinator), (answer.Operation, answer.Vectors.First, answer.Vectors.Count));
        Assert.False(early);
    }

    [Fact]
    public void Timers_come_in_order_of_their_due_times_and_then_of_setting()
    {
        using var edge = new LocalEdge(1);
        edge.Add(Recipient.Coordinator, new ScriptMachine((now, message, outbox) =>
        {
            if (message.Kind == MessageKind.Start)
            {
                outbox.SetTimer(now + Soon, 3);
                outbox.SetTimer(now - Soon, 1);
                outbox.SetTimer(now + Soon, 4);
                outbox.SetTimer(now, 2);
                return;
            }

            outbox.Send(ScriptMachine.ToClient(message.Operation));
        }), 4);
        edge.Start();
        edge.Post(To(Recipient.Coordinator));

        Assert.Equal([1UL, 2UL, 3UL, 4UL], Enumerable.Range(0, 4).Select(_ => edge.Receive().Operation));
        Assert.Throws<InvalidOperationException>(() => edge.Receive());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_timer_fires_although_machines_never_run_out_of_work(int threads)
    {
        using var edge = new LocalEdge(threads);
        var isDue = false;
        edge.Add(Recipient.Coordinator, new ScriptMachine((now, message, outbox) =>
        {
            if (message.Kind == MessageKind.Timer)
            {
                isDue = true;
                outbox.Send(ScriptMachine.ToClient());
            }
            else if (!isDue)
            {
                if (message.Kind == MessageKind.Start)
                {
                    outbox.SetTimer(now + Soon, 1);
                }

                outbox.Send(To(Recipient.Coordinator) with { Kind = MessageKind.Continue });
            }
        }), 4);
        edge.Start();
        edge.Post(To(Recipient.Coordinator));

        Assert.Equal(MessageKind.StepDone, edge.Receive().Kind);
    }

    [Fact]
    public void A_timer_of_a_tile_comes_back_to_this_tile()
    {
        using var edge = new LocalEdge(1);
        for (var tile = 0; tile < 3; tile++)
        {
            var own = tile;
            edge.AddTile(new TileId(tile), new ScriptMachine((now, message, outbox) =>
            {
                if (message.Kind == MessageKind.Timer)
                {
                    outbox.Send(ScriptMachine.ToClient((ulong)(10 * own)) with { Tile = message.Tile });
                }
                else
                {
                    outbox.SetTimer(now, 1);
                }
            }), 4);
        }

        edge.Start();
        edge.Post(To(Recipient.Tile) with { Tile = new TileId(2) });

        var answer = edge.Receive();

        Assert.Equal((20UL, new TileId(2)), (answer.Operation, answer.Tile));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_earlier_timer_wakes_threads_that_sleep_until_a_later_one(int threads)
    {
        using var edge = new LocalEdge(threads);
        using var go = new ManualResetEventSlim();
        edge.Add(Recipient.Coordinator, new ScriptMachine((now, _, outbox) => outbox.SetTimer(now + Never, 1)), 4);
        edge.AddBlocking(Recipient.Store, new ScriptMachine((now, message, outbox) =>
        {
            if (message.Kind == MessageKind.Timer)
            {
                outbox.Send(ScriptMachine.ToClient(7));
                return;
            }

            go.Wait();
            outbox.SetTimer(now, 2);
        }), 4);
        edge.Start();
        edge.Post(To(Recipient.Coordinator));
        edge.Post(To(Recipient.Store));
        go.Set();

        Assert.Equal(7UL, edge.Receive().Operation);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_timer_of_a_tile_that_was_dropped_is_lost(int threads)
    {
        using var edge = new LocalEdge(threads);
        edge.AddTile(new TileId(0), new ScriptMachine((now, _, outbox) =>
        {
            outbox.SetTimer(now + Soon, 1);
            outbox.Send(To(Recipient.Node));
        }), 4);
        edge.Add(Recipient.Node, new ScriptMachine((_, _, outbox) => outbox.Drop(new TileId(0))), 4);
        edge.Start();
        edge.Post(To(Recipient.Tile));

        var error = Assert.Throws<InvalidOperationException>(() => edge.Receive());
        Assert.Contains("no machine has anything to do", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_due_timers_than_a_mailbox_holds_are_a_defect_not_a_loss()
    {
        using var edge = new LocalEdge(1);
        edge.Add(Recipient.Coordinator, new ScriptMachine((now, _, outbox) =>
        {
            outbox.SetTimer(now, 1);
            outbox.SetTimer(now, 2);
        }), 1);
        edge.Start();
        edge.Post(To(Recipient.Coordinator));

        Assert.Contains("is full", Assert.Throws<InvalidOperationException>(() => edge.Receive()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_edge_that_waits_for_a_timer_can_be_disposed(int threads)
    {
        var edge = new LocalEdge(threads);
        edge.Add(Recipient.Coordinator, new ScriptMachine((now, _, outbox) =>
        {
            outbox.SetTimer(now + Never, 1);
            outbox.Send(ScriptMachine.ToClient());
        }), 1);
        edge.Start();
        edge.Post(To(Recipient.Coordinator));
        edge.Receive();
        edge.Dispose();

        Assert.Throws<ObjectDisposedException>(() => edge.Receive());
    }

    private static Message To(Recipient recipient) => new() { Kind = MessageKind.Start, To = recipient };
}
