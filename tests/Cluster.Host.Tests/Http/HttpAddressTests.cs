using Tessera.Host.CommandLine;
using Tessera.Host.Http;

namespace Tessera.Host.Tests.Http;

[Collection(ProcessWide.Name)]
public sealed class HttpAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:0", true, 0)]
    [InlineData("localhost:8080", true, 8080)]
    [InlineData("[::1]:8080", true, 8080)]
    [InlineData("0.0.0.0:65535", false, 65535)]
    [InlineData("[::]:80", false, 80)]
    [InlineData("10.1.2.3:80", false, 80)]
    public void Addresses_are_read(string text, bool isLoopback, int port)
    {
        HttpAddress address = HttpAddress.Parse(text);
        Assert.Equal((isLoopback, port), (address.IsLoopback, address.EndPoint.Port));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("8080")]
    [InlineData(":8080")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1: 80")]
    [InlineData("127.1:80")]
    [InlineData("::1:80")]
    [InlineData("[]:80")]
    [InlineData("[127.0.0.1]:80")]
    [InlineData("http://127.0.0.1:80")]
    [InlineData("example.org:80")]
    public void Nonsense_is_refused_with_an_example(string text)
    {
        CommandLineException error = Assert.Throws<CommandLineException>(() => HttpAddress.Parse(text));
        Assert.Contains($"'{text}'", error.Message);
        Assert.Contains("127.0.0.1:0", error.Message);
    }

    [Theory]
    [InlineData("", "0 characters")]
    [InlineData("fifteen-chars-x", "15 characters")]
    [InlineData("sixteen or more characters", "spaces")]
    [InlineData("sixteen-or-more-character\u00e9", "ASCII")]
    [InlineData("two-lines-of-characters\ntwo-lines", "line breaks")]
    public void A_poor_token_is_refused_without_being_shown(string token, string complaint)
    {
        CommandLineException error = Assert.Throws<CommandLineException>(() => HttpToken.Of(token, "TOKEN_SOURCE"));
        Assert.Contains(complaint, error.Message);
        Assert.Contains("TOKEN_SOURCE", error.Message);
        if (token.Length > 0) { Assert.DoesNotContain(token, error.Message); }
    }

    [Fact]
    public void An_empty_variable_is_no_token()
    {
        using Variables variables = new(HttpToken.Variable);
        Assert.Null(HttpToken.OfEnvironment());
        Environment.SetEnvironmentVariable(HttpToken.Variable, "");
        Assert.Null(HttpToken.OfEnvironment());
        Environment.SetEnvironmentVariable(HttpToken.Variable, ServedStatus.Secret);
        Assert.True(HttpToken.OfEnvironment()!.Admits($"Bearer {ServedStatus.Secret}"));
    }

    [Fact]
    public void The_end_of_the_line_is_no_part_of_a_token()
    {
        HttpToken token = HttpToken.Of("exactly-16-chars\n", "a test");
        Assert.True(token.Admits("Bearer exactly-16-chars"));
        Assert.False(token.Admits("Bearer exactly-16-chars\n"));
        Assert.False(token.Admits(null));
    }
}
