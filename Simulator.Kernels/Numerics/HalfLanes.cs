using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <summary>Conversion of 16 numbers at once between 16 and 32 bits, in integer operations; the bits of <see cref="HalfReference"/>.</summary>
public static class HalfLanes
{
    /// <summary>The 32-bit numbers of the same values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToSingle(Vector256<ushort> halves)
    {
        var (lower, upper) = Vector256.Widen(halves);
        var words = Vector512.Create(lower, upper);
        var sign = Vector512.ShiftLeft(words & Vector512.Create(0x8000u), 16);
        var magnitude = words & Vector512.Create(0x7FFFu);
        var normal = Vector512.ShiftLeft(magnitude, HalfReference.DroppedBits) + Vector512.Create(HalfReference.Rebias);
        var subnormal = (Vector512.ConvertToSingle(magnitude.AsInt32()) * Vector512.Create(1f / (1 << 24))).AsUInt32();
        var isSpecial = Vector512.GreaterThanOrEqual(magnitude.AsInt32(), Vector512.Create((int)HalfReference.Infinity)).AsUInt32();
        var isNaN = Vector512.GreaterThan(magnitude.AsInt32(), Vector512.Create((int)HalfReference.Infinity)).AsUInt32();
        normal += isSpecial & Vector512.Create(HalfReference.Rebias);
        normal |= isNaN & Vector512.Create(0x400000u);
        var isSubnormal = Vector512.LessThan(magnitude.AsInt32(), Vector512.Create(0x0400)).AsUInt32();
        return (sign | Vector512.ConditionalSelect(isSubnormal, subnormal, normal)).AsSingle();
    }

    /// <summary>The nearest 16-bit numbers, ties to the even ones; the numbers may be of any size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> ToNearest(Vector512<float> values)
    {
        // What is rounded already loses nothing but its exponent's offset.
        var bits = RoundToNearest(values).AsUInt32();
        var magnitude = bits & Magnitude;
        var normal = Vector512.ShiftRightLogical(magnitude - Vector512.Create(HalfReference.Rebias), HalfReference.DroppedBits);
        var half = Vector512.Create(0.5f);
        var isSubnormal = IsSubnormal(magnitude);
        var subnormal = ((isSubnormal & magnitude).AsSingle() + half).AsUInt32() - half.AsUInt32();
        var result = Vector512.ConditionalSelect(isSubnormal, subnormal, normal);
        result = Vector512.Min(result.AsInt32(), Vector512.Create((int)HalfReference.Infinity)).AsUInt32();
        result = Vector512.ConditionalSelect(IsNaN(magnitude), Vector512.Create(HalfReference.QuietNaN), result);
        result |= Vector512.ShiftRightLogical(bits, 16) & Vector512.Create(0x8000u);
        return Vector256.Narrow(result.GetLower(), result.GetUpper());
    }

    /// <summary>The nearest 16-bit numbers, as 32-bit ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> RoundToNearest(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var magnitude = bits & Magnitude;
        var odd = Vector512.ShiftRightLogical(magnitude, HalfReference.DroppedBits) & Vector512<uint>.One;
        var half = Vector512.Create(0.5f);
        var subnormal = (magnitude.AsSingle() + half - half).AsUInt32();
        return Join(bits, magnitude, magnitude + Vector512.Create(0xFFFu) + odd, subnormal);
    }

    /// <summary>Neighbouring 16-bit numbers by chance and without bias, as 32-bit ones.</summary>
    /// <param name="values">Any numbers.</param>
    /// <param name="words">32 random bits each.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> RoundAtRandom(Vector512<float> values, Vector512<uint> words)
    {
        var bits = values.AsUInt32();
        var magnitude = bits & Magnitude;
        var small = (IsSubnormal(magnitude) & magnitude).AsSingle() * Vector512.Create(HalfReference.SubnormalScale);
        var scaled = Vector512.ConvertToInt32(small).AsUInt32() + Vector512.ShiftRightLogical(words, 32 - HalfReference.SubnormalBits);
        var units = Vector512.ShiftRightLogical(scaled, HalfReference.SubnormalBits).AsInt32();
        var subnormal = (Vector512.ConvertToSingle(units) * Vector512.Create(1f / (1 << 24))).AsUInt32();
        return Join(bits, magnitude, magnitude + Vector512.ShiftRightLogical(words, HalfReference.WordShift), subnormal);
    }

    private static Vector512<uint> Magnitude => Vector512.Create(0x7FFFFFFFu);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> IsSubnormal(Vector512<uint> magnitude) =>
        Vector512.LessThan(magnitude.AsInt32(), Vector512.Create((int)HalfReference.LeastNormal)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> IsNaN(Vector512<uint> magnitude) =>
        Vector512.GreaterThan(magnitude.AsInt32(), Vector512.Create((int)HalfReference.SingleInfinity)).AsUInt32();

    /// <summary>Puts a rounded number together.</summary>
    /// <param name="bits">The number before.</param>
    /// <param name="magnitude">Its magnitude.</param>
    /// <param name="normal">Its magnitude with what rounding adds, before the low bits are dropped.</param>
    /// <param name="subnormal">Its magnitude on the grid of subnormal numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Join(Vector512<uint> bits, Vector512<uint> magnitude, Vector512<uint> normal, Vector512<uint> subnormal)
    {
        normal &= Vector512.Create(~((1u << HalfReference.DroppedBits) - 1));
        var isInfinite = Vector512.GreaterThan(normal.AsInt32(), Vector512.Create((int)HalfReference.LargestBits)).AsUInt32();
        normal = Vector512.ConditionalSelect(isInfinite, Vector512.Create(HalfReference.SingleInfinity), normal);
        normal = Vector512.ConditionalSelect(IsNaN(magnitude), Vector512.Create(0x7FC00000u), normal);
        return (Vector512.ConditionalSelect(IsSubnormal(magnitude), subnormal, normal) | (bits & ~Magnitude)).AsSingle();
    }
}
