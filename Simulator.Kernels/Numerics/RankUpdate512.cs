using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <summary><see cref="GemmReference.RankUpdate"/> on AVX-512: blocks of 4 rows by 64 columns sum over the whole batch in registers.</summary>
internal static unsafe class RankUpdate512
{
    public static void Run(
        float* w, int rows, int columns, nint weightStride, float learningRate, float* x, nint xStride, float* d, nint dStride, int batch)
    {
        var i = 0;
        for (; i + 4 <= rows; i += 4)
        {
            var row = w + (i * weightStride);
            nint j = 0;
            for (; j + 64 <= columns; j += 64)
            {
                Block4x4(row + j, weightStride, learningRate, x + j, xStride, d + i, dStride, batch);
            }

            for (; j < columns; j += 16)
            {
                Block4x1(row + j, weightStride, learningRate, x + j, xStride, d + i, dStride, batch);
            }
        }

        for (; i < rows; i++)
        {
            var row = w + (i * weightStride);
            for (nint j = 0; j < columns; j += 16)
            {
                Block1x1(row + j, learningRate, x + j, xStride, d + i, dStride, batch);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block4x4(float* w0, nint weightStride, float learningRate, float* x, nint xStride, float* d, nint dStride, int batch)
    {
        var w1 = w0 + weightStride;
        var w2 = w1 + weightStride;
        var w3 = w2 + weightStride;
        var s00 = Vector512<float>.Zero;
        var s01 = Vector512<float>.Zero;
        var s02 = Vector512<float>.Zero;
        var s03 = Vector512<float>.Zero;
        var s10 = Vector512<float>.Zero;
        var s11 = Vector512<float>.Zero;
        var s12 = Vector512<float>.Zero;
        var s13 = Vector512<float>.Zero;
        var s20 = Vector512<float>.Zero;
        var s21 = Vector512<float>.Zero;
        var s22 = Vector512<float>.Zero;
        var s23 = Vector512<float>.Zero;
        var s30 = Vector512<float>.Zero;
        var s31 = Vector512<float>.Zero;
        var s32 = Vector512<float>.Zero;
        var s33 = Vector512<float>.Zero;
        for (var b = 0; b < batch; b++, x += xStride, d += dStride)
        {
            var v0 = Vector512.Load(x);
            var v1 = Vector512.Load(x + 16);
            var v2 = Vector512.Load(x + 32);
            var v3 = Vector512.Load(x + 48);
            var g0 = Vector512.Create(d[0]);
            s00 = Vector512.FusedMultiplyAdd(g0, v0, s00);
            s01 = Vector512.FusedMultiplyAdd(g0, v1, s01);
            s02 = Vector512.FusedMultiplyAdd(g0, v2, s02);
            s03 = Vector512.FusedMultiplyAdd(g0, v3, s03);
            var g1 = Vector512.Create(d[1]);
            s10 = Vector512.FusedMultiplyAdd(g1, v0, s10);
            s11 = Vector512.FusedMultiplyAdd(g1, v1, s11);
            s12 = Vector512.FusedMultiplyAdd(g1, v2, s12);
            s13 = Vector512.FusedMultiplyAdd(g1, v3, s13);
            var g2 = Vector512.Create(d[2]);
            s20 = Vector512.FusedMultiplyAdd(g2, v0, s20);
            s21 = Vector512.FusedMultiplyAdd(g2, v1, s21);
            s22 = Vector512.FusedMultiplyAdd(g2, v2, s22);
            s23 = Vector512.FusedMultiplyAdd(g2, v3, s23);
            var g3 = Vector512.Create(d[3]);
            s30 = Vector512.FusedMultiplyAdd(g3, v0, s30);
            s31 = Vector512.FusedMultiplyAdd(g3, v1, s31);
            s32 = Vector512.FusedMultiplyAdd(g3, v2, s32);
            s33 = Vector512.FusedMultiplyAdd(g3, v3, s33);
        }

        var rate = Vector512.Create(-learningRate);
        Vector512.FusedMultiplyAdd(rate, s00, Vector512.Load(w0)).Store(w0);
        Vector512.FusedMultiplyAdd(rate, s01, Vector512.Load(w0 + 16)).Store(w0 + 16);
        Vector512.FusedMultiplyAdd(rate, s02, Vector512.Load(w0 + 32)).Store(w0 + 32);
        Vector512.FusedMultiplyAdd(rate, s03, Vector512.Load(w0 + 48)).Store(w0 + 48);
        Vector512.FusedMultiplyAdd(rate, s10, Vector512.Load(w1)).Store(w1);
        Vector512.FusedMultiplyAdd(rate, s11, Vector512.Load(w1 + 16)).Store(w1 + 16);
        Vector512.FusedMultiplyAdd(rate, s12, Vector512.Load(w1 + 32)).Store(w1 + 32);
        Vector512.FusedMultiplyAdd(rate, s13, Vector512.Load(w1 + 48)).Store(w1 + 48);
        Vector512.FusedMultiplyAdd(rate, s20, Vector512.Load(w2)).Store(w2);
        Vector512.FusedMultiplyAdd(rate, s21, Vector512.Load(w2 + 16)).Store(w2 + 16);
        Vector512.FusedMultiplyAdd(rate, s22, Vector512.Load(w2 + 32)).Store(w2 + 32);
        Vector512.FusedMultiplyAdd(rate, s23, Vector512.Load(w2 + 48)).Store(w2 + 48);
        Vector512.FusedMultiplyAdd(rate, s30, Vector512.Load(w3)).Store(w3);
        Vector512.FusedMultiplyAdd(rate, s31, Vector512.Load(w3 + 16)).Store(w3 + 16);
        Vector512.FusedMultiplyAdd(rate, s32, Vector512.Load(w3 + 32)).Store(w3 + 32);
        Vector512.FusedMultiplyAdd(rate, s33, Vector512.Load(w3 + 48)).Store(w3 + 48);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block4x1(float* w0, nint weightStride, float learningRate, float* x, nint xStride, float* d, nint dStride, int batch)
    {
        var w1 = w0 + weightStride;
        var w2 = w1 + weightStride;
        var w3 = w2 + weightStride;
        var s00 = Vector512<float>.Zero;
        var s10 = Vector512<float>.Zero;
        var s20 = Vector512<float>.Zero;
        var s30 = Vector512<float>.Zero;
        for (var b = 0; b < batch; b++, x += xStride, d += dStride)
        {
            var v0 = Vector512.Load(x);
            var g0 = Vector512.Create(d[0]);
            s00 = Vector512.FusedMultiplyAdd(g0, v0, s00);
            var g1 = Vector512.Create(d[1]);
            s10 = Vector512.FusedMultiplyAdd(g1, v0, s10);
            var g2 = Vector512.Create(d[2]);
            s20 = Vector512.FusedMultiplyAdd(g2, v0, s20);
            var g3 = Vector512.Create(d[3]);
            s30 = Vector512.FusedMultiplyAdd(g3, v0, s30);
        }

        var rate = Vector512.Create(-learningRate);
        Vector512.FusedMultiplyAdd(rate, s00, Vector512.Load(w0)).Store(w0);
        Vector512.FusedMultiplyAdd(rate, s10, Vector512.Load(w1)).Store(w1);
        Vector512.FusedMultiplyAdd(rate, s20, Vector512.Load(w2)).Store(w2);
        Vector512.FusedMultiplyAdd(rate, s30, Vector512.Load(w3)).Store(w3);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block1x1(float* w0, float learningRate, float* x, nint xStride, float* d, nint dStride, int batch)
    {
        var s00 = Vector512<float>.Zero;
        for (var b = 0; b < batch; b++, x += xStride, d += dStride)
        {
            var v0 = Vector512.Load(x);
            var g0 = Vector512.Create(d[0]);
            s00 = Vector512.FusedMultiplyAdd(g0, v0, s00);
        }

        var rate = Vector512.Create(-learningRate);
        Vector512.FusedMultiplyAdd(rate, s00, Vector512.Load(w0)).Store(w0);
    }
}
