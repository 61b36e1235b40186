using System.CommandLine;
using System.Globalization;
using Tessera.Host.Faults;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera faults storm</c>: a cluster whose processes are killed one after another.</summary>
internal sealed class FaultsStormCommand
{
    private const double MinutesMax = 24 * 60;
    private const double SecondsMin = 1; // of the storm, and from kill to kill
    private readonly CliConsole _console;
    private readonly Option<string?> _minutes = new("--minutes") { Description = "How long the storm lasts; default 3.", HelpName = "MINUTES" };
    private readonly Option<string?> _every = new("--every") { Description = "Seconds from kill to kill; default 15.", HelpName = "SECONDS" };
    private readonly Option<string?> _nodes = NodesOption.Create("Nodes of the cluster; default 4.");
    private readonly Option<string?> _seed = new("--seed") { Description = "Chooses who is killed; default 1.", HelpName = "N" };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object in the end instead of text." };

    private FaultsStormCommand(CliConsole console) => _console = console;

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        FaultsStormCommand storm = new(console);
        TaughtCommand command = new(
            "storm",
            "Kill one node or coordinator after another, start each again, and compare end and speed with a run without faults.",
            """
            Nodes and two coordinators on a private PostgreSQL train a small network. The run must end with the hash of 'tessera train', and its database
            must be sound; otherwise the command fails. Useful work is the steps per second in the storm, steps done again counted once, over those of the
            same cluster without faults, measured before. A goal that is missed is marked and fails nothing.

            Examples:
              tessera faults storm
              tessera faults storm --minutes 1 --every 10 --nodes 2 --seed 7
            """);
        command.Add(storm._minutes);
        command.Add(storm._every);
        command.Add(storm._nodes);
        command.Add(storm._seed);
        command.Add(storm._json);
        command.SetAction(storm.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        StormSettings settings = Read(parsed);
        Action<string> say = json ? _ => { } : _console.Out.WriteLine;
        say(settings.ToText());
        StormReport report = StormRun.Execute(settings, say, kill => say(kill.ToText()));
        if (json) { _console.Out.WriteLine(report.ToJson()); }
        foreach (string line in report.ToLines()) { say(line); }
        return ExitCode.Done;
    }

    private StormSettings Read(ParseResult parsed)
    {
        TimeSpan length = TimeSpan.FromMinutes(ReadNumber(parsed, _minutes, 3, SecondsMin / 60, MinutesMax));
        TimeSpan every = TimeSpan.FromSeconds(ReadNumber(parsed, _every, 15, SecondsMin, 60 * MinutesMax));
        if (every > length)
        {
            throw new CommandLineException(string.Create(
                CultureInfo.InvariantCulture,
                $"--every: saw {every.TotalSeconds:0.#} s, expected at most the {length.TotalSeconds:0.#} s of the storm; give more --minutes."));
        }

        string? seed = parsed.GetValue(_seed);
        ulong number = 1;
        return seed is null || ulong.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            ? new StormSettings(NodesOption.Read(parsed, _nodes, 4), length, every, number)
            : throw new CommandLineException($"--seed: saw '{seed}', expected a whole number from 0.");
    }

    private static double ReadNumber(ParseResult parsed, Option<string?> option, double otherwise, double least, double most)
    {
        string? text = parsed.GetValue(option);
        if (text is null) { return otherwise; }
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most
            ? number
            : throw new CommandLineException(string.Create(
                CultureInfo.InvariantCulture, $"{option.Name}: saw '{text}', expected a number from {least:0.##} to {most:0}."));
    }
}
