using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tessera.Coordination.Training;

/// <summary>Finds NaN and infinity before they reach a device that would keep them.</summary>
internal static class FiniteCheck
{
    /// <summary>Whether every value is a finite number.</summary>
    public static bool AllFinite(ReadOnlySpan<float> values)
    {
        const int Chains = 4;
        var block = Chains * Vector512<float>.Count;
        var vectors = values.Length - (values.Length % block);
        ref var first = ref MemoryMarshal.GetReference(values);
        Vector512<float> p0 = default, p1 = default, p2 = default, p3 = default;
        for (var i = 0; i < vectors; i += block)
        {
            // 0 * x is 0 for numbers and NaN for NaN and infinity; a sum of NaNs and zeros is NaN. Four chains hide the latency.
            p0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, (nuint)i), Vector512<float>.Zero, p0);
            p1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, (nuint)i + 16), Vector512<float>.Zero, p1);
            p2 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, (nuint)i + 32), Vector512<float>.Zero, p2);
            p3 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, (nuint)i + 48), Vector512<float>.Zero, p3);
        }

        var products = (p0 + p1) + (p2 + p3);
        var isFinite = Vector512.EqualsAll(products, Vector512<float>.Zero);
        for (var i = vectors; i < values.Length; i++)
        {
            isFinite &= float.IsFinite(values[i]);
        }

        return isFinite;
    }
}
