using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// Which instruction set the vector loops run on. The bits of every result are the same on all of them; the path decides only the speed.
/// The flags are compile-time constants for the just-in-time compiler, so a branch on them costs nothing.
/// </summary>
public static class ProcessorPath
{
    /// <summary>512-bit operations with AVX-512 F, BW, CD, DQ and VL.</summary>
    public static bool HasAvx512 => Avx512F.IsSupported && Avx512BW.IsSupported && Vector512.IsHardwareAccelerated;

    /// <summary>256-bit operations with AVX2 and fused multiply-add.</summary>
    public static bool HasAvx2 => Avx2.IsSupported && Fma.IsSupported && Vector256.IsHardwareAccelerated;

    /// <summary><c>avx512</c>, <c>avx2</c> or <c>scalar</c> (everything below AVX2).</summary>
    public static string Name => HasAvx512 ? "avx512" : HasAvx2 ? "avx2" : "scalar";
}
