using Tessera.Actors.Edges;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Edges;

public class LocalEdgeHostingTests
{
    private static readonly TileId Tile = new(1);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Tiles_are_hosted_while_the_edge_runs_and_can_be_reached_at_once(int threads)
    {
        const int Count = 300;
        using var edge = new LocalEdge(threads);
        var answers = 0;
        edge.Add(Recipient.Node, new ScriptMachine((_, _, outbox) =>
        {
            for (var tile = 0; tile < Count; tile++)
            {
                outbox.Host(new TileId(tile), new ScriptMachine((_, message, replies) => replies.Send(message with { To = Recipient.Coordinator })));
                outbox.Send(ToTile(tile));
            }
        }), 4);
        edge.Add(Recipient.Coordinator, new ScriptMachine((_, _, outbox) =>
        {
            if (++answers == Count)
            {
                outbox.Send(ScriptMachine.ToClient((ulong)answers));
            }
        }), Count);
        edge.Start();
        edge.Post(ToNode());

        Assert.Equal((ulong)Count, edge.Receive().Operation);
    }

    [Fact]
    public void A_tile_that_is_hosted_again_is_replaced_and_its_waiting_messages_are_lost()
    {
        using var edge = new LocalEdge(1);
        var old = new ScriptMachine((_, _, outbox) => outbox.Send(ScriptMachine.ToClient(1)));
        var replacement = new ScriptMachine((_, _, outbox) => outbox.Send(ScriptMachine.ToClient(2)));
        edge.AddTile(Tile, old, 4);
        edge.Add(Recipient.Node, new ScriptMachine((_, _, outbox) => outbox.Host(Tile, replacement)), 4);
        edge.Start();
        edge.Post(ToTile(Tile.Index));
        edge.Post(ToTile(Tile.Index));
        edge.Post(ToNode()); // runs first: tiles wait for the others

        Assert.Throws<InvalidOperationException>(() => edge.Receive());
        Assert.True(old.IsDisposed);
        edge.Post(ToTile(Tile.Index));
        Assert.Equal(2UL, edge.Receive().Operation);
        Assert.Equal((0, 1), (old.Handled, replacement.Handled));
    }

    [Fact]
    public void A_request_to_a_dropped_tile_is_a_defect_but_an_answer_of_the_store_is_lost()
    {
        using var edge = new LocalEdge(1);
        var tile = new ScriptMachine((_, _, _) => { });
        edge.AddTile(Tile, tile, 4);
        edge.Add(Recipient.Node, new ScriptMachine((_, _, outbox) =>
        {
            outbox.Drop(Tile);
            outbox.Send(ScriptMachine.ToClient());
        }), 4);
        edge.Start();
        edge.Post(ToNode());
        edge.Receive();

        Assert.True(tile.IsDisposed);
        edge.Post(ToTile(Tile.Index) with { From = Recipient.StoreClient, Kind = MessageKind.BlobStored });
        var error = Assert.Throws<InvalidOperationException>(() => edge.Post(ToTile(Tile.Index)));
        Assert.Contains("has no mailbox", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, tile.Handled);
    }

    [Fact]
    public void To_drop_what_is_not_there_does_nothing()
    {
        using var edge = new LocalEdge(1);
        edge.Add(Recipient.Node, new ScriptMachine((_, _, outbox) =>
        {
            outbox.Drop(new TileId(99));
            outbox.Send(ScriptMachine.ToClient());
        }), 4);
        edge.Start();
        edge.Post(ToNode());

        Assert.Equal(MessageKind.StepDone, edge.Receive().Kind);
    }

    [Fact]
    public void A_tile_that_is_dropped_while_it_runs_is_disposed_when_it_returns()
    {
        using var edge = new LocalEdge(2);
        using var runs = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var tile = new ScriptMachine((_, _, outbox) =>
        {
            runs.Set();
            go.Wait();
            outbox.Send(ScriptMachine.ToClient(2));
        });
        edge.AddTile(Tile, tile, 4);
        edge.Add(Recipient.Node, new ScriptMachine((_, _, outbox) =>
        {
            outbox.Drop(Tile);
            outbox.Send(ScriptMachine.ToClient(1));
        }), 4);
        edge.Start();
        edge.Post(ToTile(Tile.Index));
        runs.Wait(); // on the worker
        edge.Post(ToTile(Tile.Index));
        edge.Post(ToNode());
        Assert.Equal(1UL, edge.Receive().Operation);
        Assert.False(tile.IsDisposed);

        go.Set();

        Assert.Equal(2UL, edge.Receive().Operation);
        Assert.True(tile.IsDisposed);
        Assert.Equal(1, tile.Handled);
    }

    [Fact]
    public void An_edge_disposes_the_tiles_that_it_hosted_and_no_other()
    {
        var added = new ScriptMachine((_, _, _) => { });
        var hosted = new ScriptMachine((_, _, _) => { });
        var edge = new LocalEdge(2);
        edge.AddTile(new TileId(0), added, 4);
        edge.Add(Recipient.Node, new ScriptMachine((_, _, outbox) =>
        {
            outbox.Host(Tile, hosted);
            outbox.Send(ScriptMachine.ToClient());
        }), 4);
        edge.Start();
        edge.Post(ToNode());
        edge.Receive();
        edge.Dispose();

        Assert.True(hosted.IsDisposed);
        Assert.False(added.IsDisposed);
    }

    [Fact]
    public void The_mailbox_of_a_hosted_tile_is_as_large_as_the_edge_was_told()
    {
        using var edge = new LocalEdge(1, tileCapacity: 2);
        edge.Add(Recipient.Node, new ScriptMachine((_, _, outbox) =>
        {
            outbox.Host(Tile, new ScriptMachine((_, _, _) => { }));
            outbox.Send(ScriptMachine.ToClient());
        }), 4);
        edge.Start();
        edge.Post(ToNode());
        edge.Receive();
        edge.Post(ToTile(Tile.Index));
        edge.Post(ToTile(Tile.Index));

        Assert.Contains(
            "'T1' is full with 2", Assert.Throws<InvalidOperationException>(() => edge.Post(ToTile(Tile.Index))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Tiles_that_come_and_go_under_load_lose_nothing_that_is_theirs(int threads)
    {
        const int Rounds = 200;
        using var edge = new LocalEdge(threads);
        var machines = new List<ScriptMachine>();
        edge.Add(Recipient.Node, new ScriptMachine((_, message, outbox) =>
        {
            for (var tile = 0; tile < 4; tile++)
            {
                var machine = new ScriptMachine((_, request, replies) => replies.Send(request with { To = Recipient.Coordinator }));
                machines.Add(machine);
                outbox.Host(new TileId(tile), machine);
                outbox.Send(ToTile(tile) with { Step = message.Step });
                outbox.Send(ToTile(tile) with { Step = message.Step });
            }
        }), 4);
        var answers = 0;
        edge.Add(Recipient.Coordinator, new ScriptMachine((_, message, outbox) =>
        {
            if (++answers == 8)
            {
                answers = 0;
                outbox.Send(ScriptMachine.ToClient(message.Step.Value));
            }
        }), 16);
        edge.Start();
        for (var round = 1UL; round <= Rounds; round++)
        {
            edge.Post(ToNode() with { Step = new StepId(round) });
            Assert.Equal(round, edge.Receive().Operation);
        }

        Assert.Equal(4 * Rounds, machines.Count);
        Assert.All(machines, machine => Assert.Equal(2, machine.Handled));
        Assert.All(machines.SkipLast(4), machine => Assert.True(machine.IsDisposed));
    }

    private static Message ToNode() => new() { Kind = MessageKind.Assign, To = Recipient.Node };

    private static Message ToTile(int tile) => new() { Kind = MessageKind.Forward, To = Recipient.Tile, Tile = new TileId(tile) };
}
