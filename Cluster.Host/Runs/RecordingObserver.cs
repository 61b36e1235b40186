using System.Globalization;
using Tessera.Coordination.Training;

namespace Tessera.Host.Runs;

/// <summary>Shows every report and writes each epoch to the metrics files.</summary>
/// <param name="display">Who watches.</param>
/// <param name="metrics">The files.</param>
internal sealed class RecordingObserver(IRunDisplay display, MetricsWriter metrics) : ITrainingObserver
{
    /// <inheritdoc/>
    public void OnOpened(long step)
    {
        metrics.ReturnTo(step);
        if (step > 0) { display.Note("resumed", string.Create(CultureInfo.InvariantCulture, $"after step {step:N0}")); }
    }

    /// <inheritdoc/>
    public void OnStep(in StepReport r) => display.OnStep(r);

    /// <inheritdoc/>
    public void OnEpoch(in EpochReport r)
    {
        metrics.Write(r);
        display.OnEpoch(r);
    }

    /// <inheritdoc/>
    public void OnProblem(string detail) => display.Warn(detail);
}
