using System.Diagnostics;
using Tessera.Coordination.Experiments;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>
/// What a training step through actors costs over the same tiles and operators called in a loop: 512-512-512 on two 512 x 512 tiles, batch 32, one
/// thread. Windows of both alternate, so that noise of the machine hits both. Goal 1.05.
/// </summary>
internal static class ActorsBench
{
    private const int N = 512;
    private const int Batch = 32;
    private const int StepsPerWindow = 20;
    private const int Windows = 15;
    private const float LearningRate = 0.01f;

    private static readonly NetworkConfig Network = new()
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
        var config = new ExperimentConfig { RpuConfig = physics, Network = Network };
        using var engine = new ProbedEngine(config, Batch, static (rpu, shape, identity) => TileFactory.Create(rpu, shape, identity));
        var x = new float[Batch * N];
        for (var row = 0; row < Batch; row++)
        {
            BenchContext.FillUniform(x.AsSpan(row * N, N), (uint)row);
            x.AsSpan(row * N, N).CopyTo(engine.Samples.Features.Row(row));
            engine.Samples.Labels[row] = row * 7 % N;
        }

        using var direct = new DirectLoop(physics, N, x, engine.Samples.Labels);
        var (limit, value) = (double.MaxValue, double.MaxValue);
        for (var i = 0; i < Windows; i++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var step = 0; step < StepsPerWindow; step++)
            {
                direct.Train(LearningRate);
            }

            var middle = Stopwatch.GetTimestamp();
            for (var step = 0; step < StepsPerWindow; step++)
            {
                engine.Train(LearningRate);
            }

            engine.Settle();
            limit = Math.Min(limit, Stopwatch.GetElapsedTime(start, middle).TotalSeconds / StepsPerWindow);
            value = Math.Min(value, Stopwatch.GetElapsedTime(middle).TotalSeconds / StepsPerWindow);
        }

        context.Report(new BenchResult(
            "actors.step", physics.Device.GetType().Name, N, Batch, 1, null, value * 1e6, "us", limit * 1e6, value / limit, 1.05));
    }
}
