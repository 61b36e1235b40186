namespace Tessera.Coordination.Training;

/// <summary>Looks away: only the state that a run ends with counts.</summary>
internal sealed class Unobserved : ITrainingObserver
{
    /// <inheritdoc/>
    public void OnStep(in StepReport r)
    {
    }

    /// <inheritdoc/>
    public void OnEpoch(in EpochReport r)
    {
    }
}
