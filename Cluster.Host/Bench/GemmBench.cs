using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>Deterministic matrix products against the FMA peak; goal 0.95, at n = 1024 0.88. Batch 1 streams the weights: compared with memory bandwidth.</summary>
internal static class GemmBench
{
    /// <summary>Measures forward and transposed products.</summary>
    public static void Run(BenchContext context)
    {
        foreach (var n in new[] { 256, 512, 1024 })
        {
            foreach (var batch in new[] { 1, 32, 128 })
            {
                foreach (var limits in context.Limits)
                {
                    Product(context, limits, "gemm.forward", n, batch);
                    Product(context, limits, "gemm.transposed", n, batch);
                }
            }
        }
    }

    private static void Product(BenchContext context, MachineLimits limits, string op, int n, int batch)
    {
        if (!context.Accepts(op))
        {
            return;
        }

        var cases = new ProductCase[limits.Threads];
        for (var t = 0; t < cases.Length; t++)
        {
            cases[t] = new ProductCase(n, batch);
        }

        var forward = op == "gemm.forward";
        var (peak, seconds) = MachineLimits.MeasureAgainstFma(limits.Threads, t => cases[t].Multiply(forward));
        var gflops = 2.0 * n * n * batch * limits.Threads / seconds / 1e9;
        context.Report(new BenchResult(op, null, n, batch, limits.Threads, null, gflops, "GFLOP/s", peak, gflops / peak,
            batch == 1 ? null : n == 1024 ? 0.88 : 0.95)
        { LargerIsBetter = true });
        foreach (var one in cases)
        {
            one.Dispose();
        }
    }

    /// <summary>One n x n matrix with a batch of vectors.</summary>
    internal sealed class ProductCase : IDisposable
    {
        private readonly int _batch;
        private readonly NativeBuffer<float> _x;
        private readonly NativeBuffer<float> _y;

        public ProductCase(int n, int batch)
        {
            _batch = batch;
            Weights = new WeightMatrix(n, n);
            _x = new NativeBuffer<float>((long)n * batch);
            _y = new NativeBuffer<float>((long)n * batch);
            for (var row = 0; row < n; row++)
            {
                BenchContext.FillUniform(Weights.Row(row), (uint)row);
            }

            BenchContext.FillUniform(_x.Span, 77);
        }

        public WeightMatrix Weights { get; }

        public void Multiply(bool forward)
        {
            var n = Weights.Rows;
            if (forward)
            {
                Gemm.Forward(Weights.Values, n, Weights.Columns, Weights.Stride, _x.Span, n, _y.Span, n, _batch);
            }
            else
            {
                Gemm.Transposed(Weights.Values, n, Weights.Columns, Weights.Stride, _x.Span, n, _y.Span, n, _batch);
            }
        }

        public void Dispose()
        {
            Weights.Dispose();
            _x.Dispose();
            _y.Dispose();
        }
    }
}
