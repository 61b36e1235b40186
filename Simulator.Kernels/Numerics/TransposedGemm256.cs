using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// <see cref="GemmReference.Transposed"/> on AVX2: strips of 32 columns, 128 rows at a time so that the piece of the weights stays in the first-level cache
/// while every vector of the batch passes over it; the running sums wait in y between runs of rows, which keeps the chain's order.
/// </summary>
internal static unsafe class TransposedGemm256
{
    private const int RunRows = 128;

    public static void Run(float* w, int rows, int columns, int weightStride, float* d, int dStride, float* y, int yStride, int batch)
    {
        if (batch == 1)
        {
            RunSingle(w, rows, columns, weightStride, d, y);
            return;
        }

        for (var j = 0; j < columns; j += 32)
        {
            for (var i = 0; i < rows; i += RunRows)
            {
                Strip(
                    w + ((nint)i * weightStride) + j,
                    weightStride,
                    Math.Min(RunRows, rows - i),
                    Math.Min(32, columns - j),
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
        for (; b + 2 <= batch; b += 2, d += 2 * dStride, y += 2 * yStride)
        {
            if (columns == 32)
            {
                Block2x4(w, weightStride, rows, d, dStride, y, yStride, first);
            }
            else
            {
                for (var j = 0; j < columns; j += 8)
                {
                    Block2x1(w + j, weightStride, rows, d, dStride, y + j, yStride, first);
                }
            }
        }

        for (; b < batch; b++, d += dStride, y += yStride)
        {
            if (columns == 32)
            {
                Block1x4(w, weightStride, rows, d, y, first);
            }
            else
            {
                for (var j = 0; j < columns; j += 8)
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
            for (nint j = 0; j < columns; j += 8)
            {
                var sum = Vector256.Load(y + j);
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(w0 + j), Vector256.Create(d[i]), sum);
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(w1 + j), Vector256.Create(d[i + 1]), sum);
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(w2 + j), Vector256.Create(d[i + 2]), sum);
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(w3 + j), Vector256.Create(d[i + 3]), sum);
                sum.Store(y + j);
            }
        }

        for (; i < rows; i++)
        {
            var w0 = w + ((nint)i * weightStride);
            for (nint j = 0; j < columns; j += 8)
            {
                Vector256.FusedMultiplyAdd(Vector256.Load(w0 + j), Vector256.Create(d[i]), Vector256.Load(y + j)).Store(y + j);
            }
        }
    }

    /// <summary>2 vectors by 32 columns over a run of rows; later runs go on from y.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block2x4(float* w, nint weightStride, int rows, float* d0, nint dStride, float* y0, nint yStride, bool first)
    {
        var d1 = d0 + dStride;
        var y1 = y0 + yStride;
        var s00 = first ? Vector256<float>.Zero : Vector256.Load(y0);
        var s01 = first ? Vector256<float>.Zero : Vector256.Load(y0 + 8);
        var s02 = first ? Vector256<float>.Zero : Vector256.Load(y0 + 16);
        var s03 = first ? Vector256<float>.Zero : Vector256.Load(y0 + 24);
        var s10 = first ? Vector256<float>.Zero : Vector256.Load(y1);
        var s11 = first ? Vector256<float>.Zero : Vector256.Load(y1 + 8);
        var s12 = first ? Vector256<float>.Zero : Vector256.Load(y1 + 16);
        var s13 = first ? Vector256<float>.Zero : Vector256.Load(y1 + 24);
        for (nint i = 0; i < rows; i++)
        {
            var r0 = Vector256.Load(w);
            var r1 = Vector256.Load(w + 8);
            var r2 = Vector256.Load(w + 16);
            var r3 = Vector256.Load(w + 24);
            var g0 = Vector256.Create(d0[i]);
            s00 = Vector256.FusedMultiplyAdd(r0, g0, s00);
            s01 = Vector256.FusedMultiplyAdd(r1, g0, s01);
            s02 = Vector256.FusedMultiplyAdd(r2, g0, s02);
            s03 = Vector256.FusedMultiplyAdd(r3, g0, s03);
            var g1 = Vector256.Create(d1[i]);
            s10 = Vector256.FusedMultiplyAdd(r0, g1, s10);
            s11 = Vector256.FusedMultiplyAdd(r1, g1, s11);
            s12 = Vector256.FusedMultiplyAdd(r2, g1, s12);
            s13 = Vector256.FusedMultiplyAdd(r3, g1, s13);
            w += weightStride;
        }

        s00.Store(y0);
        s01.Store(y0 + 8);
        s02.Store(y0 + 16);
        s03.Store(y0 + 24);
        s10.Store(y1);
        s11.Store(y1 + 8);
        s12.Store(y1 + 16);
        s13.Store(y1 + 24);
    }

    /// <summary>2 vectors by 8 columns over a run of rows; later runs go on from y.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block2x1(float* w, nint weightStride, int rows, float* d0, nint dStride, float* y0, nint yStride, bool first)
    {
        var d1 = d0 + dStride;
        var y1 = y0 + yStride;
        var s00 = first ? Vector256<float>.Zero : Vector256.Load(y0);
        var s10 = first ? Vector256<float>.Zero : Vector256.Load(y1);
        for (nint i = 0; i < rows; i++)
        {
            var r0 = Vector256.Load(w);
            var g0 = Vector256.Create(d0[i]);
            s00 = Vector256.FusedMultiplyAdd(r0, g0, s00);
            var g1 = Vector256.Create(d1[i]);
            s10 = Vector256.FusedMultiplyAdd(r0, g1, s10);
            w += weightStride;
        }

        s00.Store(y0);
        s10.Store(y1);
    }

    /// <summary>1 vector by 32 columns over a run of rows; later runs go on from y.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block1x4(float* w, nint weightStride, int rows, float* d0, float* y0, bool first)
    {
        var s00 = first ? Vector256<float>.Zero : Vector256.Load(y0);
        var s01 = first ? Vector256<float>.Zero : Vector256.Load(y0 + 8);
        var s02 = first ? Vector256<float>.Zero : Vector256.Load(y0 + 16);
        var s03 = first ? Vector256<float>.Zero : Vector256.Load(y0 + 24);
        for (nint i = 0; i < rows; i++)
        {
            var r0 = Vector256.Load(w);
            var r1 = Vector256.Load(w + 8);
            var r2 = Vector256.Load(w + 16);
            var r3 = Vector256.Load(w + 24);
            var g0 = Vector256.Create(d0[i]);
            s00 = Vector256.FusedMultiplyAdd(r0, g0, s00);
            s01 = Vector256.FusedMultiplyAdd(r1, g0, s01);
            s02 = Vector256.FusedMultiplyAdd(r2, g0, s02);
            s03 = Vector256.FusedMultiplyAdd(r3, g0, s03);
            w += weightStride;
        }

        s00.Store(y0);
        s01.Store(y0 + 8);
        s02.Store(y0 + 16);
        s03.Store(y0 + 24);
    }

    /// <summary>1 vector by 8 columns over a run of rows; later runs go on from y.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block1x1(float* w, nint weightStride, int rows, float* d0, float* y0, bool first)
    {
        var s00 = first ? Vector256<float>.Zero : Vector256.Load(y0);
        for (nint i = 0; i < rows; i++)
        {
            var r0 = Vector256.Load(w);
            var g0 = Vector256.Create(d0[i]);
            s00 = Vector256.FusedMultiplyAdd(r0, g0, s00);
            w += weightStride;
        }

        s00.Store(y0);
    }
}
