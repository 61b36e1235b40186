using Tessera.Actors.Tests.Support;
using Tessera.Actors.Transport;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using static Tessera.Actors.Tests.Support.TestNetwork;

namespace Tessera.Actors.Tests.Transport;

public class PeerNetworkTests
{
    private const int Rows = 256;
    private const int Columns = 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_megabyte_goes_there_and_back_many_times(bool isUnix)
    {
        using var folder = new TemporaryFolder();
        TestNetwork? answering = null;
        var echo = new RecordingInbox
        {
            OnMessage = (message, lease) =>
            {
                answering!.Network.Send(message);
                lease?.Release();
            },
        };
        using var b = new TestNetwork(2, inbox: echo);
        answering = b;
        using var a = new TestNetwork(1);
        a.Connect(b, isUnix ? PeerAddress.Unix(folder.File("socket")) : AnyPort);
        var payload = AlignedFloats.Padded(Rows, Columns - 3);
        for (var step = 1; step <= 50; step++)
        {
            for (var row = 0; row < Rows; row++)
            {
                payload.Row(row).Fill(row + (step / 64f));
            }

            a.Network.Send(Request(2, (ulong)step, payload));
            var (answer, numbers) = a.Inbox.WaitMessage();

            Assert.Equal(((ulong)step, 2), (answer.Step.Value, answer.Peer.Value));
            var expected = new float[Rows * (Columns - 3)];
            payload.CopyTo(expected);
            Assert.Equal(expected, numbers);
        }

        var counters = a.Network.ReadCounters();
        Assert.Equal(50L * Rows * (Columns - 3) * sizeof(float), counters.PayloadBytesReceived);
        Assert.Equal((50, 50, 1), (counters.MessagesSent, counters.MessagesReceived, counters.Connections));
        Assert.InRange(counters.BytesSent, counters.PayloadBytesSent, (long)(1.001 * counters.PayloadBytesSent));
    }

    [Fact]
    public void A_peer_that_starts_again_at_the_same_address_is_another_peer()
    {
        using var a = new TestNetwork(1);
        PeerAddress bound;
        using (var b = new TestNetwork(2))
        {
            bound = a.Connect(b);
        }

        a.Inbox.WaitLost();
        using var again = new TestNetwork(3);
        again.Network.Listen(bound);
        Assert.Contains("P2 was expected", again.Log.Wait("was not made"), StringComparison.Ordinal);
        a.Network.SetPeers([(new PeerId(3), bound)]);
        Assert.Equal(new PeerId(3), a.Inbox.WaitFound());
    }

    [Fact]
    public void A_loss_is_reported_once_and_what_is_sent_after_it_arrives_when_the_peer_is_back()
    {
        using var a = new TestNetwork(1);
        PeerAddress bound;
        using (var b = new TestNetwork(2))
        {
            bound = a.Connect(b);
        }

        a.Inbox.WaitLost();
        a.Network.Send(Request(2, 7, AlignedFloats.Dense(Rows, Columns)));
        a.Network.Send(Request(2, 8));
        using var back = new TestNetwork(2);
        back.Network.Listen(bound);

        a.Inbox.WaitFound();
        Assert.Equal(7u, back.Inbox.WaitMessage().Message.Step.Value);
        Assert.Equal(8u, back.Inbox.WaitMessage().Message.Step.Value);
        Assert.Equal(0, a.Inbox.EventsLeft);
    }

    [Fact]
    public void A_peer_that_cannot_be_reached_is_lost_once_and_found_when_it_comes()
    {
        using var folder = new TemporaryFolder();
        var address = PeerAddress.Unix(folder.File("socket"));
        using var a = new TestNetwork(1);
        a.Network.SetPeers([(new PeerId(2), address)]);
        a.Inbox.WaitLost();
        using var b = new TestNetwork(2);
        b.Network.Listen(address);

        Assert.Equal(new PeerId(2), a.Inbox.WaitFound());
    }

    [Fact]
    public void A_second_connection_of_a_peer_replaces_the_first()
    {
        using var b = new TestNetwork(2);
        using var first = new TestNetwork(1);
        var bound = first.Connect(b);
        using var second = new TestNetwork(1);
        second.Network.SetPeers([(new PeerId(2), bound)]);
        second.Inbox.WaitFound();

        Assert.Contains("newer connection", b.Inbox.WaitLost(), StringComparison.Ordinal);
        b.Inbox.WaitFound();
        b.Network.Send(Request(1, 5));
        Assert.Equal(5u, second.Inbox.WaitMessage().Message.Step.Value);
    }

    [Fact]
    public void Peers_that_leave_the_list_are_closed_without_a_report()
    {
        using var b = new TestNetwork(2);
        using var a = new TestNetwork(1);
        a.Connect(b);
        a.Network.SetPeers([]);
        b.Inbox.WaitLost();
        a.Network.Send(Request(2, 1));

        Assert.Equal((0, 1L), (a.Inbox.EventsLeft, a.Network.ReadCounters().MessagesDropped));
    }

    [Fact]
    public void Without_a_secret_only_this_machine_may_connect()
    {
        using var a = new TestNetwork(1);
        var error = Assert.Throws<TransportException>(() => a.Network.Listen(PeerAddress.Parse("tcp://0.0.0.0:0")));
        Assert.Contains(SharedSecret.Variable, error.Message, StringComparison.Ordinal);

        using var b = new TestNetwork(2, secret: "0123456789abcdef");
        Assert.NotEqual(0, b.Network.Listen(PeerAddress.Parse("tcp://0.0.0.0:0")).Port);
    }

    [Fact]
    public void An_address_that_is_taken_is_refused_with_advice()
    {
        using var folder = new TemporaryFolder();
        using var a = new TestNetwork(1);
        var bound = a.Network.Listen(AnyPort);
        var path = a.Network.Listen(PeerAddress.Unix(folder.File("socket")));
        using var b = new TestNetwork(2);

        Assert.Contains("port 0", Assert.Throws<TransportException>(() => b.Network.Listen(bound)).Message, StringComparison.Ordinal);
        Assert.Contains("another process", Assert.Throws<TransportException>(() => b.Network.Listen(path)).Message, StringComparison.Ordinal);
    }
}
