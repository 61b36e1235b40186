using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;

namespace Tessera.Coordination.Simulation;

/// <summary>What a run comes to where nothing goes wrong: in this process, on one thread, behind the local edge.</summary>
/// <param name="Hash">Hash of the final state.</param>
/// <param name="Losses">Loss of each step.</param>
internal sealed record ReferenceRun(string Hash, IReadOnlyList<float> Losses)
{
    /// <summary>Trains.</summary>
    public static ReferenceRun Of(ExperimentConfig experiment, DataPair data)
    {
        var store = new MemoryRunStore();
        using var run = new TrainingRun(experiment, data, new RunOptions { Threads = 1 }, store);
        run.Execute(new Unobserved(), CancellationToken.None);
        return new ReferenceRun(RunVerifier.ComputeHash(store, store.ReadNewest()!), [.. run.Losses]);
    }
}
