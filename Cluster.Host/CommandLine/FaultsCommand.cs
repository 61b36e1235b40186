using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tessera.Host.Faults;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera faults</c>: a cluster of real processes through a table of faults.</summary>
internal static class FaultsCommand
{
    private const string Rule = "|---|---|---|---|---|---|";

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        Argument<string[]> names = new("CASE") { Description = "Cases to run; all where none is named.", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> list = new("--list") { Description = "Name the cases and run none." };
        Option<bool> json = new("--json") { Description = "One JSON object a case." };
        TaughtCommand command = new(
            "faults",
            "Kill, freeze and cut off real processes in every phase of a step, and compare the result with a run without faults.",
            """
            Each case starts two nodes and a coordinator on a database of its own, where needed with a coordinator that stands by, holds them in a phase by
            proxies on all their connections, does harm, and lets them train to the end. A case passes if the state has the hash of 'tessera train', and the
            invariants I1 to I10 hold as far as the database and the frames show (docs/faults.md). Needs PostgreSQL's programs, and Linux.

            'redone' counts steps that were committed and done again; 'trains again' is the time from the fault to the next step that a node confirms.

            Examples:
              tessera faults --list
              tessera faults kill-node-before-commit flipped-bit
            """) { names, list, json };
        command.Add(FaultsStormCommand.Create(console));
        command.Add(FaultsRecoveryCommand.Create(console));
        command.SetAction(parsed =>
        {
            IReadOnlyList<FaultCase> cases = Choose(parsed.GetValue(names) ?? []);
            return parsed.GetValue(list) ? List(console, cases, parsed.GetValue(json)) : Run(console, cases, parsed.GetValue(json));
        });
        return command;
    }

    private static IReadOnlyList<FaultCase> Choose(string[] names)
    {
        List<string> known = [.. FaultTable.Cases.Select(fault => fault.Name)];
        foreach (string name in names.Where(name => !known.Contains(name)))
        {
            throw new CommandLineException($"unknown case '{name}'.{ConfigNames.Suggest(name, known)} 'tessera faults --list' names all.");
        }

        return names.Length == 0 ? FaultTable.Cases : [.. FaultTable.Cases.Where(fault => names.Contains(fault.Name))];
    }

    private static int List(CliConsole console, IReadOnlyList<FaultCase> cases, bool json)
    {
        foreach (FaultCase fault in cases)
        {
            console.Out.WriteLine(json ? JsonSerializer.Serialize(new { name = fault.Name, what = fault.What }) : $"{fault.Name,-44}{fault.What}");
        }

        return ExitCode.Done;
    }

    private static int Run(CliConsole console, IReadOnlyList<FaultCase> cases, bool json)
    {
        using FaultStage stage = new(FaultTable.Server);
        FaultlessRun reference = FaultTable.TrainReference(stage.Folder);
        if (!json)
        {
            console.Out.WriteLine("| Case | What happens | Terms | Redone | Trains again | Result |");
            console.Out.WriteLine(Rule);
        }

        int failed = 0;
        foreach (FaultCase fault in cases)
        {
            FaultOutcome outcome = FaultTable.Run(fault, stage.Server, reference, stage);
            failed += outcome.Problem is null ? 0 : 1;
            console.Out.WriteLine(json ? ToJson(outcome) : ToText(outcome));
            if (outcome.Problem is { } problem) { console.Error.WriteLine($"{fault.Name}: {problem}"); }
        }

        if (!json) { console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cases.Count - failed} passed, {failed} failed")); }
        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static string ToText(FaultOutcome outcome)
    {
        string again = outcome.TrainsAgainAfter is { } time ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s") : "";
        string result = outcome.Problem is null ? "same hash, I1 to I10 hold" : "FAILED";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| `{outcome.Case.Name}` | {outcome.Case.What} | {outcome.Terms} | {outcome.RedoneSteps} | {again} | {result} |");
    }

    private static string ToJson(FaultOutcome outcome) => JsonSerializer.Serialize(new
    {
        name = outcome.Case.Name,
        what = outcome.Case.What,
        terms = outcome.Terms,
        redone_steps = outcome.RedoneSteps,
        trains_again_seconds = outcome.TrainsAgainAfter?.TotalSeconds,
        seconds = outcome.Took.TotalSeconds,
        passed = outcome.Problem is null,
        problem = outcome.Problem,
    });
}
