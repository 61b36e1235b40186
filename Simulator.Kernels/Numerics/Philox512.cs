using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// Philox on AVX-512. The 16 counters travel as two vectors of eight 64-bit lanes, even and odd counters, because the widening multiply
/// reads the low and writes both halves of a 64-bit lane: a product's low half is at once the next round's word, its high half comes down with
/// one shuffle (a port the multiplier does not use), and the two vectors are interleaved only after the last round. The upper halves
/// of the lanes hold leftovers that nothing reads.
/// </summary>
internal static class Philox512
{
    private const byte HighToLow = 0b11_11_01_01;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block(
        RandomKey key,
        Vector512<uint> c0,
        Vector512<uint> c1,
        Vector512<uint> c2,
        Vector512<uint> c3,
        out Vector512<uint> w0,
        out Vector512<uint> w1,
        out Vector512<uint> w2,
        out Vector512<uint> w3)
    {
        var odd0 = High(c0);
        var odd1 = High(c1);
        var odd2 = High(c2);
        var odd3 = High(c3);
        Round(ref c0, ref c1, ref c2, ref c3, ref odd0, ref odd1, ref odd2, ref odd3, Key0(key, 0), Key1(key, 0));
        Round(ref c0, ref c1, ref c2, ref c3, ref odd0, ref odd1, ref odd2, ref odd3, Key0(key, 1), Key1(key, 1));
        Round(ref c0, ref c1, ref c2, ref c3, ref odd0, ref odd1, ref odd2, ref odd3, Key0(key, 2), Key1(key, 2));
        Round(ref c0, ref c1, ref c2, ref c3, ref odd0, ref odd1, ref odd2, ref odd3, Key0(key, 3), Key1(key, 3));
        Round(ref c0, ref c1, ref c2, ref c3, ref odd0, ref odd1, ref odd2, ref odd3, Key0(key, 4), Key1(key, 4));
        Round(ref c0, ref c1, ref c2, ref c3, ref odd0, ref odd1, ref odd2, ref odd3, Key0(key, 5), Key1(key, 5));
        Round(ref c0, ref c1, ref c2, ref c3, ref odd0, ref odd1, ref odd2, ref odd3, Key0(key, 6), Key1(key, 6));
        Round(ref c0, ref c1, ref c2, ref c3, ref odd0, ref odd1, ref odd2, ref odd3, Key0(key, 7), Key1(key, 7));
        Round(ref c0, ref c1, ref c2, ref c3, ref odd0, ref odd1, ref odd2, ref odd3, Key0(key, 8), Key1(key, 8));
        LastRound(c0, c1, c2, c3, odd0, odd1, odd2, odd3, Key0(key, 9), Key1(key, 9), out w0, out w1, out w2, out w3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Key0(RandomKey key, uint round) => Vector512.Create(key.K0 + (round * PhiloxReference.Weyl0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Key1(RandomKey key, uint round) => Vector512.Create(key.K1 + (round * PhiloxReference.Weyl1));

    /// <summary>The even counters' product with a multiplier: low half in place, high half above it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Multiply(Vector512<uint> word, uint multiplier) =>
        Avx512F.Multiply(word, Vector512.Create(multiplier)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> High(Vector512<uint> product) => Avx512F.Shuffle(product, HighToLow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Round(
        ref Vector512<uint> even0,
        ref Vector512<uint> even1,
        ref Vector512<uint> even2,
        ref Vector512<uint> even3,
        ref Vector512<uint> odd0,
        ref Vector512<uint> odd1,
        ref Vector512<uint> odd2,
        ref Vector512<uint> odd3,
        Vector512<uint> key0,
        Vector512<uint> key1)
    {
        var evenP0 = Multiply(even0, PhiloxReference.Multiplier0);
        var evenP1 = Multiply(even2, PhiloxReference.Multiplier1);
        var oddP0 = Multiply(odd0, PhiloxReference.Multiplier0);
        var oddP1 = Multiply(odd2, PhiloxReference.Multiplier1);
        even0 = High(evenP1) ^ even1 ^ key0;
        odd0 = High(oddP1) ^ odd1 ^ key0;
        even2 = High(evenP0) ^ even3 ^ key1;
        odd2 = High(oddP0) ^ odd3 ^ key1;
        even1 = evenP1;
        odd1 = oddP1;
        even3 = evenP0;
        odd3 = oddP0;
    }

    /// <summary>The tenth round, interleaving even and odd counters on the way out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LastRound(
        Vector512<uint> even0,
        Vector512<uint> even1,
        Vector512<uint> even2,
        Vector512<uint> even3,
        Vector512<uint> odd0,
        Vector512<uint> odd1,
        Vector512<uint> odd2,
        Vector512<uint> odd3,
        Vector512<uint> key0,
        Vector512<uint> key1,
        out Vector512<uint> w0,
        out Vector512<uint> w1,
        out Vector512<uint> w2,
        out Vector512<uint> w3)
    {
        var low = Vector512.Create(0u, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
        var high = Vector512.Create(1u, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
        var evenP0 = Multiply(even0, PhiloxReference.Multiplier0);
        var evenP1 = Multiply(even2, PhiloxReference.Multiplier1);
        var oddP0 = Multiply(odd0, PhiloxReference.Multiplier0);
        var oddP1 = Multiply(odd2, PhiloxReference.Multiplier1);
        w0 = Merge(evenP1, high, oddP1) ^ Merge(even1, low, odd1) ^ key0;
        w1 = Merge(evenP1, low, oddP1);
        w2 = Merge(evenP0, high, oddP0) ^ Merge(even3, low, odd3) ^ key1;
        w3 = Merge(evenP0, low, oddP0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Merge(Vector512<uint> even, Vector512<uint> order, Vector512<uint> odd) =>
        Avx512F.PermuteVar16x32x2(even, order, odd);
}
