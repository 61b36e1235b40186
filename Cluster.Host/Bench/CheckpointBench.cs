using System.Diagnostics;
using Tessera.Actors.Machines;
using Tessera.Actors.Stores;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Bench;

/// <summary>
/// What checkpoints cost: training of 512-512-512 with one every 100 steps in a database on the disk over the same training without (goal 1.05); the
/// way back into tiles (goal 500 MB/s); and the copy of a tile's state, for which training waits, beside a bare copy of memory.
/// </summary>
internal static class CheckpointBench
{
    private const int EverySteps = 100;
    private const int Windows = 11;
    private const int StepsMax = EverySteps * (Windows + 2);
    private const double RestoreGoal = 500; // MB/s
    private const double OverheadGoal = 1.05;
    private const string StepOp = "checkpoint.step";
    private const string RestoreOp = "checkpoint.restore";
    private const string CopyOp = "checkpoint.copy";

    /// <summary>Measures constant-step and soft-bounds tiles.</summary>
    public static void Run(BenchContext context)
    {
        if (!context.Accepts(StepOp) && !context.Accepts(RestoreOp) && !context.Accepts(CopyOp)) { return; }
        foreach (var device in new PulsedDeviceParameters[] { new ConstantStepDevice(), new SoftBoundsDevice() })
        {
            var folder = Directory.CreateTempSubdirectory("tessera-bench-").FullName;
            try
            {
                Measure(context, new SingleRPUConfig { Device = device }, Path.Combine(folder, SqliteRunStore.FileName));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static void Measure(BenchContext context, SingleRPUConfig physics, string path)
    {
        var config = Experiment(physics, EverySteps);
        using var store = SqliteRunStore.Create(path, new RunIdentity(ConfigurationHash.Compute(config), RunManifest.CpuEngine, NumericsVersion.Current));
        var (limit, value) = Train(config, Experiment(physics, everySteps: 0), store);
        var name = physics.Device.GetType().Name;
        if (context.Accepts(StepOp)) { context.Report(Result(StepOp, name, value * 1e6, "us", limit * 1e6, OverheadGoal, largerIsBetter: false)); }
        if (context.Accepts(RestoreOp)) { Restore(context, config, physics, store, name); }
        if (context.Accepts(CopyOp)) { Copy(context, config, physics, name); }
    }

    private static ExperimentConfig Experiment(SingleRPUConfig physics, int everySteps) => new()
    {
        RpuConfig = physics,
        Network = ActorsBench.Network,
        Training = new TrainingConfig { BatchSize = ActorsBench.Batch, LearningRate = 0.01f },
        Checkpoint = new CheckpointConfig { EverySeconds = 0, EverySteps = everySteps },
    };

    /// <summary>
    /// Seconds of a step without and with checkpoints. Half a window goes ahead, so that every checkpoint is copied, hashed and written within a window of
    /// its own run, and none of its work falls into a window of the other.
    /// </summary>
    private static (double Limit, double Value) Train(ExperimentConfig stored, ExperimentConfig bare, SqliteRunStore store)
    {
        var (data, _) = BenchSamples.Random(ActorsBench.N, ActorsBench.Batch, StepsMax);
        RunOptions options = new() { Threads = 1 };
        using var with = new SteppedRun(stored, data, options, store, static (rpu, shape, identity) => TileFactory.Create(rpu, shape, identity));
        using var without = new SteppedRun(bare, data, options, new MemoryRunStore(), static (rpu, shape, identity) => TileFactory.Create(rpu, shape, identity));
        with.Train(EverySteps + (EverySteps / 2));
        without.Train(EverySteps + (EverySteps / 2));
        List<double> limits = [];
        List<double> values = [];
        for (var i = 0; i < Windows; i++)
        {
            var start = Stopwatch.GetTimestamp();
            without.Train(EverySteps);
            var middle = Stopwatch.GetTimestamp();
            with.Train(EverySteps);
            limits.Add(Stopwatch.GetElapsedTime(start, middle).TotalSeconds / EverySteps);
            values.Add(Stopwatch.GetElapsedTime(middle).TotalSeconds / EverySteps);
        }

        return (limits.Min(), values.Min());
    }

    private static void Restore(BenchContext context, ExperimentConfig config, SingleRPUConfig physics, SqliteRunStore store, string name)
    {
        var newest = store.ReadNewest()!;
        var blobs = newest.Blobs.Where(blob => blob.Kind == ManifestBlob.TileKind).ToList();
        var tiles = blobs.ConvertAll(blob => (blob.Hash, Description: Describe(config, blob.Name)));
        var bytes = blobs.Sum(blob => (double)store.Get(blob.Hash).Length);
        using var tile = Tile(physics);
        var seconds = Bench.Measure.Seconds(1, _ =>
        {
            foreach (var (hash, description) in tiles)
            {
                TileSnapshot.Read(description, tile, store.Get(hash), new StepId(newest.Step));
            }
        });
        context.Report(Result(RestoreOp, name, bytes / seconds / 1e6, "MB/s", null, RestoreGoal, largerIsBetter: true));
    }

    private static void Copy(BenchContext context, ExperimentConfig config, SingleRPUConfig physics, string name)
    {
        using var tile = Tile(physics);
        var description = Describe(config, "tile");
        var source = TileSnapshot.Write(description, tile, StepId.Construction, 0);
        var (limit, value) = Bench.Measure.Seconds(
            1,
            _ => source.CopyTo(GC.AllocateUninitializedArray<byte>(source.Length).AsSpan()),
            _ => TileSnapshot.Write(description, tile, StepId.Construction, 0));
        context.Report(Result(CopyOp, name, source.Length / value / 1e9, "GB/s", source.Length / limit / 1e9, null, largerIsBetter: true));
    }

    private static ITile Tile(SingleRPUConfig physics) =>
        TileFactory.Create(physics, new TileShape(ActorsBench.N, ActorsBench.N), new TileIdentity(Seed: 1, Tile: 0));

    private static TileDescription Describe(ExperimentConfig config, string name) => new()
    {
        Id = new TileId(0),
        Name = name,
        ConfigurationHash = ConfigurationHash.Compute(config),
        BatchMax = ActorsBench.Batch,
        EvaluationMax = ActorsBench.Batch,
    };

    private static BenchResult Result(string op, string device, double value, string unit, double? limit, double? goal, bool largerIsBetter) =>
        new(op, device, ActorsBench.N, ActorsBench.Batch, 1, null, value, unit, limit, value / limit, goal) { LargerIsBetter = largerIsBetter };
}
