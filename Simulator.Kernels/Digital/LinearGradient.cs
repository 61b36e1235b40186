using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// Gradient of a linear layer's weights: gradient[i, j] = fma(d[b, i], x[b, j], gradient[i, j]) for b ascending. The chain of a weight runs
/// through the whole mini-batch, however it is cut into micro-batches.
/// </summary>
public static class LinearGradient
{
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
            for (var column = 0; column < stride; column += Lanes.Count)
            {
                var sum = RowLanes.Load(target, column);
                for (var b = 0; b < batch; b++)
                {
                    sum = Vector512.FusedMultiplyAdd(Vector512.Create(d[(b * dStride) + row]), RowLanes.Load(x, (b * stride) + column), sum);
                }

                RowLanes.Store(sum, target, column);
            }
        }
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
