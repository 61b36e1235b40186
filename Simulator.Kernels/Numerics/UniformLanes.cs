using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <summary>Uniform numbers in [0, 1) from 16 random words at once; the bits of <see cref="UniformReference"/>.</summary>
public static class UniformLanes
{
    /// <summary>The top 24 bits of each word as a fraction: multiples of 2^-24 in [0, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FromWord(Vector512<uint> word) =>
        Vector512.ConvertToSingle((word >>> 8).AsInt32()) * Vector512.Create(1f / (1 << 24));
}
