using System.Globalization;
using System.Text.RegularExpressions;

namespace Tessera.Host.Tests.Kubernetes;

/// <summary>What a node's pod runs before it is stopped, read from the command of its shell.</summary>
/// <param name="Seconds">How long it may take.</param>
/// <param name="Assembly">The program's file.</param>
/// <param name="Arguments">Its arguments, with a name in the place of a variable.</param>
/// <param name="Variable">The variable that names the node.</param>
internal sealed partial record Drain(int Seconds, string Assembly, string[] Arguments, string Variable)
{
    /// <summary>Reads the hook of a workload.</summary>
    public static Drain Of(Workload workload)
    {
        IReadOnlyList<YamlValue> command = workload.Container.At("lifecycle", "preStop", "exec", "command").Items;
        Assert.Equal(["/bin/sh", "-c"], command.Take(2).Select(item => item.Text));
        Match match = Line().Match(Assert.Single(command.Skip(2)).Text);
        Assert.True(match.Success, $"{workload}: saw '{command[2].Text}', expected timeout SECONDS dotnet FILE node --drain \"$VARIABLE\" || true.");
        return new Drain(
            int.Parse(match.Groups["seconds"].Value, CultureInfo.InvariantCulture),
            match.Groups["file"].Value,
            [.. match.Groups["words"].Value.Split(' '), "tessera-node-0"],
            match.Groups["variable"].Value);
    }

    [GeneratedRegex("""^timeout (?<seconds>\d+) dotnet (?<file>\S+) (?<words>node --drain) "\$(?<variable>\w+)" \|\| true$""")]
    private static partial Regex Line();
}
