using Tessera.Actors.Tests.Support;
using Tessera.Actors.Transport;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Wire;

namespace Tessera.Actors.Tests.Transport;

public class LimitTests
{
    private static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(800);

    [Fact]
    public void A_peer_that_says_nothing_any_more_is_lost()
    {
        using var a = new TestNetwork(1, change: settings => settings with { HeartbeatInterval = Brief / 10, SilenceLimit = Brief });
        using var raw = new RawPeer(a.Network.Listen(TestNetwork.AnyPort));
        raw.ShakeHands(2);
        a.Inbox.WaitFound();

        Assert.Contains("silent for", a.Inbox.WaitLost(), StringComparison.Ordinal);
        Assert.True(raw.ReadToEnd() >= FrameHead.Bytes, "No heartbeat was sent.");
        Assert.Equal(1, a.Network.ReadCounters().Ended[ConnectionEnd.Silent]);
    }

    [Fact]
    public void Two_that_have_nothing_to_say_stay_connected_while_a_handler_takes_long()
    {
        using var go = new ManualResetEventSlim();
        var slow = new RecordingInbox { OnMessage = (_, _) => go.Wait() };
        PeerNetworkSettings Change(PeerNetworkSettings settings) => settings with { HeartbeatInterval = Brief / 10, SilenceLimit = Brief };
        using var b = new TestNetwork(2, change: Change, inbox: slow);
        using var a = new TestNetwork(1, change: Change);
        a.Connect(b);
        using var raw = new RawPeer(a.Network.Listen(TestNetwork.AnyPort));
        raw.ShakeHands(3);
        a.Network.Send(TestNetwork.Request(2, 1));

        // Another connection runs into the limit meanwhile, and only that one.
        Assert.Equal(new PeerId(3), a.Inbox.WaitFound());
        Assert.Contains("silent", a.Inbox.WaitLost(), StringComparison.Ordinal);
        Assert.Equal((0, 0), (a.Inbox.EventsLeft, b.Inbox.EventsLeft));
        go.Set();
    }

    [Fact]
    public void A_handler_that_waits_stops_the_sender_at_its_bound_and_the_rest_of_the_process_goes_on()
    {
        using var go = new ManualResetEventSlim();
        var slow = new RecordingInbox
        {
            OnMessage = (_, lease) =>
            {
                go.Wait();
                lease?.Release();
            },
        };
        using var b = new TestNetwork(2, inbox: slow);
        using var a = new TestNetwork(1, change: settings => settings with { BytesInFlightMax = 8 << 20, SocketBufferBytes = 64 << 10 });
        a.Connect(b);
        var payload = AlignedFloats.Dense(1024, 1024);
        for (var i = 0; i < 20; i++)
        {
            a.Network.Send(TestNetwork.Request(2, 1, payload));
        }

        Assert.Contains("reads too slowly", a.Inbox.WaitLost(), StringComparison.Ordinal);
        go.Set();
        b.Inbox.WaitLost();
        Assert.Equal(1, a.Network.ReadCounters().Ended[ConnectionEnd.Overflow]);
    }

    [Fact]
    public void What_waits_for_a_slow_peer_arrives_whole_and_in_order()
    {
        using var go = new ManualResetEventSlim();
        var seen = new List<ulong>();
        using var done = new ManualResetEventSlim();
        var slow = new RecordingInbox
        {
            OnMessage = (message, lease) =>
            {
                go.Wait();
                seen.Add(message.Payload.Dense.IndexOfAnyExcept(message.Step.Value) < 0 ? message.Step.Value : 0);
                lease!.Release();
                if (seen.Count == 30)
                {
                    done.Set();
                }
            },
        };
        using var b = new TestNetwork(2, inbox: slow);
        using var a = new TestNetwork(1);
        a.Connect(b);
        var payload = AlignedFloats.Padded(1000, 999);
        for (var step = 1; step <= 30; step++)
        {
            Array.Fill(payload.Values, step);
            a.Network.Send(TestNetwork.Request(2, (ulong)step, payload));
        }

        go.Set();
        Assert.True(done.Wait(TimeSpan.FromSeconds(20)));
        Assert.Equal(Enumerable.Range(1, 30).Select(step => (ulong)step), seen);
    }

    [Fact]
    public void A_handshake_that_takes_too_long_is_closed()
    {
        using var a = new TestNetwork(1, change: settings => settings with { HandshakeTimeLimit = Brief });
        using var raw = new RawPeer(a.Network.Listen(TestNetwork.AnyPort));
        raw.Send([1, 2]);

        Assert.Equal(0, raw.ReadToEnd());
        Assert.Contains("HandshakeTime", a.Log.Wait("was not made"), StringComparison.Ordinal);
    }

    [Fact]
    public void More_connections_than_are_taken_are_told_so()
    {
        using var a = new TestNetwork(1, change: settings => settings with { ConnectionsMax = 2, UnauthenticatedMax = 1 });
        var bound = a.Network.Listen(TestNetwork.AnyPort);
        using var first = new RawPeer(bound);
        first.ShakeHands(2);
        a.Inbox.WaitFound();
        using var second = new RawPeer(bound);
        using (var third = new RawPeer(bound))
        {
            Assert.Contains("as many as it takes", third.ReadRefusal(), StringComparison.Ordinal);
        }

        second.ShakeHands(3);
        a.Inbox.WaitFound();
        using var fourth = new RawPeer(bound);
        Assert.Contains("has 2 connections", fourth.ReadRefusal(), StringComparison.Ordinal);
        Assert.Equal(2, a.Network.ReadCounters().Ended[ConnectionEnd.TooMany]);
    }

    [Fact]
    public void An_oversized_frame_closes_the_connection_and_its_sender_learns_why()
    {
        using var a = new TestNetwork(1, change: settings => settings with { Frames = new FrameLimits { FrameBytesMax = 1000 } });
        using var raw = new RawPeer(a.Network.Listen(TestNetwork.AnyPort));
        raw.ShakeHands(2);
        a.Inbox.WaitFound();
        raw.Send([0xe9, 3, 0, 0, 4, 0, 0, 0]);

        Assert.Contains("1001 bytes follow", raw.ReadRefusal(), StringComparison.Ordinal);
        Assert.Contains("1001 bytes follow", a.Inbox.WaitLost(), StringComparison.Ordinal);
        Assert.StartsWith("Warning", a.Log.Wait("Malformed"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_handler_that_fails_costs_its_connection_and_nothing_else()
    {
        var inbox = new RecordingInbox { OnMessage = (_, _) => throw new InvalidOperationException("a planted failure") };
        using var b = new TestNetwork(2, inbox: inbox);
        using var a = new TestNetwork(1);
        a.Connect(b);
        a.Network.Send(TestNetwork.Request(2, 1));

        Assert.Contains("planted", b.Inbox.WaitLost(), StringComparison.Ordinal);
        a.Inbox.WaitLost();
        a.Inbox.WaitFound();
    }
}
