using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using C = Tessera.Kernels.Numerics.FunctionCoefficients;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// Elementary functions on 16 lanes with fixed polynomials: the bits of <see cref="ScalarMath"/>, which states errors and special values.
/// </summary>
public static class LaneMath
{
    /// <summary>e^x (<see cref="ScalarMath.Exp"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var bounded = Vector512.ConditionalSelect(Vector512.LessThan(x, V(C.ExpHighest)), x, V(C.ExpHighest));
        bounded = Vector512.ConditionalSelect(Vector512.GreaterThan(bounded, V(C.ExpLowest)), bounded, V(C.ExpLowest));
        var n = Octaves(bounded);
        var p = ExpOfRest(bounded, n);

        // The power of two is applied in two factors, so that denormal and infinite results come out with one rounding.
        var exponent = Vector512.ConvertToInt32Native(n);
        var half = exponent >> 1;
        return Vector512.ConditionalSelect(Vector512.Equals(x, x), p * Power(half) * Power(exponent - half), x);
    }

    /// <summary>e^x within -87 to 88 (<see cref="ScalarMath.ExpBounded"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ExpBounded(Vector512<float> x)
    {
        var bounded = Larger(Smaller(x, V(C.ExpBoundedHighest)), V(C.ExpBoundedLowest));
        var n = Octaves(bounded);
        var p = ExpOfRest(bounded, n);
        return p * Power(Vector512.ConvertToInt32Native(n));
    }

    /// <summary>Natural logarithm of normal positive numbers (<see cref="ScalarMath.LogOfNormal"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LogOfNormal(Vector512<float> x)
    {
        var bits = x.AsInt32() - V(C.SqrtHalf).AsInt32();
        var m = ((bits & Vector512.Create(0x007fffff)) + V(C.SqrtHalf).AsInt32()).AsSingle();
        var k = Vector512.ConvertToSingle(bits >> 23);
        return LogOfParts(m, k);
    }

    /// <summary>The larger of two numbers (<see cref="ScalarMath.Larger"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Larger(Vector512<float> a, Vector512<float> b) => Vector512.ConditionalSelect(Vector512.GreaterThan(a, b), a, b);

    /// <summary>The smaller of two numbers (<see cref="ScalarMath.Smaller"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Smaller(Vector512<float> a, Vector512<float> b) => Vector512.ConditionalSelect(Vector512.LessThan(a, b), a, b);

    /// <summary>Natural logarithm (<see cref="ScalarMath.Log"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x)
    {
        var small = Vector512.LessThan(x, V(C.SmallestNormal));
        var scaled = Vector512.ConditionalSelect(small, x * V(C.TwoTo23), x);
        var bits = scaled.AsInt32() - V(C.SqrtHalf).AsInt32();
        var m = ((bits & Vector512.Create(0x007fffff)) + V(C.SqrtHalf).AsInt32()).AsSingle();
        var k = Vector512.ConvertToSingle(bits >> 23) - Vector512.ConditionalSelect(small, V(23f), Vector512<float>.Zero);
        var value = LogOfParts(m, k);
        value = Vector512.ConditionalSelect(Vector512.Equals(x, V(float.PositiveInfinity)), x, value);
        value = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<float>.Zero), V(float.NegativeInfinity), value);
        return Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(x, Vector512<float>.Zero), value, V(float.NaN));
    }

    /// <summary>Hyperbolic tangent (<see cref="ScalarMath.Tanh"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        var magnitude = Vector512.Abs(x);
        var q = x * x;
        var p = Vector512.FusedMultiplyAdd(V(C.Tanh5), q, V(C.Tanh4));
        p = Vector512.FusedMultiplyAdd(p, q, V(C.Tanh3));
        p = Vector512.FusedMultiplyAdd(p, q, V(C.Tanh2));
        p = Vector512.FusedMultiplyAdd(p, q, V(C.Tanh1));
        p = Vector512.FusedMultiplyAdd(p, q, V(C.Tanh0));
        p = Vector512.FusedMultiplyAdd(p * q, magnitude, magnitude);
        var far = Vector512<float>.One - (V(2f) / (Exp(magnitude + magnitude) + Vector512<float>.One));
        var value = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, V(C.TanhSmall)), p, far);
        return WithSignOf(value, x);
    }

    /// <summary>1 / (1 + e^-x) (<see cref="ScalarMath.Sigmoid"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var e = Exp(-Vector512.Abs(x));
        var positive = Vector512.GreaterThanOrEqual(x, Vector512<float>.Zero);
        return Vector512.ConditionalSelect(positive, Vector512<float>.One, e) / (Vector512<float>.One + e);
    }

    /// <summary>Error function (<see cref="ScalarMath.Erf"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Erf(Vector512<float> x)
    {
        var magnitude = Vector512.Abs(x);
        var q = x * x;
        var p = Vector512.FusedMultiplyAdd(V(C.Erf7), q, V(C.Erf6));
        p = Vector512.FusedMultiplyAdd(p, q, V(C.Erf5));
        p = Vector512.FusedMultiplyAdd(p, q, V(C.Erf4));
        p = Vector512.FusedMultiplyAdd(p, q, V(C.Erf3));
        p = Vector512.FusedMultiplyAdd(p, q, V(C.Erf2));
        p = Vector512.FusedMultiplyAdd(p, q, V(C.Erf1));
        p = Vector512.FusedMultiplyAdd(p, q, V(C.Erf0));
        p = Vector512.FusedMultiplyAdd(p, magnitude, magnitude);
        var s = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, V(4f)), magnitude, V(4f)) - V(2.5f);
        var e = Vector512.FusedMultiplyAdd(V(C.Erfc9), s, V(C.Erfc8));
        e = Vector512.FusedMultiplyAdd(e, s, V(C.Erfc7));
        e = Vector512.FusedMultiplyAdd(e, s, V(C.Erfc6));
        e = Vector512.FusedMultiplyAdd(e, s, V(C.Erfc5));
        e = Vector512.FusedMultiplyAdd(e, s, V(C.Erfc4));
        e = Vector512.FusedMultiplyAdd(e, s, V(C.Erfc3));
        e = Vector512.FusedMultiplyAdd(e, s, V(C.Erfc2));
        e = Vector512.FusedMultiplyAdd(e, s, V(C.Erfc1));
        e = Vector512.FusedMultiplyAdd(e, s, V(C.Erfc0));
        var far = Vector512<float>.One - Exp(e);
        var value = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512<float>.One), p, far);
        value = Vector512.ConditionalSelect(Vector512.Equals(x, x), value, x);
        return WithSignOf(value, x);
    }

    /// <summary>Sine (<see cref="ScalarMath.Sin"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sin(Vector512<float> x) => Circular(x, 0);

    /// <summary>Cosine (<see cref="ScalarMath.Cos"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Cos(Vector512<float> x) => Circular(x, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Circular(Vector512<float> x, int quarterTurns)
    {
        var inRange = Vector512.LessThanOrEqual(Vector512.Abs(x), V(C.AngleLargest));
        var angle = Vector512.ConditionalSelect(inRange, x, Vector512<float>.Zero);
        var n = Vector512.FusedMultiplyAdd(angle, V(C.TwoOverPi), V(C.Rounder)) - V(C.Rounder);
        var r = Vector512.FusedMultiplyAdd(n, V(-C.HalfPi0), angle);
        r = Vector512.FusedMultiplyAdd(n, V(-C.HalfPi1), r);
        r = Vector512.FusedMultiplyAdd(n, V(-C.HalfPi2), r);
        var q = r * r;
        var sine = Vector512.FusedMultiplyAdd(V(C.Sin3), q, V(C.Sin2));
        sine = Vector512.FusedMultiplyAdd(sine, q, V(C.Sin1));
        sine = Vector512.FusedMultiplyAdd(sine, q, V(C.Sin0));
        sine = Vector512.FusedMultiplyAdd(sine * q, r, r);
        var cosine = Vector512.FusedMultiplyAdd(V(C.Cos2), q, V(C.Cos1));
        cosine = Vector512.FusedMultiplyAdd(cosine, q, V(C.Cos0));
        cosine = Vector512.FusedMultiplyAdd(cosine, q, V(-0.5f));
        cosine = Vector512.FusedMultiplyAdd(cosine, q, Vector512<float>.One);
        var quarter = Vector512.ConvertToInt32Native(n) + Vector512.Create(quarterTurns);
        var isSine = Vector512.Equals(quarter & Vector512<int>.One, Vector512<int>.Zero).AsSingle();
        var value = Vector512.ConditionalSelect(isSine, sine, cosine);
        value = (value.AsInt32() ^ ((quarter & Vector512.Create(2)) << 30)).AsSingle();
        return Vector512.ConditionalSelect(inRange, value, V(float.NaN));
    }

    /// <summary>x / ln 2, rounded to a whole number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Octaves(Vector512<float> x) => Vector512.FusedMultiplyAdd(x, V(C.Log2E), V(C.Rounder)) - V(C.Rounder);

    /// <summary>e to what is left of x without n octaves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ExpOfRest(Vector512<float> x, Vector512<float> n)
    {
        var r = Vector512.FusedMultiplyAdd(n, V(-C.Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, V(-C.Ln2Low), r);
        var p = Vector512.FusedMultiplyAdd(V(C.Exp4), r, V(C.Exp3));
        p = Vector512.FusedMultiplyAdd(p, r, V(C.Exp2));
        p = Vector512.FusedMultiplyAdd(p, r, V(C.Exp1));
        p = Vector512.FusedMultiplyAdd(p, r, V(C.Exp0));
        return Vector512.FusedMultiplyAdd(r * r, p, r) + Vector512<float>.One;
    }

    /// <summary>The logarithm of m times 2 to the k, for m between the square roots of 1/2 and 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LogOfParts(Vector512<float> m, Vector512<float> k)
    {
        var f = m - Vector512<float>.One;
        var q = f * f;
        var p = Vector512.FusedMultiplyAdd(V(C.Log8), f, V(C.Log7));
        p = Vector512.FusedMultiplyAdd(p, f, V(C.Log6));
        p = Vector512.FusedMultiplyAdd(p, f, V(C.Log5));
        p = Vector512.FusedMultiplyAdd(p, f, V(C.Log4));
        p = Vector512.FusedMultiplyAdd(p, f, V(C.Log3));
        p = Vector512.FusedMultiplyAdd(p, f, V(C.Log2));
        p = Vector512.FusedMultiplyAdd(p, f, V(C.Log1));
        p = Vector512.FusedMultiplyAdd(p, f, V(C.Log0));
        p = Vector512.FusedMultiplyAdd(q * f, p, k * V(C.Ln2Low));
        p = Vector512.FusedMultiplyAdd(q, V(-0.5f), p);
        return Vector512.FusedMultiplyAdd(k, V(C.Ln2High), f + p);
    }

    /// <summary>2^exponent for -126 to 127.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Power(Vector512<int> exponent) => ((exponent + Vector512.Create(127)) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> WithSignOf(Vector512<float> value, Vector512<float> sign) =>
        (value.AsUInt32() | (sign.AsUInt32() & Vector512.Create(0x80000000u))).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> V(float value) => Vector512.Create(value);
}
