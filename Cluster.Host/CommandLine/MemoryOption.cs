using System.CommandLine;
using Tessera.Host.Maps;

namespace Tessera.Host.CommandLine;

/// <summary>How much memory a run may take.</summary>
internal sealed class MemoryOption
{
    private const double Share = 0.9; // of what the machine or container has; the rest is the runtime's and the system's

    private readonly string _name;
    private readonly Option<string?> _limit;

    /// <summary>Creates the option.</summary>
    /// <param name="name">Its name.</param>
    public MemoryOption(string name = "--memory-limit")
    {
        _name = name;
        _limit = new Option<string?>(name)
        {
            Description = "Memory that the run may take, for instance 6GiB; default what this machine or container has left.",
            HelpName = "SIZE",
        };
    }

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command) => command.Add(_limit);

    /// <summary>The limit in bytes.</summary>
    /// <exception cref="CommandLineException">It is not a size.</exception>
    public long Read(ParseResult parsed)
    {
        string? text = parsed.GetValue(_limit);
        if (text is null) { return (long)(Share * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) - Environment.WorkingSet; }
        return ByteSize.TryParse(text, out long bytes)
            ? bytes
            : throw new CommandLineException($"{_name}: saw '{text}', expected a size such as 800MiB or 6GiB.");
    }
}
