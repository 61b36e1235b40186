using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// Gradient of a linear layer's weights: gradient[i, j] = fma(d[b, i], x[b, j], gradient[i, j]) for b ascending. The chain of a weight runs
/// through the whole mini-batch, however it is cut into micro-batches.
/// </summary>
public static class LinearGradient
{
    private const int Block = 4 * Lanes.Count;

    /// <summary>Adds the outer products of a micro-batch.</summary>
    /// <param name="gradient">[rows, stride], changed; row = output.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="stride">Distance between rows of the gradient and of x: a multiple of 16.</param>
    /// <param name="x">[batch, stride], inputs, padded with zeros.</param>
    /// <param name="d">[batch, rows] with dStride, gradient at the output.</param>
    /// <param name="dStride">Distance between rows of d.</param>
    /// <param name="batch">Vectors.</param>
    public static void Accumulate(Span<float> gradient, int rows, int stride, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int dStride, int batch)
    {
        if (stride % Lanes.Count != 0 || gradient.Length < rows * stride || x.Length < batch * stride)
        {
            throw new ArgumentException(
                $"Expected a stride that is a multiple of {Lanes.Count} and whole rows, got stride {stride}, {gradient.Length} gradients and {x.Length} inputs.");
        }

        for (var row = 0; row < rows; row++)
        {
            var target = gradient.Slice(row * stride, stride);
            var column = 0;
            for (; column + Block <= stride; column += Block)
            {
                AccumulateBlock(target.Slice(column, Block), x[column..], stride, d[row..], dStride, batch);
            }

            for (; column < stride; column += Lanes.Count)
            {
                AccumulateLanes(target.Slice(column, Lanes.Count), x[column..], stride, d[row..], dStride, batch);
            }
        }
    }

    // Four independent chains hide the latency of the multiply-add.
    private static void AccumulateBlock(Span<float> target, ReadOnlySpan<float> x, int stride, ReadOnlySpan<float> d, int dStride, int batch)
    {
        var sum0 = RowLanes.Load(target, 0);
        var sum1 = RowLanes.Load(target, 16);
        var sum2 = RowLanes.Load(target, 32);
        var sum3 = RowLanes.Load(target, 48);
        for (var b = 0; b < batch; b++)
        {
            var gradient = Vector512.Create(d[b * dStride]);
            var row = x.Slice(b * stride, Block);
            sum0 = Vector512.FusedMultiplyAdd(gradient, Vector512.Create(row[..16]), sum0);
            sum1 = Vector512.FusedMultiplyAdd(gradient, Vector512.Create(row[16..]), sum1);
            sum2 = Vector512.FusedMultiplyAdd(gradient, Vector512.Create(row[32..]), sum2);
            sum3 = Vector512.FusedMultiplyAdd(gradient, Vector512.Create(row[48..]), sum3);
        }

        RowLanes.Store(sum0, target, 0);
        RowLanes.Store(sum1, target, 16);
        RowLanes.Store(sum2, target, 32);
        RowLanes.Store(sum3, target, 48);
    }

    private static void AccumulateLanes(Span<float> target, ReadOnlySpan<float> x, int stride, ReadOnlySpan<float> d, int dStride, int batch)
    {
        var sum = RowLanes.Load(target, 0);
        for (var b = 0; b < batch; b++)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(d[b * dStride]), Vector512.Create(x.Slice(b * stride, Lanes.Count)), sum);
        }

        RowLanes.Store(sum, target, 0);
    }
}

/// <summary>The scalar form of <see cref="LinearGradient"/>.</summary>
public static class LinearGradientReference
{
    /// <summary>Adds the outer products of a micro-batch.</summary>
    public static void Accumulate(Span<float> gradient, int rows, int stride, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int dStride, int batch)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < stride; column++)
            {
                for (var b = 0; b < batch; b++)
                {
                    ref var cell = ref gradient[(row * stride) + column];
                    cell = MathF.FusedMultiplyAdd(d[(b * dStride) + row], x[(b * stride) + column], cell);
                }
            }
        }
    }
}
