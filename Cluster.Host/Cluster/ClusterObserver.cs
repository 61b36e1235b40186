using System.Globalization;
using Microsoft.Extensions.Logging;
using Tessera.Actors.Stores;
using Tessera.Coordination.Training;
using Tessera.Host.Runs;
using Tessera.Protocol.Identity;

namespace Tessera.Host.Cluster;

/// <summary>
/// Shows every report of a run in a cluster, and keeps its epochs in the database before anything goes on: whichever process coordinates next, none is lost. The
/// metrics files of this process are written anew from there whenever it begins to lead.
/// </summary>
/// <param name="display">Who watches.</param>
/// <param name="metrics">The files.</param>
/// <param name="epochs">The epochs that all processes share.</param>
/// <param name="status">Counts samples.</param>
/// <param name="log">Where trouble is told.</param>
/// <param name="onCheckpoint">Called after each checkpoint, while training goes on.</param>
/// <param name="stop">
/// Ends the waiting for the database, with an <see cref="OperationCanceledException"/>: an epoch that could not be kept is reported again to whoever leads next,
/// since no checkpoint is beyond it.
/// </param>
internal sealed class ClusterObserver(
    IRunDisplay display, MetricsWriter metrics, IEpochLog epochs, CoordinatorStatusSource status, ILogger log, Action onCheckpoint, CancellationToken stop)
    : ITrainingObserver
{
    private int _epoch;
    private int _samplesDone; // of that epoch

    /// <inheritdoc/>
    public void OnOpened(long step)
    {
        IReadOnlyList<EpochRecord> kept = ClusterLinks.Patiently(epochs.ReadAll, log, stop);
        metrics.Rewrite(kept.Where(record => (long)record.Step.Value <= step).Select(record => MetricsWriter.FromJson(record.Json)));
        display.OnOpened(step);
        display.Note(step > 0 ? "goes on" : "begins", string.Create(CultureInfo.InvariantCulture, $"after step {step:N0}"));
    }

    /// <inheritdoc/>
    public void OnStep(in StepReport r)
    {
        int before = _epoch == r.Epoch ? _samplesDone : 0;
        (_epoch, _samplesDone) = (r.Epoch, r.SamplesDone);
        status.Count(Math.Max(0, r.SamplesDone - before));
        display.OnStep(r);
    }

    /// <inheritdoc/>
    public void OnEpoch(in EpochReport r)
    {
        EpochReport epoch = r;
        status.WhileWaiting(() => ClusterLinks.Patiently(
            () =>
            {
                epochs.Append(new StepId((ulong)epoch.Step), epoch.Epoch, MetricsWriter.ToJson(epoch));
                return true;
            },
            log,
            stop));
        metrics.Write(r);
        display.OnEpoch(r);
    }

    /// <inheritdoc/>
    public void OnCheckpoint(long step)
    {
        onCheckpoint();
        display.OnCheckpoint(step);
    }

    /// <inheritdoc/>
    public void OnProblem(string detail) => display.Warn(detail);
}
