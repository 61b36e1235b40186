using System.Globalization;
using System.Text.Json.Nodes;
using Tessera.Host.CommandLine;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Sweeps;

/// <summary>The table of a sweep as Markdown, or as one JSON object a row.</summary>
/// <param name="axes">What is varied.</param>
/// <param name="rows">One row for every combination.</param>
/// <param name="hasReference">Whether the rows are compared with a reference.</param>
internal sealed class SweepTable(IReadOnlyList<SweepAxis> axes, IReadOnlyList<SweepRow> rows, bool hasReference)
{
    private const string None = "-";

    /// <summary>Writes the table as Markdown, and below it what differs from the reference.</summary>
    public void WriteMarkdown(TextWriter output)
    {
        List<string> header = [.. axes.Select(axis => axis.Name), "runs", "failed", "accuracy, %", "s/epoch"];
        if (hasReference) { header.AddRange(["reference, %", "difference", "p (Welch)", "p (Holm)", "verdict"]); }
        List<string[]> lines = [[.. header], .. rows.Select(Cells)];
        int[] widths = [.. Enumerable.Range(0, header.Count).Select(column => Math.Max(3, lines.Max(line => line[column].Length)))];
        for (int index = 0; index < lines.Count; index++)
        {
            IEnumerable<string> cells = lines[index].Select((cell, column) => IsText(column) ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            output.WriteLine($"| {string.Join(" | ", cells)} |");
            if (index > 0) { continue; }
            IEnumerable<string> rules = widths.Select((width, column) => new string('-', width + 1) + (IsText(column) ? "-" : ":"));
            output.WriteLine($"|{string.Join("|", rules)}|");
        }

        if (hasReference) { WriteVerdicts(output); }
    }

    /// <summary>Writes one JSON object for every row; what is not known is null.</summary>
    public void WriteJson(TextWriter output)
    {
        foreach (SweepRow row in rows)
        {
            JsonObject line = new()
            {
                ["combination"] = row.Combination.Key,
                ["runs"] = row.Accuracy.Count,
                ["failed"] = row.Failed,
                ["mean"] = Finite(row.Accuracy.Mean),
                ["std"] = Finite(row.Accuracy.StandardDeviation),
                ["seconds_per_epoch"] = Finite(row.SecondsPerEpoch),
            };
            if (hasReference)
            {
                line["reference_mean"] = Finite(row.Reference?.Mean ?? double.NaN);
                line["reference_std"] = Finite(row.Reference?.StandardDeviation ?? double.NaN);
                line["difference"] = Finite(row.Difference);
                line["p"] = Finite(row.P);
                line["p_holm"] = Finite(row.HolmP);
                line["verdict"] = ConfigNames.ToSnakeCase(row.Verdict.ToString());
            }

            output.WriteLine(line.ToJsonString(JsonStyle.Plain));
        }
    }

    private bool IsText(int column) => column < axes.Count || column == axes.Count + 8; // names, and the verdict behind eight figures

    private string[] Cells(SweepRow row)
    {
        List<string> cells = [.. row.Combination.Values.Select(value => value.Name)];
        cells.AddRange([Number(row.Accuracy.Count), Number(row.Failed), Percent(row.Accuracy), Figure(row.SecondsPerEpoch, "F2")]);
        if (hasReference)
        {
            cells.AddRange([
                row.Reference is { } reference ? Percent(reference) : None,
                Figure(100 * row.Difference, "+0.00;-0.00;0.00"),
                Figure(row.P, "G2"),
                Figure(row.HolmP, "G2"),
                Words(row.Verdict),
            ]);
        }

        return [.. cells];
    }

    private void WriteVerdicts(TextWriter output)
    {
        List<SweepRow> compared = [.. rows.Where(row => row.Verdict != SweepVerdict.NoReference)];
        int Count(SweepVerdict verdict) => compared.Count(row => row.Verdict == verdict);
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{compared.Count} compared: {Count(SweepVerdict.Near)} within {100 * SweepRow.NearDifference:G} points, {Count(SweepVerdict.NotToldApart)} not told apart at "
            + $"{100 * SweepRow.Level:G} % for the whole table, {Count(SweepVerdict.Differs)} differ, {Count(SweepVerdict.TooFew)} with too few seeds to say."));
        foreach (SweepRow row in compared.Where(row => row.Verdict != SweepVerdict.Near))
        {
            string than = row.Difference > 0 ? "more" : "less";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"- {row.Combination.Key}, {Words(row.Verdict)}: {Percent(row.Accuracy)} %, {Math.Abs(100 * row.Difference):F2} points {than} than "
                + $"the reference's {Percent(row.Reference!.Value)} %."));
        }
    }

    private static string Words(SweepVerdict verdict) => verdict switch
    {
        SweepVerdict.NoReference => None,
        SweepVerdict.Near => "near",
        SweepVerdict.TooFew => "too few seeds",
        SweepVerdict.NotToldApart => "not told apart",
        _ => "differs",
    };

    private static string Percent(in SampleStatistics share) => share.Count switch
    {
        0 => None,
        1 => Figure(100 * share.Mean, "F2"),
        _ => $"{Figure(100 * share.Mean, "F2")} ± {Figure(100 * share.StandardDeviation, "F2")}",
    };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Figure(double value, string format) => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : None;

    private static JsonNode? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
