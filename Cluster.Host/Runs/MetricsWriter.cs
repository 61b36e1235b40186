using System.Globalization;
using System.Text.Json;
using Tessera.Coordination.Training;

namespace Tessera.Host.Runs;

/// <summary>Writes metrics.csv and metrics.jsonl, a line of each per epoch, so that an interrupted run keeps what it had.</summary>
internal sealed class MetricsWriter : IDisposable
{
    private const string Header = "epoch,step,train_loss,test_accuracy,learning_rate,seconds,samples_per_second,crosspoint_updates_per_second";

    private readonly StreamWriter _csv;
    private readonly StreamWriter _jsonLines;

    /// <summary>Creates both files.</summary>
    public MetricsWriter(RunFolder folder)
    {
        _csv = new StreamWriter(folder.MetricsCsv) { AutoFlush = true, NewLine = "\n" };
        _jsonLines = new StreamWriter(folder.MetricsJsonLines) { AutoFlush = true, NewLine = "\n" };
        _csv.WriteLine(Header);
    }

    /// <summary>Appends an epoch.</summary>
    public void Write(in EpochReport epoch)
    {
        _csv.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{epoch.Epoch},{epoch.Step},{epoch.TrainLoss},{epoch.TestAccuracy},{epoch.LearningRate},{epoch.Seconds:F4},{epoch.SamplesPerSecond:F1},{epoch.CrosspointUpdatesPerSecond:F0}"));
        _jsonLines.WriteLine(ToJson(epoch));
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _csv.Dispose();
        _jsonLines.Dispose();
    }
}
