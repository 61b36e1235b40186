using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Kernels.Numerics;

/// <summary>Philox on AVX2: eight counters as even and odd vectors of four 64-bit lanes; see <see cref="Philox512"/>.</summary>
internal static class Philox256
{
    private const byte HighToLow = 0b11_11_01_01;
    private const byte LowToHigh = 0b10_10_00_00;
    private const byte OddLanes = 0b10101010;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block(
        RandomKey key,
        Vector256<uint> c0,
        Vector256<uint> c1,
        Vector256<uint> c2,
        Vector256<uint> c3,
        out Vector256<uint> w0,
        out Vector256<uint> w1,
        out Vector256<uint> w2,
        out Vector256<uint> w3)
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
    private static Vector256<uint> Key0(RandomKey key, uint round) => Vector256.Create(key.K0 + (round * PhiloxReference.Weyl0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Key1(RandomKey key, uint round) => Vector256.Create(key.K1 + (round * PhiloxReference.Weyl1));

    /// <summary>The even counters' product with a multiplier: low half in place, high half above it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Multiply(Vector256<uint> word, uint multiplier) =>
        Avx2.Multiply(word, Vector256.Create(multiplier)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> High(Vector256<uint> product) => Avx2.Shuffle(product, HighToLow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Round(
        ref Vector256<uint> even0,
        ref Vector256<uint> even1,
        ref Vector256<uint> even2,
        ref Vector256<uint> even3,
        ref Vector256<uint> odd0,
        ref Vector256<uint> odd1,
        ref Vector256<uint> odd2,
        ref Vector256<uint> odd3,
        Vector256<uint> key0,
        Vector256<uint> key1)
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
        Vector256<uint> even0,
        Vector256<uint> even1,
        Vector256<uint> even2,
        Vector256<uint> even3,
        Vector256<uint> odd0,
        Vector256<uint> odd1,
        Vector256<uint> odd2,
        Vector256<uint> odd3,
        Vector256<uint> key0,
        Vector256<uint> key1,
        out Vector256<uint> w0,
        out Vector256<uint> w1,
        out Vector256<uint> w2,
        out Vector256<uint> w3)
    {
        var evenP0 = Multiply(even0, PhiloxReference.Multiplier0);
        var evenP1 = Multiply(even2, PhiloxReference.Multiplier1);
        var oddP0 = Multiply(odd0, PhiloxReference.Multiplier0);
        var oddP1 = Multiply(odd2, PhiloxReference.Multiplier1);
        w0 = MergeHigh(evenP1, oddP1) ^ MergeLow(even1, odd1) ^ key0;
        w1 = MergeLow(evenP1, oddP1);
        w2 = MergeHigh(evenP0, oddP0) ^ MergeLow(even3, odd3) ^ key1;
        w3 = MergeLow(evenP0, oddP0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> MergeLow(Vector256<uint> even, Vector256<uint> odd) =>
        Avx2.Blend(even, Avx2.Shuffle(odd, LowToHigh), OddLanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> MergeHigh(Vector256<uint> even, Vector256<uint> odd) => Avx2.Blend(High(even), odd, OddLanes);
}
