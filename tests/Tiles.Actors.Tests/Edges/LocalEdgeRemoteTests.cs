using Tessera.Actors.Edges;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Edges;

public class LocalEdgeRemoteTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Who_brings_a_message_runs_the_machine_that_it_is_for(int threads)
    {
        using var edge = new LocalEdge(threads, links: new RecordingLinks());
        var thread = 0;
        edge.Add(Recipient.Coordinator, new ScriptMachine((_, _, _) => thread = Environment.CurrentManagedThreadId), 8);
        edge.Start();
        edge.PostFromOutside(To(Recipient.Coordinator), mayHelp: true);

        Assert.Equal(Environment.CurrentManagedThreadId, thread);
    }

    [Fact]
    public void With_one_thread_it_runs_tiles_too_and_all_is_done_when_it_returns()
    {
        using var edge = Node(threads: 1, out var threads);
        edge.PostFromOutside(To(Recipient.Node), mayHelp: true);

        Assert.Equal([Environment.CurrentManagedThreadId, Environment.CurrentManagedThreadId], threads);
    }

    [Fact]
    public void With_more_threads_tiles_are_for_the_others_so_that_it_can_bring_the_next_message()
    {
        using var tilesMayRun = new ManualResetEventSlim();
        using var edge = Node(threads: 3, out _, () => Assert.True(tilesMayRun.Wait(Patience)));
        edge.PostFromOutside(To(Recipient.Node), mayHelp: true); // returns though the tiles wait

        tilesMayRun.Set();
        Assert.Equal(MessageKind.Output, edge.Receive().Kind);
        Assert.Equal(MessageKind.Output, edge.Receive().Kind);
    }

    [Fact]
    public void What_is_ready_when_the_caller_goes_away_with_a_report_is_run_by_another()
    {
        using var edge = new LocalEdge(2);
        using var ran = new ManualResetEventSlim();
        edge.Add(Recipient.Coordinator, new ScriptMachine((_, message, outbox) =>
        {
            outbox.Send(message with { To = Recipient.Client });
            outbox.Send(message with { To = Recipient.StoreClient });
        }), 8);
        edge.Add(Recipient.StoreClient, new ScriptMachine((_, _, _) => ran.Set()), 8);
        edge.Start();
        for (var i = 0; i < 50; i++)
        {
            edge.Post(To(Recipient.Coordinator));
            edge.Receive();
            Assert.True(ran.Wait(Patience));
            ran.Reset();
        }
    }

    [Fact]
    public void The_end_waits_for_whoever_runs_a_machine_from_outside()
    {
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var isOver = false;
        var edge = new LocalEdge(1, links: new RecordingLinks());
        edge.Add(Recipient.Coordinator, new ScriptMachine((_, _, _) =>
        {
            begun.Set();
            go.Wait();
            Volatile.Write(ref isOver, true);
        }), 8);
        edge.Start();
        var helper = new Thread(() => edge.PostFromOutside(To(Recipient.Coordinator), mayHelp: true));
        helper.Start();
        Assert.True(begun.Wait(Patience));
        var end = new Thread(edge.Dispose);
        end.Start();
        go.Set();

        Assert.True(end.Join(Patience));
        Assert.True(Volatile.Read(ref isOver));
        Assert.True(helper.Join(Patience));
    }

    [Fact]
    public void Messages_to_one_process_that_follow_each_other_are_announced()
    {
        var links = new RecordingLinks();
        using var edge = new LocalEdge(1, links: links);
        edge.Add(Recipient.Coordinator, new ScriptMachine((_, _, outbox) =>
        {
            foreach (var peer in (int[])[2, 3, 2, 2])
            {
                outbox.Send(To(Recipient.Node) with { Peer = new PeerId(peer) });
            }
        }), 8);
        edge.Start();
        edge.PostFromOutside(To(Recipient.Coordinator), mayHelp: true);

        Assert.Equal([(2, true), (3, false), (2, true), (2, false)], links.Sent);
    }

    private static LocalEdge Node(int threads, out List<int> ran, Action? onTile = null)
    {
        var seen = new List<int>();
        ran = seen;
        var edge = new LocalEdge(threads, links: new RecordingLinks());
        edge.Add(Recipient.Node, new ScriptMachine((_, _, outbox) =>
        {
            for (var tile = 0; tile < 2; tile++)
            {
                outbox.Send(To(Recipient.Tile) with { Tile = new TileId(tile) });
            }
        }), 8);
        for (var tile = 0; tile < 2; tile++)
        {
            edge.AddTile(new TileId(tile), new ScriptMachine((_, message, outbox) =>
            {
                onTile?.Invoke();
                lock (seen)
                {
                    seen.Add(Environment.CurrentManagedThreadId);
                }

                outbox.Send(message with { Kind = MessageKind.Output, To = Recipient.Client });
            }), 8);
        }

        edge.Start();
        return edge;
    }

    private static Message To(Recipient recipient) => new() { Kind = MessageKind.Forward, To = recipient, Tile = TileId.None, Peer = PeerId.Here };

    private sealed class RecordingLinks : IRemoteLinks
    {
        public List<(int Peer, bool IsFollowed)> Sent { get; } = [];

        public void Send(in Message message, bool isFollowed) => Sent.Add((message.Peer.Value, isFollowed));

        public void Connect(MemberList members)
        {
            // There is nobody.
        }
    }
}
