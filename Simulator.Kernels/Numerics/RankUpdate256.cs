using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <summary><see cref="GemmReference.RankUpdate"/> on AVX2: blocks of 2 rows by 32 columns sum over the whole batch in registers.</summary>
internal static unsafe class RankUpdate256
{
    public static void Run(
        float* w, int rows, int columns, nint weightStride, float learningRate, float* x, nint xStride, float* d, nint dStride, int batch)
    {
        var i = 0;
        for (; i + 2 <= rows; i += 2)
        {
            var row = w + (i * weightStride);
            nint j = 0;
            for (; j + 32 <= columns; j += 32)
            {
                Block2x4(row + j, weightStride, learningRate, x + j, xStride, d + i, dStride, batch);
            }

            for (; j < columns; j += 8)
            {
                Block2x1(row + j, weightStride, learningRate, x + j, xStride, d + i, dStride, batch);
            }
        }

        for (; i < rows; i++)
        {
            var row = w + (i * weightStride);
            for (nint j = 0; j < columns; j += 8)
            {
                Block1x1(row + j, learningRate, x + j, xStride, d + i, dStride, batch);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block2x4(float* w0, nint weightStride, float learningRate, float* x, nint xStride, float* d, nint dStride, int batch)
    {
        var w1 = w0 + weightStride;
        var s00 = Vector256<float>.Zero;
        var s01 = Vector256<float>.Zero;
        var s02 = Vector256<float>.Zero;
        var s03 = Vector256<float>.Zero;
        var s10 = Vector256<float>.Zero;
        var s11 = Vector256<float>.Zero;
        var s12 = Vector256<float>.Zero;
        var s13 = Vector256<float>.Zero;
        for (var b = 0; b < batch; b++, x += xStride, d += dStride)
        {
            var v0 = Vector256.Load(x);
            var v1 = Vector256.Load(x + 8);
            var v2 = Vector256.Load(x + 16);
            var v3 = Vector256.Load(x + 24);
            var g0 = Vector256.Create(d[0]);
            s00 = Vector256.FusedMultiplyAdd(g0, v0, s00);
            s01 = Vector256.FusedMultiplyAdd(g0, v1, s01);
            s02 = Vector256.FusedMultiplyAdd(g0, v2, s02);
            s03 = Vector256.FusedMultiplyAdd(g0, v3, s03);
            var g1 = Vector256.Create(d[1]);
            s10 = Vector256.FusedMultiplyAdd(g1, v0, s10);
            s11 = Vector256.FusedMultiplyAdd(g1, v1, s11);
            s12 = Vector256.FusedMultiplyAdd(g1, v2, s12);
            s13 = Vector256.FusedMultiplyAdd(g1, v3, s13);
        }

        var rate = Vector256.Create(-learningRate);
        Vector256.FusedMultiplyAdd(rate, s00, Vector256.Load(w0)).Store(w0);
        Vector256.FusedMultiplyAdd(rate, s01, Vector256.Load(w0 + 8)).Store(w0 + 8);
        Vector256.FusedMultiplyAdd(rate, s02, Vector256.Load(w0 + 16)).Store(w0 + 16);
        Vector256.FusedMultiplyAdd(rate, s03, Vector256.Load(w0 + 24)).Store(w0 + 24);
        Vector256.FusedMultiplyAdd(rate, s10, Vector256.Load(w1)).Store(w1);
        Vector256.FusedMultiplyAdd(rate, s11, Vector256.Load(w1 + 8)).Store(w1 + 8);
        Vector256.FusedMultiplyAdd(rate, s12, Vector256.Load(w1 + 16)).Store(w1 + 16);
        Vector256.FusedMultiplyAdd(rate, s13, Vector256.Load(w1 + 24)).Store(w1 + 24);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block2x1(float* w0, nint weightStride, float learningRate, float* x, nint xStride, float* d, nint dStride, int batch)
    {
        var w1 = w0 + weightStride;
        var s00 = Vector256<float>.Zero;
        var s10 = Vector256<float>.Zero;
        for (var b = 0; b < batch; b++, x += xStride, d += dStride)
        {
            var v0 = Vector256.Load(x);
            var g0 = Vector256.Create(d[0]);
            s00 = Vector256.FusedMultiplyAdd(g0, v0, s00);
            var g1 = Vector256.Create(d[1]);
            s10 = Vector256.FusedMultiplyAdd(g1, v0, s10);
        }

        var rate = Vector256.Create(-learningRate);
        Vector256.FusedMultiplyAdd(rate, s00, Vector256.Load(w0)).Store(w0);
        Vector256.FusedMultiplyAdd(rate, s10, Vector256.Load(w1)).Store(w1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block1x1(float* w0, float learningRate, float* x, nint xStride, float* d, nint dStride, int batch)
    {
        var s00 = Vector256<float>.Zero;
        for (var b = 0; b < batch; b++, x += xStride, d += dStride)
        {
            var v0 = Vector256.Load(x);
            var g0 = Vector256.Create(d[0]);
            s00 = Vector256.FusedMultiplyAdd(g0, v0, s00);
        }

        var rate = Vector256.Create(-learningRate);
        Vector256.FusedMultiplyAdd(rate, s00, Vector256.Load(w0)).Store(w0);
    }
}
