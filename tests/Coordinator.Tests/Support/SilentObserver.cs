using Tessera.Coordination.Training;

namespace Tessera.Coordination.Tests.Support;

/// <summary>Keeps what a run reports.</summary>
internal sealed class SilentObserver : ITrainingObserver
{
    public List<EpochReport> Epochs { get; } = [];

    public long Steps { get; private set; }

    public long Opened { get; private set; } = -1;

    public void OnStep(in StepReport r) => Steps = r.Step;

    public void OnEpoch(in EpochReport r) => Epochs.Add(r);

    public void OnOpened(long step) => Opened = step;
}
