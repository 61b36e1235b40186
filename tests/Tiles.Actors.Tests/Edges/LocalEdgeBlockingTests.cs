using Tessera.Actors.Edges;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Edges;

public class LocalEdgeBlockingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_machine_that_may_block_runs_on_a_thread_of_its_own(int threads)
    {
        using var edge = new LocalEdge(threads);
        var names = new HashSet<string?>();
        edge.AddBlocking(Recipient.Store, new ScriptMachine((_, message, outbox) =>
        {
            names.Add(Thread.CurrentThread.Name);
            outbox.Send(message with { To = Recipient.Client });
        }), 8);
        edge.Start();
        for (var i = 0UL; i < 100; i++)
        {
            edge.Post(ToStore(i));
            Assert.Equal(i, edge.Receive().Operation);
        }

        Assert.Equal("tessera-Store", Assert.Single(names));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void While_it_blocks_everybody_else_goes_on_and_the_caller_waits_for_it(int threads)
    {
        using var edge = new LocalEdge(threads);
        using var go = new ManualResetEventSlim();
        edge.AddBlocking(Recipient.Store, new ScriptMachine((_, message, outbox) =>
        {
            go.Wait();
            outbox.Send(message with { To = Recipient.Coordinator });
        }), 8);
        edge.Add(Recipient.Coordinator, new ScriptMachine((_, message, outbox) => outbox.Send(message with { To = Recipient.Client })), 8);
        edge.Start();
        edge.Post(ToStore(1));
        edge.Post(new Message { Kind = MessageKind.Continue, To = Recipient.Coordinator, Operation = 2 });
        Assert.Equal(2UL, edge.Receive().Operation);

        go.Set();

        Assert.Equal(1UL, edge.Receive().Operation);
        Assert.Throws<InvalidOperationException>(() => edge.Receive());
    }

    [Fact]
    public void It_handles_one_message_at_a_time_in_order_of_arrival()
    {
        using var edge = new LocalEdge(2);
        var running = 0;
        var overlapped = false;
        edge.AddBlocking(Recipient.Store, new ScriptMachine((_, message, outbox) =>
        {
            overlapped |= Interlocked.Increment(ref running) > 1;
            outbox.Send(message with { To = Recipient.Client });
            Interlocked.Decrement(ref running);
        }), 50);
        edge.Start();
        for (var i = 0UL; i < 50; i++)
        {
            edge.Post(ToStore(i));
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => (ulong)i), Enumerable.Range(0, 50).Select(_ => edge.Receive().Operation));
        Assert.False(overlapped);
    }

    [Fact]
    public void Its_queue_is_bounded()
    {
        using var edge = new LocalEdge(1);
        using var runs = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        edge.AddBlocking(Recipient.Control, new ScriptMachine((_, _, _) =>
        {
            runs.Set();
            go.Wait();
        }), 1);
        edge.Start();
        var message = new Message { Kind = MessageKind.Join, To = Recipient.Control };
        edge.Post(message);
        runs.Wait();
        edge.Post(message);

        Assert.Contains("'Control' is full", Assert.Throws<InvalidOperationException>(() => edge.Post(message)).Message, StringComparison.Ordinal);
        go.Set();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Its_failure_reaches_the_caller_and_stays(int threads)
    {
        using var edge = new LocalEdge(threads);
        edge.AddBlocking(Recipient.Store, new ScriptMachine((_, _, _) => throw new ArithmeticException("a broken store")), 4);
        edge.Start();
        edge.Post(ToStore(1));
        edge.Post(ToStore(2));

        Assert.Equal("a broken store", Assert.Throws<ArithmeticException>(() => edge.Receive()).Message);
        Assert.Throws<ArithmeticException>(() => edge.Receive());
    }

    [Fact]
    public void Disposal_waits_for_the_message_that_is_handled_and_drops_the_rest()
    {
        using var runs = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var store = new ScriptMachine((_, _, _) =>
        {
            runs.Set();
            go.Wait();
            Thread.SpinWait(100_000);
        });
        var edge = new LocalEdge(1);
        edge.AddBlocking(Recipient.Store, store, 4);
        edge.Start();
        edge.Post(ToStore(1));
        edge.Post(ToStore(2));
        edge.Post(ToStore(3));
        runs.Wait();
        var disposal = new Thread(edge.Dispose);
        disposal.Start();
        while (!IsDisposed(edge))
        {
            Thread.Yield();
        }

        Assert.Equal(0, store.Handled);
        go.Set();
        disposal.Join();

        Assert.Equal(1, store.Handled);
        Assert.False(store.IsDisposed);
    }

    [Fact]
    public void A_running_edge_takes_no_more_of_them()
    {
        using var edge = new LocalEdge(1);
        edge.Start();

        Assert.Throws<InvalidOperationException>(() => edge.AddBlocking(Recipient.Store, new ScriptMachine((_, _, _) => { }), 4));
    }

    private static Message ToStore(ulong number) => new() { Kind = MessageKind.GetBlob, To = Recipient.Store, Operation = number };

    private static bool IsDisposed(LocalEdge edge)
    {
        try
        {
            edge.Post(new Message { Kind = MessageKind.Stopped, To = Recipient.Client });
            edge.Receive();
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
