using System.Runtime.CompilerServices;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// The three matrix products of a tile; the bits of <see cref="GemmReference"/> on every processor, for every batch and every split into
/// row or batch ranges.
/// </summary>
/// <remarks>
/// <para>Shapes: weights [rows, weightStride], x and y [batch, stride]. The stride of a matrix whose rows are read or written as vectors of
/// columns is a multiple of 16, and its padding up to the next 16 columns is zero (a padding of zero times anything finite adds nothing).</para>
/// <para>Callers that split the work pass offset spans: a range of rows for <see cref="Forward"/> and <see cref="RankUpdate"/>, a range of vectors
/// for <see cref="Forward"/> and <see cref="Transposed"/>, a range of columns that starts at a multiple of 16 for <see cref="Transposed"/>.
/// <see cref="Forward"/> leaves y beyond the rows untouched; <see cref="Transposed"/> writes whole vectors, so its padding becomes zero.</para>
/// </remarks>
public static unsafe class Gemm
{
    /// <summary>y[b, i] = sum_j w[i, j] x[b, j] (<see cref="GemmReference.Forward"/>).</summary>
    /// <param name="weights">[rows, weightStride], padding zero.</param>
    /// <param name="rows">Outputs, 1 or more.</param>
    /// <param name="columns">Inputs, 1 or more, without padding.</param>
    /// <param name="weightStride">A multiple of 16, at least the padded columns.</param>
    /// <param name="x">[batch, xStride], padding zero.</param>
    /// <param name="xStride">A multiple of 16, at least the padded columns.</param>
    /// <param name="y">[batch, yStride]; the first rows values of each vector are overwritten.</param>
    /// <param name="yStride">At least rows.</param>
    /// <param name="batch">Vectors, 0 or more.</param>
    public static void Forward(
        ReadOnlySpan<float> weights, int rows, int columns, int weightStride, ReadOnlySpan<float> x, int xStride, Span<float> y, int yStride, int batch)
    {
        if (batch == 0)
        {
            return;
        }

        var padded = Lanes.RoundUp(columns);
        RequireMatrix(nameof(weights), weights.Length, rows, padded, weightStride, vectors: true);
        RequireMatrix(nameof(x), x.Length, batch, padded, xStride, vectors: true);
        RequireMatrix(nameof(y), y.Length, batch, rows, yStride, vectors: false);
        if (!ProcessorPath.HasAvx2)
        {
            GemmReference.Forward(weights, rows, columns, weightStride, x, xStride, y, yStride, batch);
            return;
        }

        fixed (float* w0 = weights, x0 = x, y0 = y)
        {
            if (ProcessorPath.HasAvx512)
            {
                ForwardGemm512.Run(w0, rows, padded, weightStride, x0, xStride, y0, yStride, batch);
            }
            else
            {
                ForwardGemm256.Run(w0, rows, padded, weightStride, x0, xStride, y0, yStride, batch);
            }
        }
    }

    /// <summary>y[b, j] = sum_i w[i, j] d[b, i] (<see cref="GemmReference.Transposed"/>).</summary>
    /// <param name="weights">[rows, weightStride], padding zero.</param>
    /// <param name="rows">Summed over, 1 or more.</param>
    /// <param name="columns">Results per vector, 1 or more, without padding.</param>
    /// <param name="weightStride">A multiple of 16, at least the padded columns.</param>
    /// <param name="d">[batch, dStride]; only the first rows values of each vector are read.</param>
    /// <param name="dStride">At least rows.</param>
    /// <param name="y">[batch, yStride]; the padded columns of each vector are overwritten.</param>
    /// <param name="yStride">A multiple of 16, at least the padded columns.</param>
    /// <param name="batch">Vectors, 0 or more.</param>
    public static void Transposed(
        ReadOnlySpan<float> weights, int rows, int columns, int weightStride, ReadOnlySpan<float> d, int dStride, Span<float> y, int yStride, int batch)
    {
        if (batch == 0)
        {
            return;
        }

        var padded = Lanes.RoundUp(columns);
        RequireMatrix(nameof(weights), weights.Length, rows, padded, weightStride, vectors: true);
        RequireMatrix(nameof(d), d.Length, batch, rows, dStride, vectors: false);
        RequireMatrix(nameof(y), y.Length, batch, padded, yStride, vectors: true);
        if (!ProcessorPath.HasAvx2)
        {
            GemmReference.Transposed(weights, rows, columns, weightStride, d, dStride, y, yStride, batch);
            return;
        }

        fixed (float* w0 = weights, d0 = d, y0 = y)
        {
            if (ProcessorPath.HasAvx512)
            {
                TransposedGemm512.Run(w0, rows, padded, weightStride, d0, dStride, y0, yStride, batch);
            }
            else
            {
                TransposedGemm256.Run(w0, rows, padded, weightStride, d0, dStride, y0, yStride, batch);
            }
        }
    }

    /// <summary>w[i, j] -= learningRate * sum_b d[b, i] x[b, j] (<see cref="GemmReference.RankUpdate"/>).</summary>
    /// <param name="weights">[rows, weightStride], changed in place; the padding stays zero.</param>
    /// <param name="rows">Outputs, 1 or more.</param>
    /// <param name="columns">Inputs, 1 or more, without padding.</param>
    /// <param name="weightStride">A multiple of 16, at least the padded columns.</param>
    /// <param name="learningRate">Factor of the gradient, any sign.</param>
    /// <param name="x">[batch, xStride], padding zero.</param>
    /// <param name="xStride">A multiple of 16, at least the padded columns.</param>
    /// <param name="d">[batch, dStride]; only the first rows values of each vector are read.</param>
    /// <param name="dStride">At least rows.</param>
    /// <param name="batch">Vectors, 0 or more.</param>
    public static void RankUpdate(
        Span<float> weights,
        int rows,
        int columns,
        int weightStride,
        float learningRate,
        ReadOnlySpan<float> x,
        int xStride,
        ReadOnlySpan<float> d,
        int dStride,
        int batch)
    {
        if (batch == 0)
        {
            return;
        }

        var padded = Lanes.RoundUp(columns);
        RequireMatrix(nameof(weights), weights.Length, rows, padded, weightStride, vectors: true);
        RequireMatrix(nameof(x), x.Length, batch, padded, xStride, vectors: true);
        RequireMatrix(nameof(d), d.Length, batch, rows, dStride, vectors: false);
        if (!ProcessorPath.HasAvx2)
        {
            GemmReference.RankUpdate(weights, rows, columns, weightStride, learningRate, x, xStride, d, dStride, batch);
            return;
        }

        fixed (float* w0 = weights, x0 = x, d0 = d)
        {
            if (ProcessorPath.HasAvx512)
            {
                RankUpdate512.Run(w0, rows, padded, weightStride, learningRate, x0, xStride, d0, dStride, batch);
            }
            else
            {
                RankUpdate256.Run(w0, rows, padded, weightStride, learningRate, x0, xStride, d0, dStride, batch);
            }
        }
    }

    private static void RequireMatrix(string name, int length, int rows, int columns, int stride, bool vectors)
    {
        if (rows < 1 || columns < 1 || stride < columns || (vectors && stride % Lanes.Count != 0) || length < ((long)(rows - 1) * stride) + columns)
        {
            ThrowMatrix(name, length, rows, columns, stride, vectors);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowMatrix(string name, int length, int rows, int columns, int stride, bool vectors) => throw new ArgumentException(
        $"Matrix {name} of {length} values cannot be {rows} x {columns} (padded) with stride {stride}: expected positive sizes, a stride of at least the "
        + $"columns{(vectors ? " that is a multiple of 16" : string.Empty)}, and (rows - 1) * stride + columns values.",
        name);
}
