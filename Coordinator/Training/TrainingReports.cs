namespace Tessera.Coordination.Training;

/// <summary>One mini-batch.</summary>
/// <param name="Step">Mini-batches so far, from 1.</param>
/// <param name="Epoch">Pass over the data, from 1.</param>
/// <param name="SamplesDone">Samples of this epoch so far.</param>
/// <param name="SamplesTotal">Samples of an epoch.</param>
/// <param name="Loss">Mean loss of the mini-batch.</param>
public readonly record struct StepReport(long Step, int Epoch, int SamplesDone, int SamplesTotal, float Loss);

/// <summary>One pass over the data. Times are measured, and never part of a state or its hash.</summary>
/// <param name="Epoch">Pass over the data, from 1.</param>
/// <param name="Step">Mini-batches so far.</param>
/// <param name="TrainLoss">Mean loss over the epoch's samples, each at the weights of its step.</param>
/// <param name="TestAccuracy">Share of test samples classified correctly after the epoch, 0 to 1.</param>
/// <param name="LearningRate">Learning rate of the epoch.</param>
/// <param name="Seconds">Wall time of the training pass in this process, without the evaluation; 0 where a checkpoint held all of it.</param>
/// <param name="SamplesPerSecond">Training samples per second, of those trained in this process; 0 where there are none.</param>
/// <param name="CrosspointUpdatesPerSecond">Samples times devices of all tiles, per second.</param>
public readonly record struct EpochReport(
    int Epoch,
    long Step,
    double TrainLoss,
    double TestAccuracy,
    float LearningRate,
    double Seconds,
    double SamplesPerSecond,
    double CrosspointUpdatesPerSecond);

/// <summary>Sees a run as it goes. Called on the thread that executes the run; a slow observer slows training.</summary>
public interface ITrainingObserver
{
    /// <summary>After every mini-batch.</summary>
    void OnStep(in StepReport r);

    /// <summary>
    /// After every pass over the data. A run that was resumed at the end of an epoch reports that epoch again, with the same accuracy and no time.
    /// </summary>
    void OnEpoch(in EpochReport r);

    /// <summary>Training begins, or goes on, after this step.</summary>
    void OnOpened(long step)
    {
    }

    /// <summary>The checkpoint of a step is complete.</summary>
    void OnCheckpoint(long step)
    {
    }

    /// <summary>Something failed without ending the run: a checkpoint was given up.</summary>
    void OnProblem(string detail)
    {
    }
}

/// <summary>What a run came to.</summary>
/// <param name="Steps">Mini-batches.</param>
/// <param name="TrainLoss">Mean loss of the last epoch.</param>
/// <param name="TestAccuracy">Share of test samples classified correctly at the end, 0 to 1.</param>
/// <param name="Seconds">Wall time of all training passes of this process, without evaluations.</param>
/// <param name="IsFinished">Whether all epochs are done; otherwise the run was stopped and can be resumed.</param>
public sealed record TrainingSummary(long Steps, double TrainLoss, double TestAccuracy, double Seconds, bool IsFinished);

/// <summary>How a run is executed. Nothing here changes a bit of its result.</summary>
public sealed record RunOptions
{
    /// <summary>Threads, 1 or more. Default: one per core.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Step after which the run stops, with a checkpoint, though it is not finished; null to train all epochs. Default null.</summary>
    public long? EndAfter { get; init; }

    /// <summary>Whether a checkpoint of another numerics version is taken: the run then goes on with other bits. Default false.</summary>
    public bool AcceptNumericsChange { get; init; }
}
