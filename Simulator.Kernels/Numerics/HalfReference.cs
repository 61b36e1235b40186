namespace Tessera.Kernels.Numerics;

/// <summary>
/// 16-bit floating-point numbers (IEEE 754 binary16: 11 significant bits, magnitudes from 2^-24 to 65,504) to 32-bit ones and back, one at a time and in
/// integers: the obvious form of <see cref="HalfLanes"/>, with its bits. Widening is exact.
/// </summary>
public static class HalfReference
{
    /// <summary>Largest finite magnitude.</summary>
    public const float Maximum = 65504f;

    internal const uint Infinity = 0x7C00;
    internal const uint QuietNaN = 0x7E00;
    internal const uint SingleInfinity = 0x7F800000;
    internal const uint LargestBits = 0x477FE000; // 65,504 as a 32-bit float
    internal const uint LeastNormal = 0x38800000; // 2^-14 as a 32-bit float
    internal const uint Rebias = 112u << 23; // between the exponents of the two formats
    internal const int DroppedBits = 13;

    /// <summary>Random bits that decide the rounding of a normal number.</summary>
    internal const int WordShift = 32 - DroppedBits;

    // The grid of subnormal numbers is 2^-24; 21 further bits hold what stochastic rounding decides about.
    internal const int SubnormalBits = 21;
    internal const float SubnormalScale = (float)(1L << (24 + SubnormalBits));

    /// <summary>Distance from a magnitude to the next larger 16-bit one.</summary>
    /// <param name="value">A finite number of at most <see cref="Maximum"/> in magnitude.</param>
    public static float UnitAt(float value) => MathF.Abs(value) < MathF.ScaleB(1, -14) ? MathF.ScaleB(1, -24) : MathF.ScaleB(1, MathF.ILogB(value) - 10);

    /// <summary>The 32-bit number of the same value; a NaN becomes the quiet one of its sign.</summary>
    public static float ToSingle(ushort half)
    {
        var sign = (half & 0x8000u) << 16;
        uint magnitude = half & 0x7FFFu;
        var bits = magnitude switch
        {
            < 0x0400 => BitConverter.SingleToUInt32Bits(magnitude * (1f / (1 << 24))),
            < Infinity => (magnitude << DroppedBits) + Rebias,
            _ => (magnitude << DroppedBits) + (2 * Rebias) | (magnitude > Infinity ? 0x400000u : 0),
        };
        return BitConverter.UInt32BitsToSingle(sign | bits);
    }

    /// <summary>The nearest 16-bit number, ties to the even one; infinity from 65,520 on.</summary>
    public static ushort ToNearest(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var magnitude = bits & 0x7FFFFFFF;
        if (magnitude < LeastNormal)
        {
            // The unit of 0.5 is that of subnormal numbers, so the sum rounds as they do.
            var sum = BitConverter.UInt32BitsToSingle(magnitude) + 0.5f;
            return Join(bits, BitConverter.SingleToUInt32Bits(sum) - BitConverter.SingleToUInt32Bits(0.5f));
        }

        return magnitude > SingleInfinity
            ? Join(bits, QuietNaN)
            : Join(bits, Normal(magnitude, 0xFFF + ((magnitude >> DroppedBits) & 1)));
    }

    /// <summary>
    /// One of the two neighbouring 16-bit numbers, the farther one with a probability that makes the mean the value itself (for subnormal results to
    /// within 2^-45). A number that is a 16-bit one stays what it is.
    /// </summary>
    /// <param name="value">Any number.</param>
    /// <param name="word">32 random bits.</param>
    public static ushort ToRandom(float value, uint word)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var magnitude = bits & 0x7FFFFFFF;
        if (magnitude < LeastNormal)
        {
            var scaled = (uint)(BitConverter.UInt32BitsToSingle(magnitude) * SubnormalScale);
            return Join(bits, (scaled + (word >> (32 - SubnormalBits))) >> SubnormalBits);
        }

        return magnitude > SingleInfinity ? Join(bits, QuietNaN) : Join(bits, Normal(magnitude, word >> WordShift));
    }

    private static uint Normal(uint magnitude, uint added) => Math.Min((magnitude + added - Rebias) >> DroppedBits, Infinity);

    private static ushort Join(uint sign, uint magnitude) => (ushort)((sign >> 16 & 0x8000) | magnitude);
}
