using System.Diagnostics;
using Tessera.Actors.Stores;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>
/// What a training step through actors costs over the same tiles and operators called in a loop: 512-512-512 on two 512 x 512 tiles, batch 32, one
/// thread. Windows of both alternate, so that noise of the machine hits both. Goal 1.05.
/// </summary>
internal static class ActorsBench
{
    /// <summary>Features of all layers.</summary>
    public const int N = 512;

    /// <summary>Samples of a mini-batch.</summary>
    public const int Batch = 32;

    private const int StepsPerWindow = 20;
    private const int Windows = 15;
    private const int StepsMax = StepsPerWindow * (Windows + 2);
    private const float LearningRate = 0.01f;

    /// <summary>Two analog layers.</summary>
    public static readonly NetworkConfig Network = new()
    {
        Layers =
        [
            new LayerConfig { Type = LayerKind.AnalogLinear, InFeatures = N, OutFeatures = N },
            new LayerConfig { Type = LayerKind.Tanh },
            new LayerConfig { Type = LayerKind.AnalogLinear, InFeatures = N, OutFeatures = N },
            new LayerConfig { Type = LayerKind.LogSoftmax },
        ],
    };

    /// <summary>Measures constant-step and soft-bounds tiles.</summary>
    public static void Run(BenchContext context)
    {
        foreach (var device in new PulsedDeviceParameters[] { new ConstantStepDevice(), new SoftBoundsDevice() })
        {
            if (context.Accepts("actors.step"))
            {
                Step(context, new SingleRPUConfig { Device = device });
            }
        }
    }

    private static void Step(BenchContext context, SingleRPUConfig physics)
    {
        var config = new ExperimentConfig
        {
            RpuConfig = physics,
            Network = Network,
            Training = new TrainingConfig { BatchSize = Batch, LearningRate = LearningRate },
            Checkpoint = new CheckpointConfig { EverySeconds = 0 },
        };
        var (data, x) = BenchSamples.Random(N, Batch, StepsMax);
        using var actors = new SteppedRun(
            config, data, new RunOptions { Threads = 1 }, new MemoryRunStore(), static (rpu, shape, identity) => TileFactory.Create(rpu, shape, identity));
        using var direct = new DirectLoop(physics, N, x, BenchSamples.Labels(N, Batch));
        actors.Train(StepsPerWindow);
        var (limit, value) = (double.MaxValue, double.MaxValue);
        for (var i = 0; i < Windows; i++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var step = 0; step < StepsPerWindow; step++)
            {
                direct.Train(LearningRate);
            }

            // The commits of a window's last step run in the next one, as those of the window before ran in this one.
            var middle = Stopwatch.GetTimestamp();
            actors.Train(StepsPerWindow);
            limit = Math.Min(limit, Stopwatch.GetElapsedTime(start, middle).TotalSeconds / StepsPerWindow);
            value = Math.Min(value, Stopwatch.GetElapsedTime(middle).TotalSeconds / StepsPerWindow);
        }

        context.Report(new BenchResult(
            "actors.step", physics.Device.GetType().Name, N, Batch, 1, null, value * 1e6, "us", limit * 1e6, value / limit, 1.05));
    }
}
