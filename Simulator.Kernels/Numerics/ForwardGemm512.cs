using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// <see cref="GemmReference.Forward"/> on AVX-512: blocks of 4 rows by 4 vectors hold 16 running dot products of 16 lanes in registers. The add
/// trees of a block run together: each level joins two accumulators into one register, so that 15 additions finish 16 trees.
/// </summary>
internal static unsafe partial class ForwardGemm512
{
    public static void Run(float* w, int rows, int columns, int weightStride, float* x, int xStride, float* y, int yStride, int batch)
    {
        // Blocks of six rows read each vector less often; they pay where few vectors are left over for a second pass over the weights.
        var whole = batch & ~3;
        if (rows >= SixRows && whole > 0 && (whole == batch || whole >= SixRowsVectorsMin))
        {
            RunSixRows(w, rows, columns, weightStride, x, xStride, y, yStride, whole);
            x += (nint)whole * xStride;
            y += (nint)whole * yStride;
            batch -= whole;
        }

        RunFourRows(w, rows, columns, weightStride, x, xStride, y, yStride, batch);
    }

    private static void RunFourRows(float* w, int rows, int columns, int weightStride, float* x, int xStride, float* y, int yStride, int batch)
    {
        // The last block of rows repeats its last row; the repeated results are not stored.
        for (var i = 0; i < rows; i += 4)
        {
            var valid = Math.Min(4, rows - i);
            var w0 = w + ((nint)i * weightStride);
            var w1 = w0 + (valid > 1 ? weightStride : 0);
            var w2 = w1 + (valid > 2 ? weightStride : 0);
            var w3 = w2 + (valid > 3 ? weightStride : 0);
            var b = 0;
            for (; b + 4 <= batch; b += 4)
            {
                Store(Block4(w0, w1, w2, w3, x + ((nint)b * xStride), xStride, columns), y + ((nint)b * yStride) + i, yStride, 4, valid);
            }

            if (b + 2 <= batch)
            {
                Store(Block2(w0, w1, w2, w3, x + ((nint)b * xStride), xStride, columns), y + ((nint)b * yStride) + i, yStride, 2, valid);
                b += 2;
            }

            if (b < batch)
            {
                Store(Block1(w0, w1, w2, w3, x + ((nint)b * xStride), columns), y + ((nint)b * yStride) + i, yStride, 1, valid);
            }
        }
    }

    /// <summary>4 rows by 4 vectors: part q of the result holds the four rows of vector q.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> Block4(float* w0, float* w1, float* w2, float* w3, float* x0, nint xStride, int columns)
    {
        var x1 = x0 + xStride;
        var x2 = x1 + xStride;
        var x3 = x2 + xStride;
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
        for (nint j = 0; j < columns; j += Lanes.Count)
        {
            var v0 = Vector512.Load(x0 + j);
            var v1 = Vector512.Load(x1 + j);
            var v2 = Vector512.Load(x2 + j);
            var v3 = Vector512.Load(x3 + j);
            var r0 = Vector512.Load(w0 + j);
            s00 = Vector512.FusedMultiplyAdd(r0, v0, s00);
            s10 = Vector512.FusedMultiplyAdd(r0, v1, s10);
            s20 = Vector512.FusedMultiplyAdd(r0, v2, s20);
            s30 = Vector512.FusedMultiplyAdd(r0, v3, s30);
            var r1 = Vector512.Load(w1 + j);
            s01 = Vector512.FusedMultiplyAdd(r1, v0, s01);
            s11 = Vector512.FusedMultiplyAdd(r1, v1, s11);
            s21 = Vector512.FusedMultiplyAdd(r1, v2, s21);
            s31 = Vector512.FusedMultiplyAdd(r1, v3, s31);
            var r2 = Vector512.Load(w2 + j);
            s02 = Vector512.FusedMultiplyAdd(r2, v0, s02);
            s12 = Vector512.FusedMultiplyAdd(r2, v1, s12);
            s22 = Vector512.FusedMultiplyAdd(r2, v2, s22);
            s32 = Vector512.FusedMultiplyAdd(r2, v3, s32);
            var r3 = Vector512.Load(w3 + j);
            s03 = Vector512.FusedMultiplyAdd(r3, v0, s03);
            s13 = Vector512.FusedMultiplyAdd(r3, v1, s13);
            s23 = Vector512.FusedMultiplyAdd(r3, v2, s23);
            s33 = Vector512.FusedMultiplyAdd(r3, v3, s33);
        }

        var q0 = Join4(Join8(s00, s10), Join8(s20, s30));
        var q1 = Join4(Join8(s01, s11), Join8(s21, s31));
        var q2 = Join4(Join8(s02, s12), Join8(s22, s32));
        var q3 = Join4(Join8(s03, s13), Join8(s23, s33));
        return Join1(Join2(q0, q1), Join2(q2, q3));
    }

    /// <summary>4 rows by 2 vectors: part q of the result holds the four rows of vector q.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> Block2(float* w0, float* w1, float* w2, float* w3, float* x0, nint xStride, int columns)
    {
        var x1 = x0 + xStride;
        var s00 = Vector512<float>.Zero;
        var s01 = Vector512<float>.Zero;
        var s02 = Vector512<float>.Zero;
        var s03 = Vector512<float>.Zero;
        var s10 = Vector512<float>.Zero;
        var s11 = Vector512<float>.Zero;
        var s12 = Vector512<float>.Zero;
        var s13 = Vector512<float>.Zero;
        for (nint j = 0; j < columns; j += Lanes.Count)
        {
            var v0 = Vector512.Load(x0 + j);
            var v1 = Vector512.Load(x1 + j);
            var r0 = Vector512.Load(w0 + j);
            s00 = Vector512.FusedMultiplyAdd(r0, v0, s00);
            s10 = Vector512.FusedMultiplyAdd(r0, v1, s10);
            var r1 = Vector512.Load(w1 + j);
            s01 = Vector512.FusedMultiplyAdd(r1, v0, s01);
            s11 = Vector512.FusedMultiplyAdd(r1, v1, s11);
            var r2 = Vector512.Load(w2 + j);
            s02 = Vector512.FusedMultiplyAdd(r2, v0, s02);
            s12 = Vector512.FusedMultiplyAdd(r2, v1, s12);
            var r3 = Vector512.Load(w3 + j);
            s03 = Vector512.FusedMultiplyAdd(r3, v0, s03);
            s13 = Vector512.FusedMultiplyAdd(r3, v1, s13);
        }

        var h0 = Join8(s00, s10);
        var q0 = Join4(h0, h0);
        var h1 = Join8(s01, s11);
        var q1 = Join4(h1, h1);
        var h2 = Join8(s02, s12);
        var q2 = Join4(h2, h2);
        var h3 = Join8(s03, s13);
        var q3 = Join4(h3, h3);
        return Join1(Join2(q0, q1), Join2(q2, q3));
    }

    /// <summary>4 rows by 1 vector: part q of the result holds the four rows of vector q.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> Block1(float* w0, float* w1, float* w2, float* w3, float* x0, int columns)
    {
        var s00 = Vector512<float>.Zero;
        var s01 = Vector512<float>.Zero;
        var s02 = Vector512<float>.Zero;
        var s03 = Vector512<float>.Zero;
        for (nint j = 0; j < columns; j += Lanes.Count)
        {
            var v0 = Vector512.Load(x0 + j);
            var r0 = Vector512.Load(w0 + j);
            s00 = Vector512.FusedMultiplyAdd(r0, v0, s00);
            var r1 = Vector512.Load(w1 + j);
            s01 = Vector512.FusedMultiplyAdd(r1, v0, s01);
            var r2 = Vector512.Load(w2 + j);
            s02 = Vector512.FusedMultiplyAdd(r2, v0, s02);
            var r3 = Vector512.Load(w3 + j);
            s03 = Vector512.FusedMultiplyAdd(r3, v0, s03);
        }

        var q0 = Join4(Join8(s00, s00), Join8(s00, s00));
        var q1 = Join4(Join8(s01, s01), Join8(s01, s01));
        var q2 = Join4(Join8(s02, s02), Join8(s02, s02));
        var q3 = Join4(Join8(s03, s03), Join8(s03, s03));
        return Join1(Join2(q0, q1), Join2(q2, q3));
    }

    /// <summary>Adds lanes l and l + 8 of both: eight sums of a, eight of b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Join8(Vector512<float> a, Vector512<float> b) =>
        Avx512F.Shuffle4x128(a, b, 0b01_00_01_00) + Avx512F.Shuffle4x128(a, b, 0b11_10_11_10);

    /// <summary>Adds lanes l and l + 4 of each group of eight: four groups of four sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Join4(Vector512<float> a, Vector512<float> b) =>
        Avx512F.Shuffle4x128(a, b, 0b10_00_10_00) + Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);

    /// <summary>Adds lanes l and l + 2 of each group of four; two sums of a, two of b in each part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Join2(Vector512<float> a, Vector512<float> b) =>
        Avx512F.UnpackLow(a.AsDouble(), b.AsDouble()).AsSingle() + Avx512F.UnpackHigh(a.AsDouble(), b.AsDouble()).AsSingle();

    /// <summary>Adds lanes l and l + 1 of each pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Join1(Vector512<float> a, Vector512<float> b) =>
        Avx512F.Shuffle(a, b, 0b10_00_10_00) + Avx512F.Shuffle(a, b, 0b11_01_11_01);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> sums, float* y, nint yStride, int batch, int rows)
    {
        if (rows == 4)
        {
            var low = sums.GetLower();
            low.GetLower().Store(y);
            if (batch >= 2)
            {
                low.GetUpper().Store(y + yStride);
            }

            if (batch == 4)
            {
                sums.GetUpper().GetLower().Store(y + (2 * yStride));
                sums.GetUpper().GetUpper().Store(y + (3 * yStride));
            }

            return;
        }

        StoreEdge(sums, y, yStride, batch, rows);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreEdge(Vector512<float> sums, float* y, nint yStride, int batch, int rows)
    {
        var block = stackalloc float[Lanes.Count];
        sums.Store(block);
        for (var b = 0; b < batch; b++)
        {
            for (var i = 0; i < rows; i++)
            {
                y[(b * yStride) + i] = block[(4 * b) + i];
            }
        }
    }
}
