namespace Tessera.Kernels.Numerics;

/// <summary>
/// The three matrix products of a tile, written down as loops: these loops define the order of every sum. See <see cref="Gemm"/> for the
/// shapes.
/// </summary>
public static class GemmReference
{
    /// <summary>
    /// y[b, i] = sum_j w[i, j] x[b, j]. Lane l of 16 chains w[i, j] x[b, j] over j = l, l + 16, ... with fused multiply-adds from zero, through
    /// the padding; then lanes l and l + 8 are added, l and l + 4, l and l + 2, l and l + 1.
    /// </summary>
    public static void Forward(
        ReadOnlySpan<float> weights, int rows, int columns, int weightStride, ReadOnlySpan<float> x, int xStride, Span<float> y, int yStride, int batch)
    {
        Span<float> lanes = stackalloc float[Lanes.Count];
        for (var b = 0; b < batch; b++)
        {
            for (var i = 0; i < rows; i++)
            {
                lanes.Clear();
                for (var j = 0; j < Lanes.RoundUp(columns); j++)
                {
                    var lane = j % Lanes.Count;
                    lanes[lane] = MathF.FusedMultiplyAdd(weights[(i * weightStride) + j], x[(b * xStride) + j], lanes[lane]);
                }

                for (var half = Lanes.Count / 2; half > 0; half /= 2)
                {
                    for (var lane = 0; lane < half; lane++)
                    {
                        lanes[lane] += lanes[lane + half];
                    }
                }

                y[(b * yStride) + i] = lanes[0];
            }
        }
    }

    /// <summary>y[b, j] = sum_i w[i, j] d[b, i]: one chain of fused multiply-adds from zero over ascending i, for the padding columns as well.</summary>
    public static void Transposed(
        ReadOnlySpan<float> weights, int rows, int columns, int weightStride, ReadOnlySpan<float> d, int dStride, Span<float> y, int yStride, int batch)
    {
        for (var b = 0; b < batch; b++)
        {
            for (var j = 0; j < Lanes.RoundUp(columns); j++)
            {
                var sum = 0f;
                for (var i = 0; i < rows; i++)
                {
                    sum = MathF.FusedMultiplyAdd(weights[(i * weightStride) + j], d[(b * dStride) + i], sum);
                }

                y[(b * yStride) + j] = sum;
            }
        }
    }

    /// <summary>
    /// w[i, j] = fma(-learningRate, g, w[i, j]) with g = sum_b d[b, i] x[b, j], one chain of fused multiply-adds from zero over ascending b.
    /// </summary>
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
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < Lanes.RoundUp(columns); j++)
            {
                var sum = 0f;
                for (var b = 0; b < batch; b++)
                {
                    sum = MathF.FusedMultiplyAdd(d[(b * dStride) + i], x[(b * xStride) + j], sum);
                }

                ref var w = ref weights[(i * weightStride) + j];
                w = MathF.FusedMultiplyAdd(-learningRate, sum, w);
            }
        }
    }
}
