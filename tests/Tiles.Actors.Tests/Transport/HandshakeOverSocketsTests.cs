using Tessera.Actors.Tests.Support;
using Tessera.Actors.Transport;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Wire;

namespace Tessera.Actors.Tests.Transport;

public class HandshakeOverSocketsTests
{
    private const string Secret = "a shared secret of the tests";

    [Fact]
    public void Both_with_the_same_secret_connect()
    {
        using var b = new TestNetwork(2, Secret);
        using var a = new TestNetwork(1, Secret);
        a.Connect(b);
    }

    [Theory]
    [InlineData(Secret, "another secret of the tests", "different shared secrets")]
    [InlineData(Secret, null, "'process-2' (P2) has no shared secret")]
    [InlineData(null, Secret, "'process-1' (P1) has no shared secret")]
    public void Another_secret_or_one_on_one_side_is_refused_and_both_sides_learn_why(string? callers, string? answerers, string reason)
    {
        using var b = new TestNetwork(2, answerers);
        using var a = new TestNetwork(1, callers);
        a.Network.SetPeers([(new PeerId(2), b.Network.Listen(TestNetwork.AnyPort))]);

        Assert.Contains(reason, a.Inbox.WaitLost(), StringComparison.Ordinal);
        Assert.Contains(reason, b.Log.Wait("was not made"), StringComparison.Ordinal);
        Assert.Equal(0, b.Inbox.EventsLeft);
        Assert.True(a.Network.ReadCounters().Ended[ConnectionEnd.RefusedByPeer] > 0);
        Assert.True(b.Network.ReadCounters().Ended[ConnectionEnd.Secret] > 0);
    }

    [Fact]
    public void Versions_without_one_in_common_are_refused()
    {
        using var b = new TestNetwork(2, change: settings => settings with { Versions = new ProtocolRange(2, 3) });
        using var a = new TestNetwork(1);
        a.Network.SetPeers([(new PeerId(2), b.Network.Listen(TestNetwork.AnyPort))]);

        Assert.Contains("Upgrade the older", a.Inbox.WaitLost(), StringComparison.Ordinal);
        Assert.Contains("versions 2 to 3", b.Log.Wait("was not made"), StringComparison.Ordinal);
    }
}
