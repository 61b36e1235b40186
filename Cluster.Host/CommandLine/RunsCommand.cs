using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tessera.Host.Maps;
using Tessera.Host.Runs;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera runs</c>: the runs in a folder with state, step, accuracy and size.</summary>
internal static class RunsCommand
{

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        Argument<string> folder = new("FOLDER") { Description = "Folder that holds run folders; default runs.", DefaultValueFactory = _ => "runs" };
        Option<bool> json = new("--json") { Description = "One JSON object a run instead of a table." };
        TaughtCommand command = new(
            "runs",
            "List runs with their state, step, accuracy and size.",
            """
            States: running (a process trains it), finished, stopped (on request), killed (ended without a word), failed and unreadable (say why). The step is that
            of the newest checkpoint, from which 'tessera resume' goes on.
            """) { folder, json };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(folder)!;
            if (File.Exists(path)) { throw new CommandLineException($"'{path}' is a file; expected a folder that holds run folders, for instance runs."); }
            if (!Directory.Exists(path)) { throw new CommandLineException($"There is no folder '{path}'; runs are kept where 'tessera train' was started, in runs/."); }
            List<RunListing> runs = [.. RunFolder.In(path).Select(RunListing.Of)];
            if (parsed.GetValue(json))
            {
                foreach (RunListing run in runs) { console.Out.WriteLine(JsonSerializer.Serialize(run, JsonStyle.SnakeCase)); }
            }
            else { Write(console.Out, path, runs); }
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(TextWriter output, string path, List<RunListing> runs)
    {
        if (runs.Count == 0)
        {
            output.WriteLine($"no runs in '{path}'; start one with ./tessera train");
            return;
        }

        TextTable table = new("run", "state", "step", "accuracy", "size");
        foreach (RunListing run in runs)
        {
            string step = run.Step?.ToString("N0", CultureInfo.InvariantCulture) ?? "-";
            if (run.Steps is { } steps) { step = string.Create(CultureInfo.InvariantCulture, $"{step} of {steps:N0}"); }
            string accuracy = run.TestAccuracy is { } share ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:F2} %") : "-";
            table.Add(run.Run, run.State, step, accuracy, ByteSize.Format(run.SizeBytes));
        }

        table.Write(output);
        foreach (RunListing run in runs.Where(run => run.Problem is not null)) { output.WriteLine($"{run.Run}: {run.Problem}"); }
    }
}
