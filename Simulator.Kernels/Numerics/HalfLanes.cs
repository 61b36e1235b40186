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

    /// <summary>The nearest 16-bit numbers, ties to the even ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> ToNearest(Vector512<float> values) => Pack(NearestWords(values));

    /// <summary>Neighbouring 16-bit numbers by chance; without bias.</summary>
    /// <param name="values">Any numbers.</param>
    /// <param name="words">32 random bits each.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> ToRandom(Vector512<float> values, Vector512<uint> words)
    {
        var bits = values.AsUInt32();
        var magnitude = bits & Vector512.Create(0x7FFFFFFFu);
        var normal = Normal(magnitude, Vector512.ShiftRightLogical(words, HalfReference.WordShift));
        var isSubnormal = IsSubnormal(magnitude);
        var small = (isSubnormal & magnitude).AsSingle() * Vector512.Create(HalfReference.SubnormalScale);
        var scaled = Vector512.ConvertToInt32(small).AsUInt32() + Vector512.ShiftRightLogical(words, 32 - HalfReference.SubnormalBits);
        var subnormal = Vector512.ShiftRightLogical(scaled, HalfReference.SubnormalBits);
        return Pack(Join(bits, magnitude, Vector512.ConditionalSelect(isSubnormal, subnormal, normal)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> NearestWords(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var magnitude = bits & Vector512.Create(0x7FFFFFFFu);
        var odd = Vector512.ShiftRightLogical(magnitude, HalfReference.DroppedBits) & Vector512<uint>.One;
        var normal = Normal(magnitude, Vector512.Create(0xFFFu) + odd);
        var half = Vector512.Create(0.5f);
        var isSubnormal = IsSubnormal(magnitude);
        var subnormal = ((isSubnormal & magnitude).AsSingle() + half).AsUInt32() - half.AsUInt32();
        return Join(bits, magnitude, Vector512.ConditionalSelect(isSubnormal, subnormal, normal));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> IsSubnormal(Vector512<uint> magnitude) =>
        Vector512.LessThan(magnitude.AsInt32(), Vector512.Create((int)HalfReference.LeastNormal)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Normal(Vector512<uint> magnitude, Vector512<uint> added)
    {
        var rounded = Vector512.ShiftRightLogical(magnitude + added - Vector512.Create(HalfReference.Rebias), HalfReference.DroppedBits);
        return Vector512.Min(rounded.AsInt32(), Vector512.Create((int)HalfReference.Infinity)).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Join(Vector512<uint> bits, Vector512<uint> magnitude, Vector512<uint> result)
    {
        var isNaN = Vector512.GreaterThan(magnitude.AsInt32(), Vector512.Create((int)HalfReference.SingleInfinity)).AsUInt32();
        var sign = Vector512.ShiftRightLogical(bits, 16) & Vector512.Create(0x8000u);
        return sign | Vector512.ConditionalSelect(isNaN, Vector512.Create(HalfReference.QuietNaN), result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Pack(Vector512<uint> words) => Vector256.Narrow(words.GetLower(), words.GetUpper());
}
