using Tessera.Host.CommandLine;
using Tessera.Host.Tests.Http;

namespace Tessera.Host.Tests.CommandLine;

/// <summary>The command lines of storms and recoveries.</summary>
[Collection(ProcessWide.Name)]
public sealed class StormInputTests
{
    [Theory]
    [InlineData("--minutes: saw '0', expected a number from", "storm", "--minutes", "0")]
    [InlineData("--minutes: saw 'x', expected a number from", "storm", "--minutes", "x")]
    [InlineData("--every: saw '0.5', expected a number from 1", "storm", "--every", "0.5")]
    [InlineData("--every: saw '-3', expected a number from 1", "storm", "--every=-3")]
    [InlineData("--every: saw 90 s, expected at most the 60 s of the storm", "storm", "--minutes", "1", "--every", "90")]
    [InlineData("--nodes: saw '0', expected a whole number from 1", "storm", "--nodes", "0")]
    [InlineData("--seed: saw '-1', expected a whole number from 0", "storm", "--seed=-1")]
    [InlineData("--runs: saw '0', expected a whole number from 1", "recovery", "--runs", "0")]
    [InlineData("unknown case 'storms'", "storms")]
    [InlineData("unknown option '--node'", "storm", "--node", "2")]
    public void Nonsense_is_misuse_with_advice(string expected, params string[] arguments)
    {
        CliRun run = CliRun.Of(["faults", .. arguments]);

        Assert.Equal(ExitCode.Misused, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected failure", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("storm", "--seed")]
    [InlineData("recovery", "--runs")]
    public void Help_names_the_options_and_teaches(string command, string option)
    {
        CliRun help = CliRun.Of("faults", command, "--help");

        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains(option, help.Out);
        Assert.Contains("Example", help.Out);
    }
}
