using System.Diagnostics;
using Tessera.Coordination.Experiments;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>
/// What a training step through actors costs over the tile calls themselves: 512-512-512 on two 512 x 512 tiles, batch 32, one thread. The
/// limit is the time inside the tiles during the very same steps, so that noise of the machine hits both; everything else (messages, mailboxes, stored x and
/// d, sums, bias, tanh, log-softmax, loss) counts as cost of the actors. Goal 1.05.
/// </summary>
internal static class ActorsBench
{
    private const int N = 512;
    private const int Batch = 32;
    private const int StepsPerWindow = 20;
    private const int Windows = 12;

    /// <summary>Measures constant-step and soft-bounds tiles.</summary>
    public static void Run(BenchContext context)
    {
        foreach (var device in new PulsedDeviceParameters[] { new ConstantStepDevice(), new SoftBoundsDevice() })
        {
            Step(context, device);
        }
    }

    private static void Step(BenchContext context, PulsedDeviceParameters device)
    {
        var probes = new List<TileProbe>();
        var config = new ExperimentConfig
        {
            RpuConfig = new SingleRPUConfig { Device = device },
            Network = new NetworkConfig
            {
                Layers =
                [
                    new LayerConfig { Type = LayerKind.AnalogLinear, InFeatures = N, OutFeatures = N },
                    new LayerConfig { Type = LayerKind.Tanh },
                    new LayerConfig { Type = LayerKind.AnalogLinear, InFeatures = N, OutFeatures = N },
                    new LayerConfig { Type = LayerKind.LogSoftmax },
                ],
            },
        };
        using var engine = new ProbedEngine(config, Batch, (rpu, shape, identity) =>
        {
            var probe = new TileProbe(TileFactory.Create(rpu, shape, identity));
            probes.Add(probe);
            return probe;
        });
        for (var row = 0; row < Batch; row++)
        {
            BenchContext.FillUniform(engine.Samples.Features.Row(row), (uint)row);
            engine.Samples.Labels[row] = row * 7 % N;
        }

        Window(engine, probes);
        var best = (Total: double.MaxValue, Tiles: 1.0);
        for (var i = 0; i < Windows; i++)
        {
            var window = Window(engine, probes);
            best = window.Total < best.Total ? window : best;
        }

        context.Report(new BenchResult(
            "actors.step", device.GetType().Name, N, Batch, 1, null, best.Total * 1e6, "us", best.Tiles * 1e6, best.Total / best.Tiles, 1.05));
    }

    private static (double Total, double Tiles) Window(ProbedEngine engine, List<TileProbe> probes)
    {
        probes.ForEach(probe => probe.Reset());
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < StepsPerWindow; i++)
        {
            engine.Train(0.01f);
        }

        engine.Settle();
        var total = Stopwatch.GetElapsedTime(start).TotalSeconds / StepsPerWindow;
        return (total, probes.Sum(probe => probe.Seconds) / StepsPerWindow);
    }
}
