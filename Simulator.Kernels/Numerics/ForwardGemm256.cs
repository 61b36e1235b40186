using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// <see cref="GemmReference.Forward"/> on AVX2: blocks of 2 rows by 2 vectors, each dot product in two registers (lanes 0 to 7 and 8 to 15).
/// </summary>
internal static unsafe class ForwardGemm256
{
    public static void Run(float* w, int rows, int columns, int weightStride, float* x, int xStride, float* y, int yStride, int batch)
    {
        for (var i = 0; i < rows; i += 2)
        {
            // A single last row or vector is paired with itself and written twice.
            var w0 = w + ((nint)i * weightStride);
            nint nextRow = i + 1 < rows ? 1 : 0;
            for (var b = 0; b < batch; b += 2)
            {
                nint nextVector = b + 1 < batch ? 1 : 0;
                var to = y + ((nint)b * yStride) + i;
                var x0 = x + ((nint)b * xStride);
                Block(w0, w0 + (nextRow * weightStride), x0, x0 + (nextVector * xStride), columns, to, to + (nextVector * yStride), nextRow);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Block(float* w0, float* w1, float* x0, float* x1, int columns, float* y0, float* y1, nint nextRow)
    {
        var low00 = Vector256<float>.Zero;
        var low01 = Vector256<float>.Zero;
        var low10 = Vector256<float>.Zero;
        var low11 = Vector256<float>.Zero;
        var high00 = Vector256<float>.Zero;
        var high01 = Vector256<float>.Zero;
        var high10 = Vector256<float>.Zero;
        var high11 = Vector256<float>.Zero;
        for (nint j = 0; j < columns; j += Lanes.Count)
        {
            var v0 = Vector256.Load(x0 + j);
            var v1 = Vector256.Load(x1 + j);
            var r0 = Vector256.Load(w0 + j);
            var r1 = Vector256.Load(w1 + j);
            low00 = Vector256.FusedMultiplyAdd(r0, v0, low00);
            low01 = Vector256.FusedMultiplyAdd(r1, v0, low01);
            low10 = Vector256.FusedMultiplyAdd(r0, v1, low10);
            low11 = Vector256.FusedMultiplyAdd(r1, v1, low11);
            v0 = Vector256.Load(x0 + j + 8);
            v1 = Vector256.Load(x1 + j + 8);
            r0 = Vector256.Load(w0 + j + 8);
            r1 = Vector256.Load(w1 + j + 8);
            high00 = Vector256.FusedMultiplyAdd(r0, v0, high00);
            high01 = Vector256.FusedMultiplyAdd(r1, v0, high01);
            high10 = Vector256.FusedMultiplyAdd(r0, v1, high10);
            high11 = Vector256.FusedMultiplyAdd(r1, v1, high11);
        }

        y0[0] = Tree(low00, high00);
        y0[nextRow] = Tree(low01, high01);
        y1[0] = Tree(low10, high10);
        y1[nextRow] = Tree(low11, high11);
    }

    /// <summary>Adds lanes l and l + 8, then l and l + 4, l and l + 2, l and l + 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Tree(Vector256<float> low, Vector256<float> high)
    {
        var eight = low + high;
        var four = eight.GetLower() + eight.GetUpper();
        var two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
        return two.GetElement(0) + two.GetElement(1);
    }
}
