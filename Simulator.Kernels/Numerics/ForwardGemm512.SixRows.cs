using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <content>Blocks of 6 rows by 4 vectors: 24 running dot products, ten loads for 24 fused multiply-adds. The sums are those of the smaller blocks.</content>
internal static unsafe partial class ForwardGemm512
{
    private const int SixRows = 6;
    private const int SixRowsVectorsMin = 16;

    private static void RunSixRows(float* w, int rows, int columns, int weightStride, float* x, int xStride, float* y, int yStride, int batch)
    {
        // One block less where the rest is then a multiple of four.
        var blocks = rows / SixRows;
        blocks -= (rows - (blocks * SixRows)) % 4 != 0 && blocks > 1 && (rows - ((blocks - 1) * SixRows)) % 4 == 0 ? 1 : 0;
        for (var block = 0; block < blocks; block++)
        {
            var first = w + ((nint)block * SixRows * weightStride);
            for (var b = 0; b < batch; b += 4)
            {
                Block6(first, weightStride, x + ((nint)b * xStride), xStride, columns, y + ((nint)b * yStride) + (block * SixRows), yStride);
            }
        }

        var done = blocks * SixRows;
        RunFourRows(w + ((nint)done * weightStride), rows - done, columns, weightStride, x, xStride, y + done, yStride, batch);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block6(float* w0, nint weightStride, float* x0, nint xStride, int columns, float* y, nint yStride)
    {
        var w1 = w0 + weightStride;
        var w2 = w1 + weightStride;
        var w3 = w2 + weightStride;
        var w4 = w3 + weightStride;
        var w5 = w4 + weightStride;
        var x1 = x0 + xStride;
        var x2 = x1 + xStride;
        var x3 = x2 + xStride;
        var s00 = Vector512<float>.Zero;
        var s01 = Vector512<float>.Zero;
        var s02 = Vector512<float>.Zero;
        var s03 = Vector512<float>.Zero;
        var s04 = Vector512<float>.Zero;
        var s05 = Vector512<float>.Zero;
        var s10 = Vector512<float>.Zero;
        var s11 = Vector512<float>.Zero;
        var s12 = Vector512<float>.Zero;
        var s13 = Vector512<float>.Zero;
        var s14 = Vector512<float>.Zero;
        var s15 = Vector512<float>.Zero;
        var s20 = Vector512<float>.Zero;
        var s21 = Vector512<float>.Zero;
        var s22 = Vector512<float>.Zero;
        var s23 = Vector512<float>.Zero;
        var s24 = Vector512<float>.Zero;
        var s25 = Vector512<float>.Zero;
        var s30 = Vector512<float>.Zero;
        var s31 = Vector512<float>.Zero;
        var s32 = Vector512<float>.Zero;
        var s33 = Vector512<float>.Zero;
        var s34 = Vector512<float>.Zero;
        var s35 = Vector512<float>.Zero;
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
            var r4 = Vector512.Load(w4 + j);
            s04 = Vector512.FusedMultiplyAdd(r4, v0, s04);
            s14 = Vector512.FusedMultiplyAdd(r4, v1, s14);
            s24 = Vector512.FusedMultiplyAdd(r4, v2, s24);
            s34 = Vector512.FusedMultiplyAdd(r4, v3, s34);
            var r5 = Vector512.Load(w5 + j);
            s05 = Vector512.FusedMultiplyAdd(r5, v0, s05);
            s15 = Vector512.FusedMultiplyAdd(r5, v1, s15);
            s25 = Vector512.FusedMultiplyAdd(r5, v2, s25);
            s35 = Vector512.FusedMultiplyAdd(r5, v3, s35);
        }

        var q0 = Join4(Join8(s00, s10), Join8(s20, s30));
        var q1 = Join4(Join8(s01, s11), Join8(s21, s31));
        var q2 = Join4(Join8(s02, s12), Join8(s22, s32));
        var q3 = Join4(Join8(s03, s13), Join8(s23, s33));
        var q4 = Join4(Join8(s04, s14), Join8(s24, s34));
        var q5 = Join4(Join8(s05, s15), Join8(s25, s35));
        Store(Join1(Join2(q0, q1), Join2(q2, q3)), y, yStride, 4, 4);

        // The first two lanes of part v hold rows 4 and 5 of vector v: two floats are stored as one double.
        var last = Join2(q4, q5);
        var pairs = Join1(last, last).AsDouble();
        *(double*)(y + 4) = pairs.GetElement(0);
        *(double*)(y + 4 + yStride) = pairs.GetElement(2);
        *(double*)(y + 4 + (2 * yStride)) = pairs.GetElement(4);
        *(double*)(y + 4 + (3 * yStride)) = pairs.GetElement(6);
    }
}
