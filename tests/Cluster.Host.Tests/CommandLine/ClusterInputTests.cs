using Tessera.Host.CommandLine;
using Tessera.Host.Tests.Http;

namespace Tessera.Host.Tests.CommandLine;

/// <summary>Nonsense for the commands of a cluster is explained before anything is started.</summary>
[Collection(ProcessWide.Name)]
public sealed class ClusterInputTests
{
    [Theory]
    [InlineData("There is no --database", "node", "--run", "r")]
    [InlineData("There is no --run", "node", "--database", "Host=db")]
    [InlineData("'ftp://x'", "node", "--database", "Host=db", "--run", "r", "--listen", "ftp://x")]
    [InlineData("saw 'x', expected key=value", "node", "--database", "Host=db", "--run", "r", "--label", "x")]
    [InlineData("saw '0', expected a whole number from 1", "node", "--database", "Host=db", "--run", "r", "--cores", "0")]
    [InlineData("saw 'never', expected exit or wait", "coordinator", "--database", "Host=db", "--run", "r", "--when-finished", "never")]
    [InlineData("expected 2 whole numbers", "up", "--cores", "1,2,3")]
    [InlineData("saw '0', expected a whole number from 1", "up", "--nodes", "0")]
    public void Nonsense_is_misuse_with_advice(string expected, params string[] arguments)
    {
        var run = CliRun.Of(arguments);

        Assert.Equal(ExitCode.Misused, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected failure", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_that_cannot_be_read_is_explained()
    {
        var run = CliRun.Of("node", "--database", "Host=db", "--run", "r", "--secret-file", "/no/such/file");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("shared secret", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected failure", run.Error, StringComparison.Ordinal);
    }
}
