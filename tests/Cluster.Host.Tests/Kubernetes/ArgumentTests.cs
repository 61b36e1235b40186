using System.CommandLine;
using System.Text.RegularExpressions;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Tests.Kubernetes;

/// <summary>Every list of arguments in the manifests is one that the program's own command line takes.</summary>
public sealed partial class ArgumentTests
{
    public static TheoryData<string> Overlays => RenderedOverlay.Names;

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void The_arguments_of_containers_are_understood(string name) =>
        Assert.All(RenderedOverlay.Of(name).ProgramWorkloads, workload =>
        {
            Assert.False(workload.Container["command"].Exists, "The image says how the program starts.");
            AssertParses($"{workload}", workload.SampleArguments());
        });

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void The_arguments_of_hooks_are_understood(string name)
    {
        Workload nodes = RenderedOverlay.Of(name).ProgramWorkloads.Single(workload => workload.Name == "tessera-node");
        Drain drain = Drain.Of(nodes);
        Assert.Equal($"/app/{ProgramFacts.AssemblyFile}", drain.Assembly);
        AssertParses($"{nodes}, before it stops", drain.Arguments);
    }

    [Fact]
    public void The_commands_of_the_manual_are_understood()
    {
        string[] lines = RepositoryFolder.Read("docs/operations.md").Split('\n');
        List<string> commands = [.. lines.Select(line => ManualLine().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];
        Assert.InRange(commands.Count, 4, 100);
        Assert.All(commands, command => AssertParses("docs/operations.md", [.. Word().Matches(command).Select(word => word.Value)]));
    }

    private static void AssertParses(string where, string[] arguments)
    {
        using StringWriter output = new();
        ParseResult parsed = TesseraCli.Parse(arguments, new CliConsole(output, output, IsTerminal: false));
        Assert.True(
            parsed.Errors.Count == 0 && parsed.UnmatchedTokens.Count == 0,
            $"{where}: 'tessera {string.Join(' ', arguments)}' is not understood: {string.Join("; ", parsed.Errors.Select(error => error.Message))}");
    }

    /// <summary>A line to copy that runs the program.</summary>
    [GeneratedRegex(@"^ {4,}(?:kubectl exec \S+ -- dotnet /app/tessera\.dll|\./tessera|tessera) (.+)$")]
    private static partial Regex ManualLine();

    /// <summary>A word of a shell, quotes included.</summary>
    [GeneratedRegex("""("[^"]*"|\S)+""")]
    private static partial Regex Word();
}
