namespace Tessera.Kernels.Digital;

/// <summary>A digital bias: added to every vector, its gradient summed over the samples in sample order.</summary>
public static class Bias
{
    /// <summary>y[b, i] = y[b, i] + bias[i].</summary>
    /// <param name="bias">[features].</param>
    /// <param name="y">[batch, features] with yStride, changed.</param>
    /// <param name="yStride">Distance between rows of y.</param>
    /// <param name="batch">Vectors.</param>
    public static void AddTo(ReadOnlySpan<float> bias, Span<float> y, int yStride, int batch)
    {
        for (var b = 0; b < batch; b++)
        {
            Add.Accumulate(y.Slice(b * yStride, bias.Length), bias);
        }
    }

    /// <summary>
    /// gradient[i] = gradient[i] + d[b, i] for b ascending: one chain per output, which the next micro-batch continues.
    /// </summary>
    /// <param name="gradient">[features], changed.</param>
    /// <param name="d">[batch, features] with dStride, gradient at the output.</param>
    /// <param name="dStride">Distance between rows of d.</param>
    /// <param name="batch">Vectors.</param>
    public static void AccumulateGradient(Span<float> gradient, ReadOnlySpan<float> d, int dStride, int batch)
    {
        for (var b = 0; b < batch; b++)
        {
            Add.Accumulate(gradient, d.Slice(b * dStride, gradient.Length));
        }
    }
}
