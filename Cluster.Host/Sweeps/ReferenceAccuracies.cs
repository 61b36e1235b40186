using System.Text.Json;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Sweeps;

/// <summary>
/// Accuracies that another program reached, by combination: a JSON object whose keys are the names of values with <c>|</c> between them, and whose values
/// have an array <c>accuracy</c> with a share from 0 to 1 for every seed. A key may go on behind the combination's name: <c>sgd|EcRam|lr0.1</c> is the
/// reference of <c>sgd|EcRam</c>, where no other key is.
/// </summary>
internal sealed class ReferenceAccuracies
{
    private readonly string _file;
    private readonly Dictionary<string, SampleStatistics> _rows; // key -> accuracy

    private ReferenceAccuracies(string file, Dictionary<string, SampleStatistics> rows)
    {
        _file = file;
        _rows = rows;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="CommandLineException">It does not exist, or is something else.</exception>
    public static ReferenceAccuracies Read(string file)
    {
        if (!File.Exists(file)) { throw new CommandLineException($"--against: there is no file '{file}'. Check the path."); }
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            if (document.RootElement.ValueKind != JsonValueKind.Object) { throw Wrong(file, $"it holds {document.RootElement.ValueKind}"); }
            Dictionary<string, SampleStatistics> rows = [];
            foreach (JsonProperty row in document.RootElement.EnumerateObject()) { rows[row.Name] = ReadRow(file, row); }
            return new ReferenceAccuracies(file, rows);
        }
        catch (JsonException error)
        {
            throw Wrong(file, $"it is not JSON ({error.Message.TrimEnd('.')})");
        }
    }

    /// <summary>Accuracy of a combination, or null where the file does not have it.</summary>
    /// <exception cref="CommandLineException">Several keys could be meant.</exception>
    public SampleStatistics? Find(SweepCombination combination)
    {
        if (_rows.TryGetValue(combination.Key, out SampleStatistics exact)) { return exact; }
        string start = combination.Key + SweepCombination.Separator;
        List<string> longer = [.. _rows.Keys.Where(key => key.StartsWith(start, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        return longer.Count switch
        {
            0 => null,
            1 => _rows[longer[0]],
            _ => throw new CommandLineException(
                $"--against '{_file}': {string.Join(" and ", longer)} could both be {combination.Key}. Add an axis to the sweep that tells them apart, or leave one out of the file."),
        };
    }

    /// <summary>Checks that the file is about the sweep.</summary>
    /// <exception cref="CommandLineException">It has none of the combinations.</exception>
    public void RequireAnyOf(IReadOnlyList<SweepCombination> combinations)
    {
        if (combinations.Any(combination => Find(combination) is not null)) { return; }
        throw new CommandLineException(
            $"--against '{_file}' has none of the combinations of the sweep, such as '{combinations[0].Key}'; its keys are "
            + $"{string.Join(", ", _rows.Keys.Take(3).Select(key => $"'{key}'"))}{(_rows.Count > 3 ? ", ..." : "")}. Name axes and values alike, in the same order.");
    }

    private static SampleStatistics ReadRow(string file, JsonProperty row)
    {
        if (row.Value.ValueKind != JsonValueKind.Object || !row.Value.TryGetProperty("accuracy", out JsonElement accuracy) || accuracy.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(file, $"'{row.Name}' has no array 'accuracy'");
        }

        List<double> values = [];
        foreach (JsonElement value in accuracy.EnumerateArray())
        {
            if (value.ValueKind != JsonValueKind.Number || value.GetDouble() is not (>= 0 and <= 1)) { throw Wrong(file, $"'{row.Name}' has the accuracy {value.GetRawText()}"); }
            values.Add(value.GetDouble());
        }

        return SampleStatistics.Of(values);
    }

    private static CommandLineException Wrong(string file, string seen) =>
        new($"--against '{file}': {seen}; expected an object like {{\"sgd|EcRam\": {{\"accuracy\": [0.91, 0.9]}}}} with shares from 0 to 1, one for each seed.");
}
