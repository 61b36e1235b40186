using System.CommandLine;
using System.Globalization;

namespace Tessera.Host.CommandLine;

/// <summary>A number of nodes.</summary>
internal static class NodesOption
{
    private const int NodesMax = 1000;

    /// <summary>The option.</summary>
    public static Option<string?> Create(string description) => new("--nodes") { Description = description, HelpName = "N" };

    /// <summary>The number given, or the default.</summary>
    /// <exception cref="CommandLineException">It is not a number from 1 to 1000.</exception>
    public static int Read(ParseResult parsed, Option<string?> option, int otherwise)
    {
        string? text = parsed.GetValue(option);
        if (text is null) { return otherwise; }
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int nodes) && nodes is >= 1 and <= NodesMax
            ? nodes
            : throw new CommandLineException($"--nodes: saw '{text}', expected a whole number from 1 to {NodesMax}.");
    }
}
