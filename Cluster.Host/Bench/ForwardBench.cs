using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>Noisy forward and backward of a whole tile against the bare matrix product of the same run; goal 1.15 for n of 512 and more, batch of 32 and more.</summary>
internal static class ForwardBench
{
    /// <summary>Measures both directions.</summary>
    public static void Run(BenchContext context)
    {
        foreach (var n in new[] { 256, 512, 1024 })
        {
            foreach (var batch in new[] { 1, 32, 128 })
            {
                foreach (var limits in context.Limits)
                {
                    Direction(context, limits.Threads, n, batch, forward: true);
                    Direction(context, limits.Threads, n, batch, forward: false);
                }
            }
        }
    }

    private static void Direction(BenchContext context, int threads, int n, int batch, bool forward)
    {
        var op = forward ? "tile.forward" : "tile.backward";
        if (!context.Accepts(op))
        {
            return;
        }

        var bare = new GemmBench.ProductCase[threads];
        var tiles = new TileCase[threads];
        for (var t = 0; t < threads; t++)
        {
            bare[t] = new GemmBench.ProductCase(n, batch);
            tiles[t] = new TileCase(n, batch);
        }

        var (limitSeconds, seconds) = Measure.Seconds(threads, t => bare[t].Multiply(forward), t => tiles[t].Read(forward));
        var (limit, value) = (limitSeconds * 1e6, seconds * 1e6);
        context.Report(new BenchResult(op, "IdealDevice", n, batch, threads, null, value, "us", limit, value / limit, n >= 512 && batch >= 32 ? 1.15 : null));
        for (var t = 0; t < threads; t++)
        {
            bare[t].Dispose();
            tiles[t].Dispose();
        }
    }

    /// <summary>One noisy tile with a batch of vectors.</summary>
    private sealed class TileCase : IDisposable
    {
        private readonly int _batch;
        private readonly ITile _tile;
        private readonly NativeBuffer<float> _x;
        private readonly NativeBuffer<float> _y;

        public TileCase(int n, int batch)
        {
            _batch = batch;
            _tile = TileFactory.Create(new SingleRPUConfig { Device = new IdealDevice() }, new TileShape(n, n), new TileIdentity(1, 0));
            _x = new NativeBuffer<float>((long)n * batch);
            _y = new NativeBuffer<float>((long)n * batch);
            BenchContext.FillUniform(_x.Span, 77);
        }

        public void Read(bool forward)
        {
            var at = new ReadAddress(ReadPhase.Training, 1, 0);
            if (forward)
            {
                _tile.Forward(at, _x.Span, _y.Span, _batch);
            }
            else
            {
                _tile.Backward(at, _x.Span, _y.Span, _batch);
            }
        }

        public void Dispose()
        {
            _tile.Dispose();
            _x.Dispose();
            _y.Dispose();
        }
    }
}
