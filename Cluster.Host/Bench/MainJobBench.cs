using Tessera.Actors.Stores;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>
/// Updates on gradients recorded from the main job (784-256-128-10 on the built-in digits, tiles of at most 256 x 256, batch 10): real gradients are
/// sparse and small, and that is what training is made of. Goal 0.08 ns per crosspoint and sample.
/// </summary>
internal static class MainJobBench
{
    private const int StepsBefore = 1_000;
    private const int StepsRecorded = 50;

    /// <summary>Trains for a moment, records, and measures the updates alone.</summary>
    public static void Run(BenchContext context)
    {
        const string op = "update.main-job";
        if (!context.Accepts(op))
        {
            return;
        }

        foreach (var (device, goal) in new (PulsedDeviceParameters, double?)[] { (new ConstantStepDevice(), 0.08), (new SoftBoundsDevice(), null) })
        {
            var tiles = Record(device);
            var crosspoints = tiles.Sum(tile => (double)tile.Shape.InSize * tile.Shape.OutSize);
            using var replay = new Replay(tiles, device);
            var seconds = Measure.Seconds(1, _ => replay.AllSteps()) / StepsRecorded;
            context.Report(new BenchResult(op, device.GetType().Name, (int)crosspoints, 10, 1, null, seconds * 1e9 / (crosspoints * 10), "ns/crosspoint", null, null, goal));
        }
    }

    private static List<RecordedTile> Record(PulsedDeviceParameters device)
    {
        var physics = new SingleRPUConfig { Device = device, Mapping = new MappingParameter { MaxInputSize = 256, MaxOutputSize = 256 } };
        var config = new ExperimentConfig { RpuConfig = physics };
        var data = DataLoader.Load(config.Data, config.Seed, 1);
        var probes = new List<TileProbe>();
        TileProbe Construct(RpuConfig rpu, TileShape shape, TileIdentity identity)
        {
            var probe = new TileProbe(TileFactory.Create(rpu, shape, identity), StepsBefore);
            probes.Add(probe);
            return probe;
        }

        using var run = new TrainingRun(config, data, new RunOptions { Threads = 1, EndAfter = StepsBefore + StepsRecorded }, new MemoryRunStore(), Construct);
        run.Execute(new Unobserved(), CancellationToken.None);
        return [.. probes.Select(probe => new RecordedTile(probe.Shape, [.. probe.Recorded]))];
    }

    /// <summary>A tile's shape and what it committed.</summary>
    private sealed record RecordedTile(TileShape Shape, RecordedCommit[] Commits);

    /// <summary>
    /// Fresh devices that take the recorded mini-batches again and again. The gradients change their sign from pass to pass: weights stay where
    /// devices are used instead of piling up at their bounds.
    /// </summary>
    private sealed class Replay : IDisposable
    {
        private readonly List<RecordedTile> _tiles;
        private readonly WeightMatrix[] _weights;
        private readonly DeviceArray[] _devices;
        private readonly float[][][] _minusD;
        private ulong _step;

        public Replay(List<RecordedTile> tiles, PulsedDeviceParameters device)
        {
            _tiles = tiles;
            _minusD = [.. tiles.Select(tile => tile.Commits.Select(commit => Array.ConvertAll(commit.D, v => -v)).ToArray())];
            _weights = [.. tiles.Select(tile => new WeightMatrix(tile.Shape.OutSize, tile.Shape.InSize))];
            _devices =
            [
                .. tiles.Select((tile, index) => DeviceArrays.Create(
                    device, new UpdateParameters(), tile.Shape.OutSize, tile.Shape.InSize, new TileIdentity(1, (uint)index))),
            ];
        }

        public void AllSteps()
        {
            var isReversed = _step / StepsRecorded % 2 == 1;
            for (var s = 0; s < StepsRecorded; s++)
            {
                _step++;
                for (var t = 0; t < _devices.Length; t++)
                {
                    var commit = _tiles[t].Commits[s];
                    _devices[t].Update(_weights[t], _step, commit.LearningRate, commit.X, isReversed ? _minusD[t][s] : commit.D, commit.Batch);
                }
            }
        }

        public void Dispose()
        {
            for (var t = 0; t < _devices.Length; t++)
            {
                _devices[t].Dispose();
                _weights[t].Dispose();
            }
        }
    }
}
