using Tessera.Actors.Stores;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Checkpoints;

/// <summary>Trains a stretch of a run again, in memory, from one of its checkpoints or from construction, and returns the hash it ends with.</summary>
public static class RunReplay
{
    /// <summary>Trains again.</summary>
    /// <param name="config">The run's experiment.</param>
    /// <param name="data">Its samples.</param>
    /// <param name="options">Threads.</param>
    /// <param name="source">The run's store, which is only read.</param>
    /// <param name="from">Step of a checkpoint that is kept, or 0 for construction.</param>
    /// <param name="to">Step to end after, above <paramref name="from"/>.</param>
    /// <returns>The hash of the state after step <paramref name="to"/>.</returns>
    /// <exception cref="CheckpointException">The checkpoint is missing or damaged.</exception>
    /// <exception cref="TrainingException">The run cannot go on from it.</exception>
    public static string Hash(ExperimentConfig config, DataPair data, RunOptions options, IRunStore source, long from, long to)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(from, to);
        var copy = new MemoryRunStore();
        if (from > 0)
        {
            Copy(source, copy, from);
        }

        using (var run = new TrainingRun(config, data, options with { EndAfter = to }, copy))
        {
            run.Execute(new Unobserved(), CancellationToken.None);
        }

        return RunVerifier.ComputeHash(copy, copy.ReadNewest()!);
    }

    private static void Copy(IRunStore source, MemoryRunStore copy, long step)
    {
        try
        {
            RunTransfer.Copy(source, copy, source.Read(new StepId((ulong)step)));
        }
        catch (Exception error) when (error is StoreException or SnapshotFormatException)
        {
            throw new CheckpointException(error.Message, error);
        }
    }
}
