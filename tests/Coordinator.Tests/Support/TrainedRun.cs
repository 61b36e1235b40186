using Tessera.Actors.Machines;
using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Kernels.Tiles;

namespace Tessera.Coordination.Tests.Support;

/// <summary>Everything that a run leaves behind, and two runs can be compared by.</summary>
/// <param name="Hash">Hash of the stored state.</param>
/// <param name="Losses">Loss of every step, as the store has them.</param>
/// <param name="Summary">What the run said it came to.</param>
internal sealed record TrainedRun(string Hash, float[] Losses, TrainingSummary Summary)
{
    /// <summary>The tiles of the simulator.</summary>
    public static TileConstructor RealTiles { get; } = static (physics, shape, identity) => TileFactory.Create(physics, shape, identity);

    /// <summary>Bits of state, losses and accuracy.</summary>
    public string Bits => $"{Hash} {Summary.TestAccuracy} {BitsOf(Losses)}";

    /// <summary>Trains from what the store holds to the end, or as far as the options say.</summary>
    public static TrainedRun Of(
        ExperimentConfig config,
        DataPair data,
        RunOptions options,
        TileConstructor? tiles = null,
        IRunStore? store = null,
        ITrainingObserver? observer = null)
    {
        store ??= new MemoryRunStore();
        using var run = new TrainingRun(config, data, options, store, tiles ?? RealTiles);
        var summary = run.Execute(observer ?? new SilentObserver(), CancellationToken.None);
        return Read(store, summary);
    }

    /// <summary>What a store holds after a run.</summary>
    public static TrainedRun Read(IRunStore store, TrainingSummary summary)
    {
        var manifest = store.ReadNewest()!;
        return new TrainedRun(RunVerifier.ComputeHash(store, manifest), RunVerifier.ReadLosses(store, manifest), summary);
    }

    /// <summary>The bits of losses as text.</summary>
    public static string BitsOf(IEnumerable<float> losses) =>
        string.Join(' ', losses.Select(loss => BitConverter.SingleToUInt32Bits(loss).ToString("x8", null)));
}
