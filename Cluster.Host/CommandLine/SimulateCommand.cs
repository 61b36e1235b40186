using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Tessera.Actors.Simulation;
using Tessera.Coordination.Simulation;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera simulate</c>: small networks through random faults, every seed a run that can be repeated exactly.</summary>
internal static class SimulateCommand
{
    private const int SeedsMax = 1_000_000;

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        Option<string> seeds = new("--seeds") { Description = "Seeds to run: one, or an inclusive range A..B.", HelpName = "A..B", DefaultValueFactory = _ => "0..99" };
        Option<bool> verbose = new("--verbose") { Description = "A line for every seed." };
        Option<bool> json = new("--json") { Description = "One JSON object a seed." };
        TaughtCommand command = new(
            "simulate",
            "Train small networks under simulated crashes, freezes, drains, lost messages and failing stores.",
            """
            Each seed draws a network, a device, 2 to 5 nodes, some of which join late, 2 coordinators and a mixture of faults. The real state machines
            run under a virtual clock, network and store; what must always hold is checked after every event, and in the end the state must have the hash of
            a run without faults.
            A seed that fails prints the last events and fails the same way every time. docs/guarantees.md lists what is checked.

            Examples:
              tessera simulate --seeds 0..999
              tessera simulate --seeds 42 --verbose
            """) { seeds, verbose, json };
        command.SetAction(parsed =>
        {
            (ulong first, ulong last) = ReadSeeds(parsed.GetValue(seeds)!);
            return Run(console, first, last, parsed.GetValue(verbose), parsed.GetValue(json));
        });
        return command;
    }

    private static int Run(CliConsole console, ulong first, ulong last, bool verbose, bool json)
    {
        long start = Stopwatch.GetTimestamp();
        SimulationTotals totals = new();
        for (ulong seed = first; seed <= last; seed++)
        {
            TrainingScenario scenario = new(seed);
            try
            {
                ScenarioReport report = scenario.Run();
                totals.Add(report);
                if (json) { console.Out.WriteLine(ToJson(report)); }
                else if (verbose) { console.Out.WriteLine($"{SimulationTotals.Line(report)}; {scenario.Shape}"); }
            }
            catch (SimulationViolationException violation)
            {
                totals.Violations++;
                console.Out.WriteLine($"seed {seed}: {scenario.Shape}");
                console.Out.WriteLine(violation.Message);
                console.Out.WriteLine($"repeat it with: ./tessera simulate --seeds {seed}");
            }
        }

        if (!json)
        {
            foreach (string line in totals.Lines(Stopwatch.GetElapsedTime(start))) { console.Out.WriteLine(line); }
        }

        return totals.Violations == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static (ulong First, ulong Last) ReadSeeds(string text)
    {
        string[] parts = text.Split("..");
        bool isRead = ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong first);
        ulong last = first;
        isRead &= parts.Length == 1 || (parts.Length == 2 && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out last));
        return isRead && first <= last && last - first < SeedsMax
            ? (first, last)
            : throw new CommandLineException($"--seeds: saw '{text}', expected one seed or an inclusive range of at most {SeedsMax:N0}, for instance 0..99.");
    }

    private static string ToJson(ScenarioReport report) => JsonSerializer.Serialize(new
    {
        seed = report.Seed,
        virtual_seconds = report.VirtualTime.TotalSeconds,
        steps = report.Steps,
        steps_done = report.StepsDone,
        openings = report.Openings,
        faults = report.Statistics.Faults,
        crashes = report.Statistics.Crashes,
        freezes = report.Statistics.Freezes,
        drains = report.Statistics.Drains,
        drains_emptied = report.Statistics.DrainsEmptied,
        planned_moves = report.Moves,
        hand_overs = report.HandOvers,
        lease_resumptions = report.Resumptions,
        partitions = report.Statistics.Partitions,
        messages = report.Statistics.Sent,
        lost = report.Statistics.Lost,
        duplicated = report.Statistics.Duplicated,
        manifests = report.Statistics.Manifests,
        digest = report.Digest.ToString("x16", CultureInfo.InvariantCulture),
    });
}
