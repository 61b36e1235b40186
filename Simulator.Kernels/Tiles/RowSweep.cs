using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tiles;

/// <summary>
/// Element-wise passes over dense rows in the digital periphery of a tile. All operations are exactly rounded, so whole vectors and the
/// scalar tail give the same bits.
/// </summary>
internal static class RowSweep
{
    /// <summary>Index of the first value that is NaN or infinite, or -1.</summary>
    public static int FirstNonFinite(ReadOnlySpan<float> values)
    {
        var zero = Vector512<float>.Zero;
        var index = 0;
        for (; index + Lanes.Count <= values.Length; index += Lanes.Count)
        {
            // Only finite values times zero stay zero.
            zero = Vector512.FusedMultiplyAdd(Load(values, index), Vector512<float>.Zero, zero);
        }

        if (Vector512.EqualsAll(zero, Vector512<float>.Zero))
        {
            values = values[index..];
            var tail = Scan(values);
            return tail < 0 ? -1 : index + tail;
        }

        return Scan(values);
    }

    /// <summary>Largest magnitude, 0 for no values.</summary>
    public static float AbsMax(ReadOnlySpan<float> values)
    {
        var largest = Vector512<float>.Zero;
        var index = 0;
        for (; index + Lanes.Count <= values.Length; index += Lanes.Count)
        {
            largest = Vector512.MaxNative(largest, Vector512.Abs(Load(values, index)));
        }

        var result = Forward.LaneFold.Max(largest);
        for (; index < values.Length; index++)
        {
            result = MathF.Max(result, MathF.Abs(values[index]));
        }

        return result;
    }

    /// <summary>result = values * factors.</summary>
    public static void Multiply(ReadOnlySpan<float> values, ReadOnlySpan<float> factors, Span<float> result)
    {
        var index = 0;
        for (; index + Lanes.Count <= values.Length; index += Lanes.Count)
        {
            Store(Load(values, index) * Load(factors, index), result, index);
        }

        for (; index < values.Length; index++)
        {
            result[index] = values[index] * factors[index];
        }
    }

    /// <summary>values *= factor.</summary>
    public static void Scale(float factor, Span<float> values)
    {
        var index = 0;
        for (; index + Lanes.Count <= values.Length; index += Lanes.Count)
        {
            Store(Load(values, index) * Vector512.Create(factor), values, index);
        }

        for (; index < values.Length; index++)
        {
            values[index] *= factor;
        }
    }

    /// <summary>result = values / divisors.</summary>
    public static void Divide(ReadOnlySpan<float> values, ReadOnlySpan<float> divisors, Span<float> result)
    {
        var index = 0;
        for (; index + Lanes.Count <= values.Length; index += Lanes.Count)
        {
            Store(Load(values, index) / Load(divisors, index), result, index);
        }

        for (; index < values.Length; index++)
        {
            result[index] = values[index] / divisors[index];
        }
    }

    /// <summary>sum += values.</summary>
    public static void Add(ReadOnlySpan<float> values, Span<float> sum)
    {
        var index = 0;
        for (; index + Lanes.Count <= values.Length; index += Lanes.Count)
        {
            Store(Load(sum, index) + Load(values, index), sum, index);
        }

        for (; index < values.Length; index++)
        {
            sum[index] += values[index];
        }
    }

    /// <summary>sum = left * right + sum, fused.</summary>
    public static void MultiplyAdd(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> sum)
    {
        var index = 0;
        for (; index + Lanes.Count <= left.Length; index += Lanes.Count)
        {
            Store(Vector512.FusedMultiplyAdd(Load(left, index), Load(right, index), Load(sum, index)), sum, index);
        }

        for (; index < left.Length; index++)
        {
            sum[index] = MathF.FusedMultiplyAdd(left[index], right[index], sum[index]);
        }
    }

    /// <summary>Transposes a dense [rows, columns] array into [columns, rows].</summary>
    public static void Transpose(ReadOnlySpan<float> source, int rows, int columns, Span<float> result)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                result[(column * rows) + row] = source[(row * columns) + column];
            }
        }
    }

    private static int Scan(ReadOnlySpan<float> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            if (!float.IsFinite(values[index]))
            {
                return index;
            }
        }

        return -1;
    }

    private static Vector512<float> Load(ReadOnlySpan<float> values, int index) =>
        Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)index);

    private static void Store(Vector512<float> value, Span<float> target, int index) =>
        value.StoreUnsafe(ref MemoryMarshal.GetReference(target), (nuint)index);
}
