using Tessera.Actors.Tests.Support;
using Tessera.Actors.Transport;

namespace Tessera.Actors.Tests.Transport;

public class SharedSecretTests
{
    [Theory]
    [InlineData("0123456789abcdef")]
    [InlineData("0123456789abcdef\n")]
    [InlineData("0123456789abcdef\r\n")]
    public void One_line_break_at_the_end_of_a_file_is_not_part_of_it(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("secret"), text);

        Assert.Equal("0123456789abcdef"u8.ToArray(), SharedSecret.FromFile(folder.File("secret")).Bytes.ToArray());
    }

    [Fact]
    public void A_short_one_and_a_missing_file_are_refused_with_advice()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("secret"), "0123456789abcde\n");

        Assert.Contains("15 bytes", Assert.Throws<TransportException>(() => SharedSecret.FromFile(folder.File("secret"))).Message, StringComparison.Ordinal);
        Assert.Contains("Name a file", Assert.Throws<TransportException>(() => SharedSecret.FromFile(folder.File("none"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_not_shown() => Assert.DoesNotContain("0123", SharedSecret.From("0123456789abcdef"u8, "x").ToString(), StringComparison.Ordinal);
}
