using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tessera.Coordination.Training;

/// <summary>Finds NaN and infinity before they reach a device that would keep them.</summary>
internal static class FiniteCheck
{
    /// <summary>Whether every value is a finite number.</summary>
    public static bool AllFinite(ReadOnlySpan<float> values)
    {
        var vectors = values.Length & ~(Vector512<float>.Count - 1);
        var products = Vector512<float>.Zero;
        for (var i = 0; i < vectors; i += Vector512<float>.Count)
        {
            // 0 * x is 0 for numbers and NaN for NaN and infinity; a sum of NaNs and zeros is NaN.
            products = Vector512.FusedMultiplyAdd(
                Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)i), Vector512<float>.Zero, products);
        }

        var isFinite = Vector512.EqualsAll(products, Vector512<float>.Zero);
        for (var i = vectors; i < values.Length; i++)
        {
            isFinite &= float.IsFinite(values[i]);
        }

        return isFinite;
    }
}
