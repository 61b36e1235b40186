using System.Diagnostics;
using System.Globalization;
using Tessera.Coordination.Training;

namespace Tessera.Host.Runs;

/// <summary>Plain lines for files and pipes: one an epoch, and a sign of life in between where epochs are long.</summary>
/// <param name="output">Where to write.</param>
/// <param name="error">Where complaints go.</param>
/// <param name="epochs">Epochs of the run.</param>
internal sealed class PlainDisplay(TextWriter output, TextWriter error, int epochs) : IRunDisplay
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private long _lastTimestamp = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public void Note(string name, string value) => output.WriteLine($"{name}: {value}");

    /// <inheritdoc/>
    public void Warn(string message) => error.WriteLine($"tessera: {message}");

    /// <inheritdoc/>
    public void Watch(Action training) => training();

    /// <inheritdoc/>
    public void OnStep(in StepReport r)
    {
        if (Stopwatch.GetElapsedTime(_lastTimestamp) < Quiet) { return; }
        _lastTimestamp = Stopwatch.GetTimestamp();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"epoch {r.Epoch}/{epochs}: {r.SamplesDone:N0} of {r.SamplesTotal:N0} samples, loss {r.Loss:F4}"));
    }

    /// <inheritdoc/>
    public void OnEpoch(in EpochReport r)
    {
        _lastTimestamp = Stopwatch.GetTimestamp();
        output.WriteLine(EpochLine.Format(r, epochs));
    }
}
