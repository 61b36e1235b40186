using static Tessera.Kernels.Numerics.FunctionConstants;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// Elementary functions with fixed bits, one value at a time: the reference of <see cref="LaneMath"/>. The platform's own functions differ between
/// processors and versions; these are sums and products in a written order.
/// </summary>
public static class ScalarMath
{
    /// <summary>e^x within 1 ulp; 0 and infinity where the result leaves the format, NaN for NaN.</summary>
    public static float Exp(float x)
    {
        var clamped = Math.Min(Math.Max(x, ExpMin), ExpMax);
        var n = MathF.Round(clamped * Log2E, MidpointRounding.ToEven);
        var r = Fma(-n, Ln2High, clamped);
        r = Fma(-n, Ln2Low, r);
        var p = Fma(Fma(Fma(Fma(Fma(Exp0, r, Exp1), r, Exp2), r, Exp3), r, Exp4), r, Exp5);
        var y = Fma(p, r * r, r) + 1f;

        // Two factors: one would leave the exponent range for results near its ends.
        var whole = (int)n;
        var half = whole >> 1;
        y = y * PowerOfTwo(half) * PowerOfTwo(whole - half);
        y = x > ExpMax ? float.PositiveInfinity : y;
        y = x < ExpMin ? 0f : y;
        return float.IsNaN(x) ? x : y;
    }

    /// <summary>Natural logarithm within 1 ulp; -infinity for 0, NaN for negative numbers and NaN.</summary>
    public static float Log(float x)
    {
        var isTiny = x < SmallestNormal;
        var scaled = isTiny ? x * TwoPower23 : x;
        var bits = BitConverter.SingleToInt32Bits(scaled);

        // The mantissa lies in [sqrt(1/2), sqrt(2)), so that f is small on both sides.
        var exponent = (bits - SqrtHalfBits) >> 23;
        var f = BitConverter.Int32BitsToSingle(bits - (exponent << 23)) - 1f;
        var e = exponent - (isTiny ? 23f : 0f);
        var z = f * f;
        var p = Fma(Fma(Fma(Fma(Fma(Fma(Fma(Fma(Log0, f, Log1), f, Log2), f, Log3), f, Log4), f, Log5), f, Log6), f, Log7), f, Log8);
        var y = Fma(e, Ln2Low, p * f * z);
        y = Fma(z, -0.5f, y);
        y = Fma(e, Ln2High, f + y);
        y = x == float.PositiveInfinity ? x : y;
        y = x == 0f ? float.NegativeInfinity : y;
        return x < 0f || float.IsNaN(x) ? float.NaN : y;
    }

    /// <summary>Hyperbolic tangent within 2 ulp.</summary>
    public static float Tanh(float x)
    {
        var a = Math.Abs(x);
        var z = x * x;
        var core = Fma(Fma(Fma(Fma(Fma(Tanh0, z, Tanh1), z, Tanh2), z, Tanh3), z, Tanh4) * z, x, x);
        var tail = 1f - (2f / (Exp(a + a) + 1f));
        tail = a > TanhOne ? 1f : tail;
        tail = MathF.CopySign(tail, x);
        return a < TanhSplit || float.IsNaN(x) ? core : tail;
    }

    /// <summary>Logistic function 1 / (1 + e^-x) within 2 ulp, without overflow on either side.</summary>
    public static float Sigmoid(float x)
    {
        var t = Exp(-Math.Abs(x));
        return (x < 0f ? t : 1f) / (1f + t);
    }

    /// <summary>Error function within 2 ulp.</summary>
    public static float Erf(float x)
    {
        var t = Math.Abs(x);
        var s = x * x;
        var tail = Fma(Fma(ErfTail0, t, ErfTail1), s, Fma(ErfTail2, t, ErfTail3));
        tail = Fma(Fma(Fma(tail, t, ErfTail4), t, ErfTail5), t, ErfTail6);
        tail = Fma(tail, t, -t);
        tail = MathF.CopySign(1f - Exp(tail), x);
        var core = Fma(Fma(Fma(Fma(Fma(ErfCore0, s, ErfCore1), s, ErfCore2), s, ErfCore3), s, ErfCore4), s, ErfCore5);
        core = Fma(core, x, x);
        return t > ErfSplit ? tail : core;
    }

    /// <summary>Sine of an angle in radians within 2 ulp of 1 for |x| up to 8192; NaN beyond.</summary>
    public static float Sin(float x) => Trigonometric(x, 0);

    /// <summary>Cosine of an angle in radians within 2 ulp of 1 for |x| up to 8192; NaN beyond.</summary>
    public static float Cos(float x) => Trigonometric(x, 1);

    private static float Trigonometric(float x, int quarterTurns)
    {
        var inRange = Math.Abs(x) <= TrigMax;
        var safe = inRange ? x : 0f;
        var n = MathF.Round(safe * TwoOverPi, MidpointRounding.ToEven);
        var r = Fma(-n, HalfPi0, safe);
        r = Fma(-n, HalfPi1, r);
        r = Fma(-n, HalfPi2, r);
        var quadrant = (int)n + quarterTurns;
        var z = r * r;
        var sine = Fma(Fma(Fma(Sin0, z, Sin1), z, Sin2) * z, r, r);
        var cosine = Fma(Fma(Fma(Cos0, z, Cos1), z, Cos2) * z, z, Fma(z, -0.5f, 1f));
        var y = (quadrant & 1) == 0 ? sine : cosine;
        y = (quadrant & 2) == 0 ? y : -y;
        return inRange ? y : float.NaN;
    }

    private static float PowerOfTwo(int n) => BitConverter.Int32BitsToSingle((n + 127) << 23);

    private static float Fma(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);
}
