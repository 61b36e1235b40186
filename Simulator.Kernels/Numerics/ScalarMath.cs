using System.Runtime.CompilerServices;
using C = Tessera.Kernels.Numerics.FunctionCoefficients;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// Elementary functions of 32-bit floats with fixed polynomials, so that their bits are the same on every machine. The stated errors, in units
/// in the last place of the exact result, hold for every float in the stated range and are measured by a test. NaN gives NaN.
/// </summary>
public static class ScalarMath
{
    /// <summary>e^x within 1.25 ulp; from 89 on infinite (and wherever the result exceeds the largest float), below -104 zero, denormal results rounded once.</summary>
    public static float Exp(float x)
    {
        var bounded = x < C.ExpHighest ? x : C.ExpHighest;
        bounded = bounded > C.ExpLowest ? bounded : C.ExpLowest;
        var n = Octaves(bounded);
        var p = ExpOfRest(bounded, n);

        // The power of two is applied in two factors, so that denormal and infinite results come out with one rounding.
        var exponent = (int)n;
        var half = exponent >> 1;
        return float.IsNaN(x) ? x : p * Power(half) * Power(exponent - half);
    }

    /// <summary>
    /// e^x within 1.25 ulp for x of -87 to 88; beyond, the value at the end of that range. It costs less than <see cref="Exp"/>, and serves where so large
    /// or small a result means no more than "very".
    /// </summary>
    public static float ExpBounded(float x)
    {
        var bounded = Larger(Smaller(x, C.ExpBoundedHighest), C.ExpBoundedLowest);
        var n = Octaves(bounded);
        var p = ExpOfRest(bounded, n);
        return p * Power((int)n);
    }

    /// <summary>Natural logarithm of a normal positive number, with the bits of <see cref="Log"/>; anything else gives a meaningless result.</summary>
    public static float LogOfNormal(float x)
    {
        var bits = BitConverter.SingleToInt32Bits(x) - BitConverter.SingleToInt32Bits(C.SqrtHalf);
        var m = BitConverter.Int32BitsToSingle((bits & 0x007fffff) + BitConverter.SingleToInt32Bits(C.SqrtHalf));
        var k = (float)(bits >> 23);
        return LogOfParts(m, k);
    }

    /// <summary>The larger of two numbers; the second if they are equal or one is NaN.</summary>
    public static float Larger(float a, float b) => a > b ? a : b;

    /// <summary>The smaller of two numbers; the second if they are equal or one is NaN.</summary>
    public static float Smaller(float a, float b) => a < b ? a : b;

    /// <summary>Natural logarithm within 1 ulp. Zero of either sign gives minus infinity, a negative number NaN, infinity infinity; denormals are exact inputs.</summary>
    public static float Log(float x)
    {
        var small = x < C.SmallestNormal;
        var scaled = small ? x * C.TwoTo23 : x;
        var bits = BitConverter.SingleToInt32Bits(scaled) - BitConverter.SingleToInt32Bits(C.SqrtHalf);
        var m = BitConverter.Int32BitsToSingle((bits & 0x007fffff) + BitConverter.SingleToInt32Bits(C.SqrtHalf));
        var k = (float)(bits >> 23) - (small ? 23f : 0f);
        var value = LogOfParts(m, k);
        value = x == float.PositiveInfinity ? x : value;
        value = x == 0f ? float.NegativeInfinity : value;
        return x >= 0f ? value : float.NaN;
    }

    /// <summary>Hyperbolic tangent within 2 ulp, odd; infinities give +-1, denormals themselves.</summary>
    public static float Tanh(float x)
    {
        var magnitude = MathF.Abs(x);
        var q = x * x;
        var p = MathF.FusedMultiplyAdd(C.Tanh5, q, C.Tanh4);
        p = MathF.FusedMultiplyAdd(p, q, C.Tanh3);
        p = MathF.FusedMultiplyAdd(p, q, C.Tanh2);
        p = MathF.FusedMultiplyAdd(p, q, C.Tanh1);
        p = MathF.FusedMultiplyAdd(p, q, C.Tanh0);
        p = MathF.FusedMultiplyAdd(p * q, magnitude, magnitude);
        var far = 1f - (2f / (Exp(magnitude + magnitude) + 1f));
        var value = magnitude < C.TanhSmall ? p : far;
        return WithSignOf(value, x);
    }

    /// <summary>1 / (1 + e^-x) within 3 ulp, relative accuracy kept down to denormal results.</summary>
    public static float Sigmoid(float x)
    {
        var e = Exp(-MathF.Abs(x));
        var positive = x >= 0f;
        return (positive ? 1f : e) / (1f + e);
    }

    /// <summary>Error function within 2 ulp, odd; +-1 from 4 on.</summary>
    public static float Erf(float x)
    {
        var magnitude = MathF.Abs(x);
        var q = x * x;
        var p = MathF.FusedMultiplyAdd(C.Erf7, q, C.Erf6);
        p = MathF.FusedMultiplyAdd(p, q, C.Erf5);
        p = MathF.FusedMultiplyAdd(p, q, C.Erf4);
        p = MathF.FusedMultiplyAdd(p, q, C.Erf3);
        p = MathF.FusedMultiplyAdd(p, q, C.Erf2);
        p = MathF.FusedMultiplyAdd(p, q, C.Erf1);
        p = MathF.FusedMultiplyAdd(p, q, C.Erf0);
        p = MathF.FusedMultiplyAdd(p, magnitude, magnitude);
        var s = (magnitude < 4f ? magnitude : 4f) - 2.5f;
        var e = MathF.FusedMultiplyAdd(C.Erfc9, s, C.Erfc8);
        e = MathF.FusedMultiplyAdd(e, s, C.Erfc7);
        e = MathF.FusedMultiplyAdd(e, s, C.Erfc6);
        e = MathF.FusedMultiplyAdd(e, s, C.Erfc5);
        e = MathF.FusedMultiplyAdd(e, s, C.Erfc4);
        e = MathF.FusedMultiplyAdd(e, s, C.Erfc3);
        e = MathF.FusedMultiplyAdd(e, s, C.Erfc2);
        e = MathF.FusedMultiplyAdd(e, s, C.Erfc1);
        e = MathF.FusedMultiplyAdd(e, s, C.Erfc0);
        var far = 1f - Exp(e);
        var value = magnitude < 1f ? p : far;
        value = float.IsNaN(x) ? x : value;
        return WithSignOf(value, x);
    }

    /// <summary>Sine within 1.5 ulp for |x| up to 65,536 radians; beyond, and for infinities, NaN: so large an angle is a mistake. A zero of either sign gives +0.</summary>
    public static float Sin(float x) => Circular(x, 0);

    /// <summary>Cosine within 1.5 ulp for |x| up to 65,536 radians; beyond, and for infinities, NaN.</summary>
    public static float Cos(float x) => Circular(x, 1);

    private static float Circular(float x, int quarterTurns)
    {
        var inRange = MathF.Abs(x) <= C.AngleLargest;
        var angle = inRange ? x : 0f;
        var n = MathF.FusedMultiplyAdd(angle, C.TwoOverPi, C.Rounder) - C.Rounder;
        var r = MathF.FusedMultiplyAdd(n, -C.HalfPi0, angle);
        r = MathF.FusedMultiplyAdd(n, -C.HalfPi1, r);
        r = MathF.FusedMultiplyAdd(n, -C.HalfPi2, r);
        var q = r * r;
        var sine = MathF.FusedMultiplyAdd(C.Sin3, q, C.Sin2);
        sine = MathF.FusedMultiplyAdd(sine, q, C.Sin1);
        sine = MathF.FusedMultiplyAdd(sine, q, C.Sin0);
        sine = MathF.FusedMultiplyAdd(sine * q, r, r);
        var cosine = MathF.FusedMultiplyAdd(C.Cos2, q, C.Cos1);
        cosine = MathF.FusedMultiplyAdd(cosine, q, C.Cos0);
        cosine = MathF.FusedMultiplyAdd(cosine, q, -0.5f);
        cosine = MathF.FusedMultiplyAdd(cosine, q, 1f);
        var quarter = (int)n + quarterTurns;
        var isSine = (quarter & 1) == 0;
        var value = isSine ? sine : cosine;
        value = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) ^ ((quarter & 2) << 30));
        return inRange ? value : float.NaN;
    }

    /// <summary>x / ln 2, rounded to a whole number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Octaves(float x) => MathF.FusedMultiplyAdd(x, C.Log2E, C.Rounder) - C.Rounder;

    /// <summary>e to what is left of x without n octaves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ExpOfRest(float x, float n)
    {
        var r = MathF.FusedMultiplyAdd(n, -C.Ln2High, x);
        r = MathF.FusedMultiplyAdd(n, -C.Ln2Low, r);
        var p = MathF.FusedMultiplyAdd(C.Exp4, r, C.Exp3);
        p = MathF.FusedMultiplyAdd(p, r, C.Exp2);
        p = MathF.FusedMultiplyAdd(p, r, C.Exp1);
        p = MathF.FusedMultiplyAdd(p, r, C.Exp0);
        return MathF.FusedMultiplyAdd(r * r, p, r) + 1f;
    }

    /// <summary>The logarithm of m times 2 to the k, for m between the square roots of 1/2 and 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float LogOfParts(float m, float k)
    {
        var f = m - 1f;
        var q = f * f;
        var p = MathF.FusedMultiplyAdd(C.Log8, f, C.Log7);
        p = MathF.FusedMultiplyAdd(p, f, C.Log6);
        p = MathF.FusedMultiplyAdd(p, f, C.Log5);
        p = MathF.FusedMultiplyAdd(p, f, C.Log4);
        p = MathF.FusedMultiplyAdd(p, f, C.Log3);
        p = MathF.FusedMultiplyAdd(p, f, C.Log2);
        p = MathF.FusedMultiplyAdd(p, f, C.Log1);
        p = MathF.FusedMultiplyAdd(p, f, C.Log0);
        p = MathF.FusedMultiplyAdd(q * f, p, k * C.Ln2Low);
        p = MathF.FusedMultiplyAdd(q, -0.5f, p);
        return MathF.FusedMultiplyAdd(k, C.Ln2High, f + p);
    }

    /// <summary>2^exponent for -126 to 127.</summary>
    private static float Power(int exponent) => BitConverter.Int32BitsToSingle((exponent + 127) << 23);

    private static float WithSignOf(float value, float sign) =>
        BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) | (BitConverter.SingleToUInt32Bits(sign) & 0x80000000u));
}
