using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tiles;

/// <summary>
/// Vector passes of an input range over dense rows; <see cref="InputRangeReference"/> is the definition. Sums of a row run in 16 chains (lane = column
/// mod 16) and the tree of strides 8, 4, 2, 1.
/// </summary>
internal static class InputRangeSweep
{
    /// <summary>result = clip(x, +-range) / range.</summary>
    public static void Normalise(ReadOnlySpan<float> x, float range, Span<float> result)
    {
        var (bound, index) = (Vector512.Create(range), 0);
        for (; index + Lanes.Count <= x.Length; index += Lanes.Count)
        {
            (Vector512.MaxNative(Vector512.MinNative(Load(x, index), bound), -bound) / bound)
                .StoreUnsafe(ref MemoryMarshal.GetReference(result), (nuint)index);
        }

        for (; index < x.Length; index++)
        {
            result[index] = InputRangeReference.Normalised(x[index], range);
        }
    }

    /// <summary>Sum of a row.</summary>
    public static float Sum(ReadOnlySpan<float> x)
    {
        Span<float> lanes = stackalloc float[Lanes.Count];
        var (sum, index) = (Vector512<float>.Zero, 0);
        for (; index + Lanes.Count <= x.Length; index += Lanes.Count)
        {
            sum += Load(x, index);
        }

        sum.CopyTo(lanes);
        for (; index < x.Length; index++)
        {
            lanes[index % Lanes.Count] += x[index];
        }

        return LaneFold.Sum(lanes);
    }

    /// <summary>Sum of the squared distances from a mean.</summary>
    public static float SquaredDistance(ReadOnlySpan<float> x, float mean)
    {
        Span<float> lanes = stackalloc float[Lanes.Count];
        var (sum, index) = (Vector512<float>.Zero, 0);
        for (; index + Lanes.Count <= x.Length; index += Lanes.Count)
        {
            var distance = Load(x, index) - Vector512.Create(mean);
            sum = Vector512.FusedMultiplyAdd(distance, distance, sum);
        }

        sum.CopyTo(lanes);
        for (; index < x.Length; index++)
        {
            var distance = x[index] - mean;
            lanes[index % Lanes.Count] = MathF.FusedMultiplyAdd(distance, distance, lanes[index % Lanes.Count]);
        }

        return LaneFold.Sum(lanes);
    }

    /// <summary>What the clipped inputs of a row want of the range: never positive, since only what wants a larger range counts.</summary>
    public static float Gradient(ReadOnlySpan<float> x, ReadOnlySpan<float> g, float range)
    {
        Span<float> lanes = stackalloc float[Lanes.Count];
        var (bound, zero, sum, index) = (Vector512.Create(range), Vector512<float>.Zero, Vector512<float>.Zero, 0);
        for (; index + Lanes.Count <= x.Length; index += Lanes.Count)
        {
            var (values, gradients) = (Load(x, index), Load(g, index));
            var above = Vector512.GreaterThanOrEqual(values, bound) & Vector512.LessThan(gradients, zero);
            var below = Vector512.LessThanOrEqual(values, -bound) & Vector512.GreaterThan(gradients, zero);
            sum += Vector512.ConditionalSelect(above, gradients, Vector512.ConditionalSelect(below, -gradients, zero));
        }

        sum.CopyTo(lanes);
        for (; index < x.Length; index++)
        {
            lanes[index % Lanes.Count] += InputRangeReference.Contribution(x[index], g[index], range);
        }

        return LaneFold.Sum(lanes);
    }

    /// <summary>Number of inputs inside the range.</summary>
    public static int CountInside(ReadOnlySpan<float> x, float range)
    {
        var (bound, count, index) = (Vector512.Create(range), 0, 0);
        for (; index + Lanes.Count <= x.Length; index += Lanes.Count)
        {
            count += BitOperations.PopCount(Vector512.LessThan(Vector512.Abs(Load(x, index)), bound).ExtractMostSignificantBits());
        }

        for (; index < x.Length; index++)
        {
            count += MathF.Abs(x[index]) < range ? 1 : 0;
        }

        return count;
    }

    private static Vector512<float> Load(ReadOnlySpan<float> values, int index) =>
        Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)index);
}
