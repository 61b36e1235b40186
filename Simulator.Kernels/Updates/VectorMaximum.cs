using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>Largest magnitude of a vector; a maximum does not depend on the order of its operands.</summary>
internal static class VectorMaximum
{
    /// <summary>max |v|, 0 for an empty vector, NaN if any entry is NaN.</summary>
    internal static float OfMagnitudes(ReadOnlySpan<float> values)
    {
        // Clearing the sign bit and comparing as integers orders all magnitudes, with NaN above infinity.
        ref var first = ref MemoryMarshal.GetReference(values);
        var magnitude = Vector512.Create(int.MaxValue);
        var lanes = Vector512<int>.Zero;
        var maximum = 0;
        var i = 0;
        for (; i + Lanes.Count <= values.Length; i += Lanes.Count)
        {
            lanes = Vector512.Max(lanes, Vector512.LoadUnsafe(ref first, (nuint)i).AsInt32() & magnitude);
        }

        if (values.Length >= Lanes.Count)
        {
            // The last vector may overlap the one before: taking an element twice changes no maximum.
            lanes = Vector512.Max(lanes, Vector512.LoadUnsafe(ref first, (nuint)(values.Length - Lanes.Count)).AsInt32() & magnitude);
            var eight = Vector256.Max(lanes.GetLower(), lanes.GetUpper());
            var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
            maximum = Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
            i = values.Length;
        }

        for (; i < values.Length; i++)
        {
            maximum = Math.Max(maximum, BitConverter.SingleToInt32Bits(values[i]) & int.MaxValue);
        }

        return BitConverter.Int32BitsToSingle(maximum);
    }
}
