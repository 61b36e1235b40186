using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// Which instruction set the vector loops run on. The bits of every result are the same on all of them; the path decides only the speed.
/// Code that is inlined into loops asks the framework's own flags instead (Vector512.IsHardwareAccelerated, Avx2.IsSupported): those fold before
/// inlining starts, and the path not taken does not use up the inliner's budget.
/// </summary>
public static class ProcessorPath
{
    /// <summary>512-bit operations with AVX-512 F, BW, CD, DQ and VL, on a processor that runs them at full width.</summary>
    public static bool HasAvx512 => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    /// <summary>256-bit operations with AVX2 and fused multiply-add.</summary>
    public static bool HasAvx2 => Avx2.IsSupported && Fma.IsSupported;

    /// <summary><c>avx512</c>, <c>avx2</c> or <c>scalar</c> (everything below AVX2).</summary>
    public static string Name => HasAvx512 ? "avx512" : HasAvx2 ? "avx2" : "scalar";
}
