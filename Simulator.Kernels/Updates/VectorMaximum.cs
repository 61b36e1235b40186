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
        var lanes = Vector512<int>.Zero;
        var i = 0;
        for (; i + Lanes.Count <= values.Length; i += Lanes.Count)
        {
            lanes = Vector512.Max(lanes, Vector512.LoadUnsafe(ref first, (nuint)i).AsInt32() & Vector512.Create(int.MaxValue));
        }

        var maximum = 0;
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            maximum = Math.Max(maximum, lanes[lane]);
        }

        for (; i < values.Length; i++)
        {
            maximum = Math.Max(maximum, BitConverter.SingleToInt32Bits(values[i]) & int.MaxValue);
        }

        return BitConverter.Int32BitsToSingle(maximum);
    }
}
