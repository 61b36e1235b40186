using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Kernels.Updates;

/// <summary>Moves chosen lanes of a vector to its front. It only moves, so every path gives the same bits.</summary>
internal static unsafe class LaneCompression
{
    /// <summary>
    /// Stores the lanes whose mask is all ones, in order, at <paramref name="target"/>. 16 elements are written in any case; those behind the chosen
    /// ones are undefined.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(Vector512<float> values, Vector512<float> mask, float* target)
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
        {
            Avx512F.Compress(Vector512<float>.Zero, mask, values).Store(target);
        }
        else
        {
            StoreScalar(values, mask, target);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreScalar(Vector512<float> values, Vector512<float> mask, float* target)
    {
        var lanes = stackalloc float[Vector512<float>.Count];
        values.Store(lanes);
        for (var set = (uint)mask.ExtractMostSignificantBits(); set != 0; set &= set - 1)
        {
            *target++ = lanes[BitOperations.TrailingZeroCount(set)];
        }
    }
}
