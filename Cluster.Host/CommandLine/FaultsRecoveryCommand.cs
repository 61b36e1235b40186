using System.CommandLine;
using Tessera.Host.Faults;
using Tessera.Host.Maps;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera faults recovery</c>: how long a cluster takes to notice a fault and to train again.</summary>
internal static class FaultsRecoveryCommand
{
    private const int RunsMax = 1000;

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        Option<string?> runs = new("--runs") { Description = "Recoveries from each kind of fault; default 10.", HelpName = "N" };
        Option<bool> json = new("--json") { Description = "One JSON object a kind of fault, with the times of every run." };
        TaughtCommand command = new(
            "recovery",
            "Time how fast a cluster notices a killed or frozen process, and trains again.",
            """
            Three nodes and two coordinators on a private PostgreSQL train a small network; one process at a time is killed or frozen, and comes back
            before the next. A node is noticed when the coordinator says that it lost it, a coordinator when another one is given the lead. Training goes on
            when an epoch is done, of 13 steps, that no process had done before. docs/faults.md has figures. A goal that is missed is marked and fails
            nothing.

            Example:
              tessera faults recovery --runs 3
            """) { runs, json };
        command.SetAction(parsed => Run(console, WholeNumber.Read("--runs", parsed.GetValue(runs), 10, RunsMax), parsed.GetValue(json)));
        return command;
    }

    private static int Run(CliConsole console, int runs, bool json)
    {
        TextTable table = new(RecoveryFigures.Header);
        RecoveryRun.Execute(runs, figures =>
        {
            if (json) { console.Out.WriteLine(figures.ToJson()); }
            else { table.Add(figures.ToCells()); }
        });
        if (!json) { table.Write(console.Out); }
        return ExitCode.Done;
    }
}
