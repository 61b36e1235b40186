using System.CommandLine;

namespace Tessera.Host.CommandLine;

/// <summary>How many processor cores a command may keep busy.</summary>
internal static class ThreadsOption
{
    private const int ThreadsMax = 1024;

    /// <summary>The option.</summary>
    public static Option<string?> Create() => new("--threads")
    {
        Description = "Processor cores to keep busy; default all. Never changes a bit of the result.",
        HelpName = "N",
    };

    /// <summary>The number given, or that of all cores.</summary>
    /// <exception cref="CommandLineException">It is not a number from 1 to 1024.</exception>
    public static int Read(ParseResult parsed, Option<string?> option)
    {
        int cores = Environment.ProcessorCount;
        return WholeNumber.Read("--threads", parsed.GetValue(option), Math.Min(cores, ThreadsMax), ThreadsMax, advice: $"; this machine has {cores} cores");
    }
}
