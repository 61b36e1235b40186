using Tessera.Actors.Transport;

namespace Tessera.Actors.Tests.Transport;

public class PeerAddressTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:7411", "127.0.0.1", 7411, true)]
    [InlineData("tcp://localhost:0", "localhost", 0, true)]
    [InlineData("tcp://node-0.tessera.svc:7411", "node-0.tessera.svc", 7411, false)]
    [InlineData("tcp://[::1]:7411", "::1", 7411, true)]
    [InlineData("tcp://0.0.0.0:65535", "0.0.0.0", 65535, false)]
    [InlineData("unix:/run/tessera/node", "/run/tessera/node", -1, true)]
    public void An_address_comes_back_as_it_was_written(string text, string host, int port, bool isLocal)
    {
        var address = PeerAddress.Parse(text);

        Assert.Equal((host, port, isLocal, text), (address.Host, address.Port, address.IsLocal, address.ToString()));
    }

    [Theory]
    [InlineData("", "begins neither")]
    [InlineData("http://a:1", "begins neither")]
    [InlineData("tcp://a", "port")]
    [InlineData("tcp://a:65536", "port")]
    [InlineData("tcp://a:-1", "port")]
    [InlineData("tcp://:1", "no host")]
    [InlineData("tcp://a b:1", "neither a name")]
    [InlineData("tcp://::1:1", "brackets")]
    [InlineData("tcp://[x]:1", "neither a name")]
    [InlineData("unix:relative", "begin with /")]
    public void What_is_no_address_is_refused_with_advice(string text, string part)
    {
        var message = Assert.Throws<TransportException>(() => PeerAddress.Parse(text)).Message;

        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Contains("tcp://host:port or unix:/path", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_no_socket_takes_is_refused() =>
        Assert.Contains("107", Assert.Throws<TransportException>(() => PeerAddress.Unix("/" + new string('x', 107))).Message, StringComparison.Ordinal);
}
