using System.CommandLine;

namespace Tessera.Host.CommandLine;

/// <summary>A number of nodes.</summary>
internal static class NodesOption
{
    private const int NodesMax = 1000;

    /// <summary>The option.</summary>
    public static Option<string?> Create(string description) => new("--nodes") { Description = description, HelpName = "N" };

    /// <summary>The number given, or the default.</summary>
    /// <exception cref="CommandLineException">It is not a number from 1 to 1000.</exception>
    public static int Read(ParseResult parsed, Option<string?> option, int otherwise) =>
        WholeNumber.Read("--nodes", parsed.GetValue(option), otherwise, NodesMax);
}
