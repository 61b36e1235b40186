using Tessera.Host.CommandLine;

namespace Tessera.Host.Tests.CommandLine;

/// <summary>Nonsense for the benchmark of a cluster is explained before anything is started.</summary>
public sealed class ClusterBenchInputTests
{
    [Theory]
    [InlineData("--nodes: saw '0'", "--nodes", "0")]
    [InlineData("--steps: saw 'many'", "--steps", "many")]
    [InlineData("--threads: saw '-1'", "--threads=-1")]
    [InlineData("expected a part of one of cluster.step", "--filter", "gemm")]
    public void Nonsense_is_misuse_with_advice(string expected, params string[] arguments)
    {
        CliRun run = CliRun.Of(["bench", "cluster", .. arguments]);
        Assert.Equal((ExitCode.Misused, ""), (run.ExitCode, run.Out));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_states_the_goals()
    {
        CliRun help = CliRun.Of("bench", "cluster", "--help");
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.All(["--nodes", "--json", "Goal 1.05", "Goal 0.7"], text => Assert.Contains(text, help.Out));
    }
}
