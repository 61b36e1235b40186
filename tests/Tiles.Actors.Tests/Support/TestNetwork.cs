using System.Text;
using Tessera.Actors.Transport;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Support;

/// <summary>A network of one process with what it reported.</summary>
internal sealed class TestNetwork : IDisposable
{
    public static readonly PeerAddress AnyPort = PeerAddress.Parse("tcp://127.0.0.1:0");

    public TestNetwork(int peer, string? secret = null, Func<PeerNetworkSettings, PeerNetworkSettings>? change = null, RecordingInbox? inbox = null)
    {
        var settings = new PeerNetworkSettings
        {
            Self = new PeerId(peer),
            Name = $"process-{peer}",
            Role = "node",
            Secret = secret is null ? null : SharedSecret.From(Encoding.UTF8.GetBytes(secret), "The test"),
            RedialInterval = TimeSpan.FromMilliseconds(20),
        };
        Inbox = inbox ?? new RecordingInbox();
        Network = new PeerNetwork(change is null ? settings : change(settings), Inbox, Log);
    }

    public RecordingLogger Log { get; } = new();

    public RecordingInbox Inbox { get; }

    public PeerNetwork Network { get; }

    public static Message Request(int to, ulong step, Tensor payload = default) => new()
    {
        Kind = MessageKind.Forward,
        To = Recipient.Tile,
        Peer = new PeerId(to),
        Term = Term.First,
        Step = new StepId(step),
        Payload = payload,
    };

    /// <summary>Dials another network, and waits until both know it.</summary>
    public PeerAddress Connect(TestNetwork other, PeerAddress? address = null)
    {
        var bound = other.Network.Listen(address ?? AnyPort);
        Network.SetPeers([(other.Network.Settings.Self, bound)]);
        Assert.Equal(other.Network.Settings.Self, Inbox.WaitFound());
        Assert.Equal(Network.Settings.Self, other.Inbox.WaitFound());
        return bound;
    }

    public void Dispose() => Network.Dispose();
}
