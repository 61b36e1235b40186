using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// Numbers of fewer bits, as 32-bit ones (aihwkit's <c>FloatPrecisionCast</c>): y is x rounded to <c>mantissa</c> fractional bits, the nearest number, ties away
/// from zero, with an exponent of <c>exponent</c> bits and the usual bias 2^(exponent - 1) - 1; dx = dy. 8 and 7 bits are bfloat16 but for ties, 5 and 10
/// are binary16 but for ties and subnormal numbers.
/// </summary>
/// <remarks>
/// <para>
/// With <c>saturate_to_inf</c> the largest exponent stands for infinity, which is what larger numbers become; without it that exponent holds numbers, and larger
/// ones, infinity too, become the largest. There aihwkit keeps the fraction of the larger one, so that 2^17 comes out below 1.5 x 2^16 (5 bits of exponent).
/// </para>
/// <para>
/// There are no subnormal numbers: what is below the least normal one after rounding becomes +0, whatever its sign. Only 8 bits of exponent with
/// <c>saturate_to_inf</c> keep the subnormal numbers and the negative zero of 32 bits. NaN stays NaN; aihwkit makes it infinity.
/// </para>
/// </remarks>
public readonly struct FloatPrecisionCast : IActivation
{
    /// <summary>Fewest bits of the exponent.</summary>
    public const int ExponentMin = 2;

    /// <summary>Most bits of the exponent: those of 32-bit numbers.</summary>
    public const int ExponentMax = 8;

    /// <summary>Fewest bits of the mantissa.</summary>
    public const int MantissaMin = 3;

    /// <summary>Most bits of the mantissa: one less than those of 32-bit numbers.</summary>
    public const int MantissaMax = 22;

    private const int FractionBits = 23;
    private const int SingleBias = 127;
    private const uint SingleInfinity = 0x7F800000;
    private const uint MagnitudeBits = 0x7FFFFFFF;

    private readonly uint _half; // of a unit in the last place that is kept
    private readonly uint _kept; // bits of a magnitude that are kept
    private readonly uint _least; // magnitude of the least number that is not flushed
    private readonly uint _largest; // magnitude of the largest number
    private readonly uint _beyond; // what larger ones become

    /// <summary>Chooses the format.</summary>
    /// <param name="exponent">Bits of the exponent, 2 to 8. aihwkit's default 8.</param>
    /// <param name="mantissa">Bits of the fraction, without the leading one, 3 to 22. aihwkit's default 7.</param>
    /// <param name="saturateToInf">Whether what is too large becomes infinity instead of the largest number. aihwkit's default true.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public FloatPrecisionCast(int exponent, int mantissa, bool saturateToInf)
    {
        Require(exponent, ExponentMin, ExponentMax, nameof(exponent));
        Require(mantissa, MantissaMin, MantissaMax, nameof(mantissa));
        var unit = 1u << (FractionBits - mantissa);
        var bias = (1 << (exponent - 1)) - 1;
        var top = (1 << exponent) - 1 + SingleBias - bias; // the largest exponent, in the bias of 32 bits
        var infinity = (uint)(saturateToInf ? top : Math.Min(top + 1, (1 << 8) - 1)) << FractionBits;
        _half = unit / 2;
        _kept = MagnitudeBits & ~(unit - 1);
        _least = saturateToInf && exponent == ExponentMax ? 0 : (uint)(1 + SingleBias - bias) << FractionBits;
        _largest = infinity - unit;
        _beyond = saturateToInf ? SingleInfinity : _largest;
    }

    /// <inheritdoc/>
    public static BackwardNeeds Needs => BackwardNeeds.None;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Forward(Vector512<float> x)
    {
        var bits = x.AsUInt32();
        var magnitude = bits & Vector512.Create(MagnitudeBits);
        var rounded = (magnitude + Vector512.Create(_half)) & Vector512.Create(_kept);
        var isBeyond = Vector512.GreaterThan(rounded.AsInt32(), Vector512.Create((int)_largest)).AsUInt32();
        var sign = bits & Vector512.Create(~MagnitudeBits);
        var result = Vector512.ConditionalSelect(isBeyond, Vector512.Create(_beyond), rounded) | sign;
        var isKept = Vector512.GreaterThanOrEqual(rounded.AsInt32(), Vector512.Create((int)_least)).AsUInt32();
        var isNaN = Vector512.GreaterThan(magnitude.AsInt32(), Vector512.Create((int)SingleInfinity)).AsUInt32();
        return Vector512.ConditionalSelect(isNaN, bits, result & isKept).AsSingle();
    }

    /// <inheritdoc/>
    public float Forward(float x)
    {
        var bits = BitConverter.SingleToUInt32Bits(x);
        var magnitude = bits & MagnitudeBits;
        if (magnitude > SingleInfinity)
        {
            return x;
        }

        var rounded = (magnitude + _half) & _kept;
        if (rounded < _least)
        {
            return 0;
        }

        return BitConverter.UInt32BitsToSingle((rounded > _largest ? _beyond : rounded) | (bits & ~MagnitudeBits));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Backward(Vector512<float> x, Vector512<float> y, Vector512<float> dy) => dy;

    /// <inheritdoc/>
    public float Backward(float x, float y, float dy) => dy;

    private static void Require(int value, int least, int most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"A number of {value} bits of {name} cannot be emulated, expected {least} to {most}.");
        }
    }
}
