using System.Globalization;
using System.Text.Json;
using Tessera.Coordination.Training;

namespace Tessera.Host.Runs;

/// <summary>
/// Writes metrics.csv and metrics.jsonl, a line of each per epoch, so that an interrupted run keeps what it had. A run that goes back to a checkpoint keeps
/// the lines up to it, whatever a killed process left behind them.
/// </summary>
internal sealed class MetricsWriter
{
    private const string Header = "epoch,step,train_loss,test_accuracy,learning_rate,seconds,samples_per_second,crosspoint_updates_per_second";

    private readonly RunFolder _folder;
    private int _lastEpoch;

    /// <summary>Creates the writer; nothing is written before <see cref="ReturnTo"/>.</summary>
    public MetricsWriter(RunFolder folder) => _folder = folder;

    /// <summary>Keeps the epochs up to a step and drops the rest.</summary>
    public void ReturnTo(long step)
    {
        List<string> csv = [Header];
        List<string> json = [];
        _lastEpoch = 0;
        string[] oldJson = ReadLines(_folder.MetricsJsonLines);
        foreach ((string line, int index) in ReadLines(_folder.MetricsCsv).Skip(1).Select((line, index) => (line, index)))
        {
            if (!TryRead(line, out int epoch, out long lineStep) || epoch <= _lastEpoch || lineStep > step || index >= oldJson.Length) { break; }
            csv.Add(line);
            json.Add(oldJson[index]);
            _lastEpoch = epoch;
        }

        Replace(_folder.MetricsCsv, csv);
        Replace(_folder.MetricsJsonLines, json);
    }

    /// <summary>Replaces all epochs, at once, since a recovery waits for it. A process that is killed meanwhile leaves those of before or these.</summary>
    /// <param name="epochs">Epochs, rising; of each the first report counts.</param>
    public void Rewrite(IEnumerable<EpochReport> epochs)
    {
        List<string> csv = [Header];
        List<string> json = [];
        _lastEpoch = 0;
        foreach (EpochReport epoch in epochs.Where(epoch => epoch.Epoch > _lastEpoch))
        {
            csv.Add(ToCsv(epoch));
            json.Add(ToJson(epoch));
            _lastEpoch = epoch.Epoch;
        }

        Replace(_folder.MetricsJsonLines, json); // first: a line of CSV always has its JSON
        Replace(_folder.MetricsCsv, csv);
    }

    /// <summary>The epochs of a folder up to a step.</summary>
    public static IReadOnlyList<EpochReport> Read(RunFolder folder, long step) =>
        [.. ReadLines(folder.MetricsJsonLines).Select(FromJson).TakeWhile(epoch => epoch.Step <= step)];

    /// <summary>Appends an epoch; one that is there already, from before a resume, stays as it is.</summary>
    public void Write(in EpochReport epoch)
    {
        if (epoch.Epoch <= _lastEpoch) { return; }
        _lastEpoch = epoch.Epoch;
        File.AppendAllText(_folder.MetricsJsonLines, ToJson(epoch) + "\n"); // first: a line of CSV always has its JSON
        File.AppendAllText(_folder.MetricsCsv, ToCsv(epoch) + "\n");
    }

    /// <summary>An epoch as one line of JSON, with the names of the CSV columns.</summary>
    public static string ToJson(in EpochReport epoch) => JsonSerializer.Serialize(new
    {
        epoch = epoch.Epoch,
        step = epoch.Step,
        train_loss = epoch.TrainLoss,
        test_accuracy = epoch.TestAccuracy,
        learning_rate = epoch.LearningRate,
        seconds = epoch.Seconds,
        samples_per_second = epoch.SamplesPerSecond,
        crosspoint_updates_per_second = epoch.CrosspointUpdatesPerSecond,
    });

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static EpochReport FromJson(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        return new EpochReport(
            root.GetProperty("epoch").GetInt32(),
            root.GetProperty("step").GetInt64(),
            root.GetProperty("train_loss").GetDouble(),
            root.GetProperty("test_accuracy").GetDouble(),
            root.GetProperty("learning_rate").GetSingle(),
            root.GetProperty("seconds").GetDouble(),
            root.GetProperty("samples_per_second").GetDouble(),
            root.GetProperty("crosspoint_updates_per_second").GetDouble());
    }

    /// <summary>Accuracy after the last epoch in the file, or null.</summary>
    public static double? LastAccuracy(RunFolder folder)
    {
        double? accuracy = null;
        foreach (string line in ReadLines(folder.MetricsCsv).Skip(1))
        {
            string[] fields = line.Split(',');
            if (fields.Length > 3 && double.TryParse(fields[3], CultureInfo.InvariantCulture, out double value)) { accuracy = value; }
        }

        return accuracy;
    }

    private static string ToCsv(in EpochReport epoch) => string.Create(
        CultureInfo.InvariantCulture,
        $"{epoch.Epoch},{epoch.Step},{epoch.TrainLoss},{epoch.TestAccuracy},{epoch.LearningRate},{epoch.Seconds:F4},{epoch.SamplesPerSecond:F1},{epoch.CrosspointUpdatesPerSecond:F0}");

    private static bool TryRead(string line, out int epoch, out long step)
    {
        string[] fields = line.Split(',');
        step = 0;
        return int.TryParse(fields[0], CultureInfo.InvariantCulture, out epoch)
            && fields.Length == Header.Split(',').Length
            && long.TryParse(fields[1], CultureInfo.InvariantCulture, out step);
    }

    /// <summary>The lines that are whole: a process may have been killed in the middle of one.</summary>
    private static string[] ReadLines(string path)
    {
        if (!File.Exists(path)) { return []; }
        string text = File.ReadAllText(path);
        return text.Split('\n')[..^1];
    }

    private static void Replace(string path, List<string> lines)
    {
        string partial = path + ".partial";
        File.WriteAllText(partial, string.Concat(lines.Select(line => line + "\n")));
        File.Move(partial, path, overwrite: true);
    }
}
