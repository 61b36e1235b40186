using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// <see cref="GemmReference.Transposed"/> on AVX-512: strips of 64 columns, 128 rows at a time so that the piece of the weights stays in the first-level cache
/// while every vector of the batch passes over it; the running sums wait in y between runs of rows, which keeps the chain's order.
/// </summary>
internal static unsafe class TransposedGemm512
{
    private const int RunRows = 128;

    public static void Run(float* w, int rows, int columns, int weightStride, float* d, int dStride, float* y, int yStride, int batch)
    {
        if (batch == 1)
        {
            RunSingle(w, rows, columns, weightStride, d, y);
            return;
        }

        for (var j = 0; j < columns; j += 64)
        {
            for (var i = 0; i < rows; i += RunRows)
            {
                Strip(
                    w + ((nint)i * weightStride) + j,
                    weightStride,
                    Math.Min(RunRows, rows - i),
                    Math.Min(64, columns - j),
                    d + i,
                    dStride,
                    y + j,
                    yStride,
                    batch,
                    i == 0);
            }
        }
    }

    private static void Strip(
        float* w, nint weightStride, int rows, int columns, float* d, nint dStride, float* y, nint yStride, int batch, bool first)
    {
        var b = 0;
        for (; b + 4 <= batch; b += 4, d += 4 * dStride, y += 4 * yStride)
        {
            if (columns == 64)
            {
                Block4x4(w, weightStride, rows, d, dStride, y, yStride, first);
            }
            else
            {
                for (var j = 0; j < columns; j += 16)
                {
                    Block4x1(w + j, weightStride, rows, d, dStride, y + j, yStride, first);
                }
            }
        }

        for (; b < batch; b++, d += dStride, y += yStride)
        {
            if (columns == 64)
            {
                Block1x4(w, weightStride, rows, d, y, first);
            }
            else
            {
                for (var j = 0; j < columns; j += 16)
                {
                    Block1x1(w + j, weightStride, rows, d, y + j, first);
                }
            }
        }
    }

    /// <summary>One vector: y stays in the first-level cache and the weights stream by, four rows at a time.</summary>
    private static void RunSingle(float* w, int rows, int columns, int weightStride, float* d, float* y)
    {
        new Span<float>(y, columns).Clear();
        var i = 0;
        for (; i + 4 <= rows; i += 4)
        {
            var w0 = w + ((nint)i * weightStride);
            var w1 = w0 + weightStride;
            var w2 = w1 + weightStride;
            var w3 = w2 + weightStride;
            for (nint j = 0; j < columns; j += 16)
            {
                var sum = Vector512.Load(y + j);
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(w0 + j), Vector512.Create(d[i]), sum);
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(w1 + j), Vector512.Create(d[i + 1]), sum);
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(w2 + j), Vector512.Create(d[i + 2]), sum);
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(w3 + j), Vector512.Create(d[i + 3]), sum);
                sum.Store(y + j);
            }
        }

        for (; i < rows; i++)
        {
            var w0 = w + ((nint)i * weightStride);
            for (nint j = 0; j < columns; j += 16)
            {
                Vector512.FusedMultiplyAdd(Vector512.Load(w0 + j), Vector512.Create(d[i]), Vector512.Load(y + j)).Store(y + j);
            }
        }
    }

    /// <summary>4 vectors by 64 columns over a run of rows; later runs go on from y.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block4x4(float* w, nint weightStride, int rows, float* d0, nint dStride, float* y0, nint yStride, bool first)
    {
        var d1 = d0 + dStride;
        var y1 = y0 + yStride;
        var d2 = d1 + dStride;
        var y2 = y1 + yStride;
        var d3 = d2 + dStride;
        var y3 = y2 + yStride;
        var s00 = first ? Vector512<float>.Zero : Vector512.Load(y0);
        var s01 = first ? Vector512<float>.Zero : Vector512.Load(y0 + 16);
        var s02 = first ? Vector512<float>.Zero : Vector512.Load(y0 + 32);
        var s03 = first ? Vector512<float>.Zero : Vector512.Load(y0 + 48);
        var s10 = first ? Vector512<float>.Zero : Vector512.Load(y1);
        var s11 = first ? Vector512<float>.Zero : Vector512.Load(y1 + 16);
        var s12 = first ? Vector512<float>.Zero : Vector512.Load(y1 + 32);
        var s13 = first ? Vector512<float>.Zero : Vector512.Load(y1 + 48);
        var s20 = first ? Vector512<float>.Zero : Vector512.Load(y2);
        var s21 = first ? Vector512<float>.Zero : Vector512.Load(y2 + 16);
        var s22 = first ? Vector512<float>.Zero : Vector512.Load(y2 + 32);
        var s23 = first ? Vector512<float>.Zero : Vector512.Load(y2 + 48);
        var s30 = first ? Vector512<float>.Zero : Vector512.Load(y3);
        var s31 = first ? Vector512<float>.Zero : Vector512.Load(y3 + 16);
        var s32 = first ? Vector512<float>.Zero : Vector512.Load(y3 + 32);
        var s33 = first ? Vector512<float>.Zero : Vector512.Load(y3 + 48);
        for (nint i = 0; i < rows; i++)
        {
            var r0 = Vector512.Load(w);
            var r1 = Vector512.Load(w + 16);
            var r2 = Vector512.Load(w + 32);
            var r3 = Vector512.Load(w + 48);
            var g0 = Vector512.Create(d0[i]);
            s00 = Vector512.FusedMultiplyAdd(r0, g0, s00);
            s01 = Vector512.FusedMultiplyAdd(r1, g0, s01);
            s02 = Vector512.FusedMultiplyAdd(r2, g0, s02);
            s03 = Vector512.FusedMultiplyAdd(r3, g0, s03);
            var g1 = Vector512.Create(d1[i]);
            s10 = Vector512.FusedMultiplyAdd(r0, g1, s10);
            s11 = Vector512.FusedMultiplyAdd(r1, g1, s11);
            s12 = Vector512.FusedMultiplyAdd(r2, g1, s12);
            s13 = Vector512.FusedMultiplyAdd(r3, g1, s13);
            var g2 = Vector512.Create(d2[i]);
            s20 = Vector512.FusedMultiplyAdd(r0, g2, s20);
            s21 = Vector512.FusedMultiplyAdd(r1, g2, s21);
            s22 = Vector512.FusedMultiplyAdd(r2, g2, s22);
            s23 = Vector512.FusedMultiplyAdd(r3, g2, s23);
            var g3 = Vector512.Create(d3[i]);
            s30 = Vector512.FusedMultiplyAdd(r0, g3, s30);
            s31 = Vector512.FusedMultiplyAdd(r1, g3, s31);
            s32 = Vector512.FusedMultiplyAdd(r2, g3, s32);
            s33 = Vector512.FusedMultiplyAdd(r3, g3, s33);
            w += weightStride;
        }

        s00.Store(y0);
        s01.Store(y0 + 16);
        s02.Store(y0 + 32);
        s03.Store(y0 + 48);
        s10.Store(y1);
        s11.Store(y1 + 16);
        s12.Store(y1 + 32);
        s13.Store(y1 + 48);
        s20.Store(y2);
        s21.Store(y2 + 16);
        s22.Store(y2 + 32);
        s23.Store(y2 + 48);
        s30.Store(y3);
        s31.Store(y3 + 16);
        s32.Store(y3 + 32);
        s33.Store(y3 + 48);
    }

    /// <summary>4 vectors by 16 columns over a run of rows; later runs go on from y.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block4x1(float* w, nint weightStride, int rows, float* d0, nint dStride, float* y0, nint yStride, bool first)
    {
        var d1 = d0 + dStride;
        var y1 = y0 + yStride;
        var d2 = d1 + dStride;
        var y2 = y1 + yStride;
        var d3 = d2 + dStride;
        var y3 = y2 + yStride;
        var s00 = first ? Vector512<float>.Zero : Vector512.Load(y0);
        var s10 = first ? Vector512<float>.Zero : Vector512.Load(y1);
        var s20 = first ? Vector512<float>.Zero : Vector512.Load(y2);
        var s30 = first ? Vector512<float>.Zero : Vector512.Load(y3);
        for (nint i = 0; i < rows; i++)
        {
            var r0 = Vector512.Load(w);
            var g0 = Vector512.Create(d0[i]);
            s00 = Vector512.FusedMultiplyAdd(r0, g0, s00);
            var g1 = Vector512.Create(d1[i]);
            s10 = Vector512.FusedMultiplyAdd(r0, g1, s10);
            var g2 = Vector512.Create(d2[i]);
            s20 = Vector512.FusedMultiplyAdd(r0, g2, s20);
            var g3 = Vector512.Create(d3[i]);
            s30 = Vector512.FusedMultiplyAdd(r0, g3, s30);
            w += weightStride;
        }

        s00.Store(y0);
        s10.Store(y1);
        s20.Store(y2);
        s30.Store(y3);
    }

    /// <summary>1 vector by 64 columns over a run of rows; later runs go on from y.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block1x4(float* w, nint weightStride, int rows, float* d0, float* y0, bool first)
    {
        var s00 = first ? Vector512<float>.Zero : Vector512.Load(y0);
        var s01 = first ? Vector512<float>.Zero : Vector512.Load(y0 + 16);
        var s02 = first ? Vector512<float>.Zero : Vector512.Load(y0 + 32);
        var s03 = first ? Vector512<float>.Zero : Vector512.Load(y0 + 48);
        for (nint i = 0; i < rows; i++)
        {
            var r0 = Vector512.Load(w);
            var r1 = Vector512.Load(w + 16);
            var r2 = Vector512.Load(w + 32);
            var r3 = Vector512.Load(w + 48);
            var g0 = Vector512.Create(d0[i]);
            s00 = Vector512.FusedMultiplyAdd(r0, g0, s00);
            s01 = Vector512.FusedMultiplyAdd(r1, g0, s01);
            s02 = Vector512.FusedMultiplyAdd(r2, g0, s02);
            s03 = Vector512.FusedMultiplyAdd(r3, g0, s03);
            w += weightStride;
        }

        s00.Store(y0);
        s01.Store(y0 + 16);
        s02.Store(y0 + 32);
        s03.Store(y0 + 48);
    }

    /// <summary>1 vector by 16 columns over a run of rows; later runs go on from y.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block1x1(float* w, nint weightStride, int rows, float* d0, float* y0, bool first)
    {
        var s00 = first ? Vector512<float>.Zero : Vector512.Load(y0);
        for (nint i = 0; i < rows; i++)
        {
            var r0 = Vector512.Load(w);
            var g0 = Vector512.Create(d0[i]);
            s00 = Vector512.FusedMultiplyAdd(r0, g0, s00);
            w += weightStride;
        }

        s00.Store(y0);
    }
}
