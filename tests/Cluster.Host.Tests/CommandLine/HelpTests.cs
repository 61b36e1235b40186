namespace Tessera.Host.Tests.CommandLine;

public sealed class HelpTests
{
    [Theory]
    [InlineData("train", "--set", "Examples:")]
    [InlineData("sweep", "--against", "Holm")]
    [InlineData("map", "--json", "Example:")]
    [InlineData("verify", "RUN", "hash")]
    [InlineData("conformance", "FOLDER", "standard errors")]
    [InlineData("devices", "--plot", "fit")]
    [InlineData("program-weights", "--out", "symmetry")]
    public void Help_names_the_options_and_teaches(string command, string option, string lesson)
    {
        CliRun help = CliRun.Of(command, "--help");
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains(option, help.Out);
        Assert.Contains(lesson, help.Out);
    }

    [Fact]
    public void Without_a_command_the_way_in_is_shown()
    {
        CliRun help = CliRun.Of();
        Assert.Equal(0, help.ExitCode);
        Assert.Contains("tessera train examples/mnist-mlp.yaml", help.Out);
    }

    [Fact]
    public void Info_names_the_vector_path()
    {
        CliRun info = CliRun.Of("info");
        Assert.Equal(Kernels.Numerics.ProcessorPath.Name, TrainingFixture.Value(info.Out, "numerics"));
    }
}
