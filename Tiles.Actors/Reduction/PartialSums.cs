using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Reduction;

/// <summary>
/// Adds the partial sums of a layer's tiles in the order of <see cref="Protocol.Plan.ReductionTree"/>. Additions are element by element, so vector and
/// scalar forms give equal bits.
/// </summary>
public static class PartialSums
{
    /// <summary>Most parts: the tree's depth is bounded by the stack that holds the open subtrees.</summary>
    public const int PartsMax = 1 << 16;

    private const int DepthMax = 17;

    /// <summary>Writes the tree sum of <paramref name="parts"/>, row by row, into <paramref name="sum"/>.</summary>
    /// <param name="parts">Views of equal shape, in order of their part index.</param>
    /// <param name="sum">[rows, columns], overwritten; must not overlap a part.</param>
    public static void Add(ReadOnlySpan<Tensor> parts, in Tensor sum)
    {
        ArgumentOutOfRangeException.ThrowIfZero(parts.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parts.Length, PartsMax);
        for (var row = 0; row < sum.Rows; row++)
        {
            var destination = sum.Row(row);
            switch (parts.Length)
            {
                case 1:
                    parts[0].Row(row).CopyTo(destination);
                    break;
                case 2:
                    AddTwo(parts[0].Row(row), parts[1].Row(row), destination);
                    break;
                case 4:
                    AddFour(parts[0].Row(row), parts[1].Row(row), parts[2].Row(row), parts[3].Row(row), destination);
                    break;
                default:
                    AddTree(parts, row, destination);
                    break;
            }
        }
    }

    /// <summary>a + b, element by element.</summary>
    public static void AddTwo(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> sum)
    {
        var vectors = sum.Length & ~(Vector512<float>.Count - 1);
        for (var i = 0; i < vectors; i += Vector512<float>.Count)
        {
            Store(Load(a, i) + Load(b, i), sum, i);
        }

        for (var i = vectors; i < sum.Length; i++)
        {
            sum[i] = a[i] + b[i];
        }
    }

    private static void AddFour(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> d, Span<float> sum)
    {
        var vectors = sum.Length & ~(Vector512<float>.Count - 1);
        for (var i = 0; i < vectors; i += Vector512<float>.Count)
        {
            Store((Load(a, i) + Load(b, i)) + (Load(c, i) + Load(d, i)), sum, i);
        }

        for (var i = vectors; i < sum.Length; i++)
        {
            sum[i] = (a[i] + b[i]) + (c[i] + d[i]);
        }
    }

    /// <summary>
    /// The tree for any number of parts: a binary counter of open subtrees. After part i, as many pairs of equal size close as i has trailing
    /// ones; the rest close from the right at the end, which is the doubling-stride order.
    /// </summary>
    private static void AddTree(ReadOnlySpan<Tensor> parts, int row, Span<float> sum)
    {
        Span<Vector512<float>> open = stackalloc Vector512<float>[DepthMax];
        var vectors = sum.Length & ~(Vector512<float>.Count - 1);
        for (var column = 0; column < vectors; column += Vector512<float>.Count)
        {
            Store(TreeOf(parts, row, column, open), sum, column);
        }

        Span<float> openScalars = stackalloc float[DepthMax];
        for (var column = vectors; column < sum.Length; column++)
        {
            sum[column] = TreeOf(parts, row, column, openScalars);
        }
    }

    private static Vector512<float> TreeOf(ReadOnlySpan<Tensor> parts, int row, int column, Span<Vector512<float>> open)
    {
        var depth = 0;
        for (var part = 0; part < parts.Length; part++)
        {
            var value = Load(parts[part].Row(row), column);
            for (var closing = part; (closing & 1) != 0; closing >>= 1)
            {
                value = open[--depth] + value;
            }

            open[depth++] = value;
        }

        var total = open[--depth];
        while (depth > 0)
        {
            total = open[--depth] + total;
        }

        return total;
    }

    private static float TreeOf(ReadOnlySpan<Tensor> parts, int row, int column, Span<float> open)
    {
        var depth = 0;
        for (var part = 0; part < parts.Length; part++)
        {
            var value = parts[part].Row(row)[column];
            for (var closing = part; (closing & 1) != 0; closing >>= 1)
            {
                value = open[--depth] + value;
            }

            open[depth++] = value;
        }

        var total = open[--depth];
        while (depth > 0)
        {
            total = open[--depth] + total;
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(ReadOnlySpan<float> values, int index) =>
        Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> value, Span<float> values, int index) =>
        value.StoreUnsafe(ref MemoryMarshal.GetReference(values), (nuint)index);
}
