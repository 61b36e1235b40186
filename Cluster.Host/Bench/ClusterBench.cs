using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>
/// What it costs that tiles are in other processes: 784-256-128-10 on the built-in digits, on real processes and a real database of this machine. Steps are
/// compared with those of one process with as many threads, bytes with the least that must cross, steps with checkpoints with those without.
/// </summary>
/// <param name="context">Where results go.</param>
/// <param name="settings">How large it is.</param>
/// <param name="stop">Ends it between two windows.</param>
internal sealed class ClusterBench(BenchContext context, ClusterBenchSettings settings, CancellationToken stop)
{
    private const string StepOp = "cluster.step";
    private const string WireOp = "cluster.wire";
    private const string CoordinatorAllocationsOp = "cluster.alloc.coordinator";
    private const string NodeAllocationsOp = "cluster.alloc.nodes";
    private const string CheckpointOp = "cluster.checkpoint";
    private const int CheckpointEverySteps = 100;
    private const int Windows = 9;
    private const int WarmUpWindows = 6;
    private const int CountedWindows = 4; // for bytes and allocations
    private const int Samples = 2000; // that are drawn; they come again and again
    private const double WireGoal = 1.05;
    private const double CheckpointGoal = 1.05;
    private const double AllocationGoal = 24; // bytes: not one object a step
    private static readonly string[] TrainingOps = [StepOp, WireOp, CoordinatorAllocationsOp, NodeAllocationsOp, CheckpointOp];

    private readonly ExperimentConfig _config = new() { Checkpoint = new CheckpointConfig { EverySeconds = 0 } };

    /// <summary>Names of all operations.</summary>
    public static IEnumerable<string> Ops => [.. TrainingOps, EchoBench.TcpOp, EchoBench.UnixOp];

    /// <summary>Measures everything that passes the filter.</summary>
    /// <exception cref="StoreException">There is no PostgreSQL, or it does not start.</exception>
    public void Run()
    {
        if (TrainingOps.Any(context.Accepts)) { Train(); }
        EchoBench.Run(context, stop);
    }

    private void Train()
    {
        DirectoryInfo logs = Directory.CreateTempSubdirectory("tessera-bench-");
        try
        {
            DataPair data = Data();
            using PostgresServer server = PostgresServer.Start();
            using BenchCluster cluster = new(server, "plain", _config, data, settings, logs.FullName, stop);
            for (int window = 0; window < WarmUpWindows; window++) { Train(cluster.Run); }
            if (context.Accepts(StepOp)) { Step(cluster, data); }
            if (context.Accepts(WireOp)) { Wire(cluster); }
            if (context.Accepts(CoordinatorAllocationsOp) || context.Accepts(NodeAllocationsOp)) { Allocations(cluster); }
            if (context.Accepts(CheckpointOp)) { Checkpoint(server, cluster, data, logs.FullName); }
        }
        finally
        {
            logs.Delete(recursive: true);
        }
    }

    /// <summary>A window.</summary>
    private void Train(SteppedRun run)
    {
        stop.ThrowIfCancellationRequested();
        run.Train(settings.Steps);
    }

    private void Step(BenchCluster cluster, DataPair data)
    {
        RunOptions options = new() { Threads = settings.Threads };
        using SteppedRun local = new(_config, data, options, new MemoryRunStore(), static (rpu, shape, identity) => TileFactory.Create(rpu, shape, identity));
        for (int window = 0; window < WarmUpWindows; window++) { Train(local); }
        (double limit, double value) = Measure.MedianSeconds(Windows, () => Train(local), () => Train(cluster.Run));
        context.Report(Result(StepOp, value / settings.Steps * 1e6, "us", limit / settings.Steps * 1e6, null));
    }

    /// <summary>Bytes of both directions at the coordinator, through which all of them go: heads of frames and signs of life included.</summary>
    private void Wire(BenchCluster cluster)
    {
        long before = cluster.BytesOnWire;
        for (int window = 0; window < CountedWindows; window++) { Train(cluster.Run); }
        double value = (cluster.BytesOnWire - before) / (double)(CountedWindows * settings.Steps);
        double least = WireBytes.LeastOfStep(cluster.Plan, cluster.Run.Hosts, _config.Training.BatchSize);
        context.Report(Result(WireOp, value, "bytes", least, WireGoal));
    }

    /// <summary>
    /// Managed bytes of the coordinator's process, and of a node's, the mean of all; what else goes on in these processes, above all the renewal of
    /// leases, is part of it. What asking a node allocates there is measured and taken off.
    /// </summary>
    private void Allocations(BenchCluster cluster)
    {
        cluster.ReadNodeAllocations(); // connects
        long[] first = cluster.ReadNodeAllocations();
        long[] before = cluster.ReadNodeAllocations();
        long ownBefore = GC.GetTotalAllocatedBytes(precise: true);
        for (int window = 0; window < CountedWindows; window++) { Train(cluster.Run); }
        long own = GC.GetTotalAllocatedBytes(precise: true) - ownBefore;
        long[] after = cluster.ReadNodeAllocations();
        double steps = CountedWindows * settings.Steps;
        double nodes = Math.Max(0, after.Select((bytes, node) => bytes - before[node] - (before[node] - first[node])).Average());
        if (context.Accepts(CoordinatorAllocationsOp)) { context.Report(Result(CoordinatorAllocationsOp, own / steps, "bytes", null, AllocationGoal)); }
        if (context.Accepts(NodeAllocationsOp)) { context.Report(Result(NodeAllocationsOp, nodes / steps, "bytes", null, AllocationGoal)); }
    }

    /// <summary>Two clusters take turns, with and without. Half an interval goes ahead, so that most of a checkpoint's work falls into a window of its own run.</summary>
    private void Checkpoint(PostgresServer server, BenchCluster without, DataPair data, string logs)
    {
        int every = Math.Min(CheckpointEverySteps, settings.Steps);
        ExperimentConfig config = _config with { Checkpoint = _config.Checkpoint with { EverySteps = every } };
        using BenchCluster with = new(server, "stored", config, data, settings, logs, stop);
        for (int window = 0; window < WarmUpWindows; window++) { Train(with.Run); }
        with.Run.Train(Math.Max(1, every / 2));
        (double limit, double value) = Measure.MedianSeconds(Windows, () => Train(without.Run), () => Train(with.Run));
        context.Report(Result(CheckpointOp, value / settings.Steps * 1e6, "us", limit / settings.Steps * 1e6, CheckpointGoal));
    }

    /// <summary>Built-in digits in one pass that is longer than all windows, so that no evaluation comes between them.</summary>
    private DataPair Data()
    {
        DataPair digits = DataLoader.Load(_config.Data, _config.Seed, settings.Threads);
        int count = Math.Min(Samples, digits.Train.Count);
        float[] x = new float[count * digits.Train.Features];
        for (int row = 0; row < count; row++) { digits.Train.CopyFeatures(row, x.AsSpan(row * digits.Train.Features)); }
        int[] labels = [.. Enumerable.Range(0, count).Select(digits.Train.Label)];
        int windows = (2 * WarmUpWindows) + (2 * Windows) + (2 * CountedWindows) + 2;
        int steps = windows * settings.Steps;
        return new DataPair(
            new RepeatedSamples(x, labels, steps * _config.Training.BatchSize, digits.Train.Classes), new RepeatedSamples(x, labels, count, digits.Train.Classes));
    }

    private BenchResult Result(string op, double value, string unit, double? limit, double? goal) => new(
        op, "ConstantStep", settings.Nodes, _config.Training.BatchSize, settings.Threads, null, value, unit, limit, value / limit, goal);
}

/// <summary>How large a cluster is measured, and how long.</summary>
/// <param name="Nodes">Processes with tiles, 1 or more.</param>
/// <param name="Threads">Threads of the run in one process, and of all nodes together; a node has at least one.</param>
/// <param name="Steps">Mini-batches of a window.</param>
internal sealed record ClusterBenchSettings(int Nodes, int Threads, int Steps);
