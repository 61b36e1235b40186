using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>
/// Pulsed updates in nanoseconds per crosspoint and sample at four densities of mean pulses: x and d uniform in (-1, 1), fixed bit length, bit-line
/// management off, update management on, learning rate set for the density. Goals are for one thread.
/// </summary>
internal static class UpdateBench
{
    private static readonly int[] Sizes = [256, 512, 1024];
    private static readonly int[] Batches = [1, 32, 128];

    // Mean of |x| times mean of |d| for uniforms in (-1, 1).
    private const double MeanProduct = 0.25;

    private static readonly (double Density, int BitLength)[] Points = [(0.001, 1), (0.01, 1), (0.1, 10), (1.0, 31)];

    // Goals for the four densities: those of the design where there are any, else 2.5 times aihwkit's speed at a density of 1 and twice below. aihwkit's
    // nanoseconds were measured at these points with a batch of 32 (docs/benchmarks.md).
    private static readonly (PulsedDeviceParameters Device, double[]? Goals)[] Devices =
    [
        (new ConstantStepDevice(), [0.01, 0.04, 0.3, 0.6]),
        (new LinearStepDevice(), Beside(0.0689, 0.183, 1.85, 14.6)),
        (new SoftBoundsDevice(), [0.01, 0.05, 0.4, 3.5]),
        (new SoftBoundsReferenceDevice(), Beside(0.0689, 0.202, 1.99, 15.1)),
        (new ExpStepDevice(), Beside(0.0754, 0.218, 2.17, 17.8)),
        (new PowStepDevice(), Beside(0.0818, 0.236, 2.36, 18.9)),
        (new PowStepReferenceDevice(), Beside(0.101, 0.237, 2.24, 18.2)),
        (new PiecewiseStepDevice { PiecewiseUp = [1.5f, 1f, 0.5f], PiecewiseDown = [0.5f, 1f, 1.5f] }, Beside(0.0736, 0.212, 2.09, 22.1)),
        (new HiddenStepDevice(), null),
    ];

    /// <summary>Measures every device at every density.</summary>
    public static void Run(BenchContext context)
    {
        foreach (var (device, goals) in Devices)
        {
            if (!context.Accepts($"update {device.GetType().Name}"))
            {
                continue;
            }

            foreach (var n in Sizes)
            {
                foreach (var batch in Batches)
                {
                    foreach (var limits in context.Limits)
                    {
                        for (var point = 0; point < Points.Length; point++)
                        {
                            Point(context, limits.Threads, n, batch, device, Points[point].Density, Points[point].BitLength, goals?[point]);
                        }
                    }
                }
            }
        }
    }

    private static double[] Beside(params double[] nanoseconds) => [.. nanoseconds.Select((value, point) => value / (Points[point].Density < 1 ? 2 : 2.5))];

    private static void Point(
        BenchContext context, int threads, int n, int batch, PulsedDeviceParameters device, double density, int bitLength, double? goal)
    {
        var update = new UpdateParameters { DesiredBl = bitLength, FixedBl = true, UpdateBlManagement = false, UpdateManagement = true };
        var cases = new UpdateCase[threads];
        for (var t = 0; t < threads; t++)
        {
            cases[t] = new UpdateCase(n, batch, device, update, density);
        }

        var seconds = Measure.Seconds(threads, t => cases[t].Update());
        var nanoseconds = seconds * 1e9 / ((double)n * n * batch) / threads;
        context.Report(new BenchResult("update", device.GetType().Name, n, batch, threads, density, nanoseconds, "ns/crosspoint", null, null, threads == 1 ? goal : null));
        foreach (var one in cases)
        {
            one.Dispose();
        }
    }

    /// <summary>
    /// One device array with a mini-batch; every call is the next step, so every call draws other pulses. The gradient changes its sign from call to
    /// call: weights stay where devices are used instead of piling up at their bounds.
    /// </summary>
    private sealed class UpdateCase : IDisposable
    {
        private readonly int _batch;
        private readonly WeightMatrix _weights;
        private readonly DeviceArray _devices;
        private readonly NativeBuffer<float> _x;
        private readonly NativeBuffer<float> _d;
        private readonly NativeBuffer<float> _minusD;
        private readonly float _learningRate;
        private ulong _step;

        public UpdateCase(int n, int batch, DeviceParameters device, UpdateParameters update, double density)
        {
            _batch = batch;
            _weights = new WeightMatrix(n, n);
            _x = new NativeBuffer<float>((long)n * batch);
            _d = new NativeBuffer<float>((long)n * batch);
            _minusD = new NativeBuffer<float>((long)n * batch);
            _devices = DeviceArrays.Create(device, update, n, n, new TileIdentity(1, 0));
            _learningRate = (float)(density * _devices.WeightGranularity / MeanProduct);
            BenchContext.FillUniform(_x.Span, 1);
            BenchContext.FillUniform(_d.Span, 2);
            for (var i = 0; i < _d.Length; i++)
            {
                _minusD.Span[i] = -_d.Span[i];
            }
        }

        public void Update()
        {
            // Random walks would carry weights to their bounds in the end.
            if (_step++ % 16 == 0)
            {
                _weights.Values.Clear();
            }

            _devices.Update(_weights, _step, _learningRate, _x.Span, _step % 2 == 0 ? _minusD.Span : _d.Span, _batch);
        }

        public void Dispose()
        {
            _weights.Dispose();
            _devices.Dispose();
            _x.Dispose();
            _d.Dispose();
            _minusD.Dispose();
        }
    }
}
