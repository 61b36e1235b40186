namespace Tessera.Coordination.Experiments;

/// <summary>How long a run is.</summary>
public static class RunLength
{
    /// <summary>Mini-batches of all epochs; the last one of an epoch may be smaller.</summary>
    /// <param name="config">The experiment.</param>
    /// <param name="samples">Training samples, 1 or more.</param>
    public static long StepsOf(ExperimentConfig config, int samples) =>
        (long)config.Training.Epochs * (((samples - 1) / Math.Min(config.Training.BatchSize, samples)) + 1);
}
