using System.CommandLine;
using Tessera.Host.Sweeps;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera sweep</c>: an experiment with everything that is varied about it, over seeds, as a table.</summary>
internal sealed class SweepCommand
{
    private readonly CliConsole _console;
    private readonly Argument<string> _file = new("SWEEP.yaml") { Description = "Sweep file: experiment, axes and seeds." };
    private readonly Option<string?> _data = new("--data")
    {
        Description = "Folder of IDX, NPY or CSV files that takes the place of the experiment's data.",
        HelpName = "FOLDER",
    };

    private readonly Option<string[]> _only = new("--only")
    {
        Description = "Only some values of an axis; may be given again for another axis.",
        HelpName = "AXIS=VALUE,VALUE",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _seeds = new("--seeds") { Description = "Only the seeds of the sweep that are in this range, for instance 1..2.", HelpName = "A..B" };
    private readonly Option<string?> _threads = ThreadsOption.Create();
    private readonly MemoryOption _memory = new();
    private readonly Option<string?> _runDir = new("--run-dir") { Description = "Folder of the results, new or from before; default runs/<sweep>.", HelpName = "DIR" };
    private readonly Option<string?> _against = new("--against") { Description = "Accuracies by combination to compare with.", HelpName = "REFERENCE.json" };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a run, then one for every combination." };

    private SweepCommand(CliConsole console) => _console = console;

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        SweepCommand sweep = new(console);
        TaughtCommand command = new(
            "sweep",
            "Train every combination of a sweep file with every seed, and print a table.",
            """
            Every finished run is a line of results.jsonl and results.csv in the folder. Started again after Ctrl-C or a kill, the sweep skips what is there and goes on
            with the run it was in. The table is Markdown: mean and standard deviation over seeds, and runs that failed. With --against it has the reference beside it, the
            difference in points, the p-value of Welch's test, the same with Holm's correction, and a verdict: near (less than half a point), not told apart (by the
            test, at 1 % for the whole table), or differs. docs/sweeps.md describes the files.

            Exit code 0 if all runs finished and nothing differs.

            Examples:
              tessera sweep examples/learning-rules.yaml --data ~/mnist --run-dir runs/rules
              tessera sweep examples/learning-rules.yaml --data ~/mnist --run-dir runs/rules --only rule=sgd --seeds 1..2
            """);
        command.Add(sweep._file);
        command.Add(sweep._data);
        command.Add(sweep._only);
        command.Add(sweep._seeds);
        command.Add(sweep._threads);
        sweep._memory.AddTo(command);
        command.Add(sweep._runDir);
        command.Add(sweep._against);
        command.Add(sweep._json);
        command.SetAction(sweep.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        int threads = ThreadsOption.Read(parsed, _threads);
        bool isJson = parsed.GetValue(_json);
        SweepPlan plan = ReadPlan(parsed);
        IReadOnlyList<SweepCombination> combinations = plan.Combinations();
        ReferenceAccuracies? reference = parsed.GetValue(_against) is { } against ? ReferenceAccuracies.Read(against) : null;
        reference?.RequireAnyOf(combinations);
        IReadOnlyList<SweepRun> runs = plan.Runs(parsed.GetValue(_data));
        SweepData data = new(threads);
        data.Require(runs, _memory.Read(parsed)); // before a folder is made

        using SweepFolder folder = SweepFolder.Open(parsed.GetValue(_runDir) ?? Path.Combine("runs", plan.Name));
        SweepRunner runner = new(_console, isJson, folder, data, threads);
        bool isComplete = runner.Run(runs);
        List<SweepResult> results = [.. runs.Select(folder.Find).OfType<SweepResult>()];
        IReadOnlyList<SweepRow> rows = SweepRow.Of(combinations, results, runner.Failed, reference);
        SweepTable table = new(plan.Axes, rows, reference is not null);
        if (isJson) { table.WriteJson(_console.Out); }
        else
        {
            _console.Out.WriteLine();
            table.WriteMarkdown(_console.Out);
        }

        if (!isComplete) { _console.Error.WriteLine($"tessera: stopped as asked, with {results.Count} of {runs.Count} runs done; the same command goes on."); }
        return isComplete && runner.Failed.Count == 0 && rows.All(row => row.Verdict != SweepVerdict.Differs) ? ExitCode.Done : ExitCode.Failed;
    }

    private SweepPlan ReadPlan(ParseResult parsed)
    {
        SweepPlan plan = (parsed.GetValue(_only) ?? []).Aggregate(SweepReader.Read(parsed.GetValue(_file)!), SweepFilter.Only);
        return parsed.GetValue(_seeds) is { } seeds ? SweepFilter.Seeds(plan, seeds) : plan;
    }
}
