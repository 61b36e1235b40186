using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Tessera.Host.Conformance;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera conformance</c>: devices, unit cells, updates and products beside statistics measured on aihwkit.</summary>
internal static class ConformanceCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        Argument<string> folder = new("FOLDER") { Description = "Folder of golden files (*.json)." };
        Option<string?> filter = new("--filter") { Description = "Only cases whose name contains this.", HelpName = "TEXT" };
        Option<bool> json = new("--json") { Description = "One JSON object a case, then one with the totals." };
        Option<string?> threads = ThreadsOption.Create();
        TaughtCommand command = new(
            "conformance",
            "Compare devices, unit cells, updates and products with statistics measured on aihwkit.",
            """
            Rebuilds every case of the folder, repeats it, and compares means and spreads with those in the file. A line a case: ok, FAIL or skipped (this build cannot
            do it; the reason is the program's own), the largest deviation in standard errors beside the limit at which a whole file of correct figures raises a false
            alarm less than once in a million, where it was, and the smallest relative error that would have failed. docs/conformance.md explains the figures.

            Exit code 0 if nothing failed.

            Examples:
              tessera conformance golden
              tessera conformance golden --filter update_SoftBounds
            """) { folder, filter, json, threads };
        command.SetAction(parsed => Run(console, parsed.GetValue(folder)!, parsed.GetValue(filter) ?? "", parsed.GetValue(json), ThreadsOption.Read(parsed, threads)));
        return command;
    }

    private static int Run(CliConsole console, string folder, string filter, bool json, int threads)
    {
        IReadOnlyList<IReadOnlyList<ConformanceCase>> files = GoldenFolder.Read(folder);
        if (!files.SelectMany(cases => cases).Any(one => one.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            string names = string.Join(", ", files.Where(cases => cases.Count > 0).Select(cases => cases[0].Name.Split('/')[0]));
            throw new CommandLineException($"--filter: no case's name contains '{filter}'; the files are {names}.");
        }

        (int passed, int failed, int skipped) = ConformanceRun.Run(
            files, filter, threads, (one, result) => console.Out.WriteLine(json ? ToJson(one.Name, result) : ToText(one.Name, result)));
        console.Out.WriteLine(json ? $$"""{"passed":{{passed}},"failed":{{failed}},"skipped":{{skipped}}}""" : $"{passed} passed, {failed} failed, {skipped} skipped");
        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static string ToText(string name, CaseResult result)
    {
        string outcome = Outcome(result);
        if (result.Where is null) { return $"{outcome,-7} {name}{(result.Reason is null ? "" : $": {result.Reason}")}"; }
        string detects = string.Join(", ", new[] { Share(result.DetectableMean, "means"), Share(result.DetectableSpread, "spreads") }.Where(part => part.Length > 0));
        string found = string.Create(
            CultureInfo.InvariantCulture, $"z {result.Z:F1} of {result.Limit:F1}, {result.Where} {result.Observed:G6} against {result.Expected:G6}");
        return $"{outcome,-7} {name}: {found}{(detects.Length > 0 ? $"; detects {detects}" : "")}";
    }

    private static string Share(double? relative, string of) => relative is { } share ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:G2} % in {of}") : "";

    private static string Outcome(CaseResult result) => result.Outcome switch
    {
        CaseOutcome.Passed => "ok",
        CaseOutcome.Failed => "FAIL",
        _ => "skipped",
    };

    private static string ToJson(string name, CaseResult result)
    {
        JsonObject line = new() { ["case"] = name, ["outcome"] = Outcome(result) };
        if (result.Where is not null)
        {
            line["comparisons"] = result.Comparisons;
            line["z"] = Finite(result.Z);
            line["limit"] = result.Limit;
            line["where"] = result.Where;
            line["observed"] = Finite(result.Observed);
            line["expected"] = Finite(result.Expected);
            line["detectable_mean"] = Finite(result.DetectableMean);
            line["detectable_spread"] = Finite(result.DetectableSpread);
        }

        if (result.Reason is not null) { line["reason"] = result.Reason; }
        return line.ToJsonString(JsonStyle.Plain);
    }

    /// <summary>JSON has no word for infinity; a deviation that is not finite is written as null.</summary>
    private static JsonNode? Finite(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;
}
