using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// Reads and writes rows of any length in whole vectors: the last vector of a row is filled up on reading and cut on writing, so that every
/// element goes through the same operations wherever it stands.
/// </summary>
internal static unsafe class RowLanes
{
    /// <summary>16 elements from a place on; those behind the end are <paramref name="fill"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ReadOnlySpan<float> row, int at, float fill = 0f) =>
        at + Lanes.Count <= row.Length
            ? Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(row), (nuint)at)
            : LoadTail(row[at..], fill);

    /// <summary>Writes 16 elements from a place on; those behind the end are dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> vector, Span<float> row, int at)
    {
        if (at + Lanes.Count <= row.Length)
        {
            vector.StoreUnsafe(ref MemoryMarshal.GetReference(row), (nuint)at);
        }
        else
        {
            StoreTail(vector, row[at..]);
        }
    }

    /// <summary>
    /// Adds the lanes along the tree of strides 8, 4, 2, 1: first lane k with lane k + 8, then k with k + 4, k + 2, k + 1.
    /// </summary>
    public static float TreeSum(Vector512<float> lanes)
    {
        var eight = lanes.GetLower() + lanes.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    /// <summary>The largest lane.</summary>
    public static float Max(Vector512<float> lanes)
    {
        var eight = Vector256.Max(lanes.GetLower(), lanes.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> LoadTail(ReadOnlySpan<float> tail, float fill)
    {
        if (Avx512F.IsSupported)
        {
            fixed (float* values = tail)
            {
                return Avx512F.MaskLoad(values, TailMask(tail.Length), Vector512.Create(fill));
            }
        }

        Span<float> lanes = stackalloc float[Lanes.Count];
        lanes.Fill(fill);
        tail.CopyTo(lanes);
        return Vector512.Create<float>(lanes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreTail(Vector512<float> vector, Span<float> tail)
    {
        if (Avx512F.IsSupported)
        {
            fixed (float* values = tail)
            {
                Avx512F.MaskStore(values, TailMask(tail.Length), vector);
            }

            return;
        }

        Span<float> lanes = stackalloc float[Lanes.Count];
        vector.CopyTo(lanes);
        lanes[..tail.Length].CopyTo(tail);
    }

    /// <summary>All bits set in the lanes before the end; a masked access does not touch memory behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> TailMask(int length) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(length)).AsSingle();
}
