namespace Tessera.Kernels.Numerics;

/// <summary>
/// The fixed numbers of <see cref="ScalarMath"/> and <see cref="LaneMath"/>, constant term first. Derived by
/// docs/derivations/function_polynomials.py.
/// </summary>
internal static class FunctionCoefficients
{
    /// <summary>1.5 * 2^23: adding and subtracting it rounds a float of magnitude under 2^22 to the nearest even integer.</summary>
    public const float Rounder = 12582912f;

    public const float SqrtHalf = 0.70710677f;
    public const float SmallestNormal = 1.17549435e-38f;
    public const float TwoTo23 = 8388608f;

    public const float Log2E = 1.442695f;

    /// <summary>ln 2 to 15 bits, so that its product with an exponent is exact.</summary>
    public const float Ln2High = 0.69314575f;
    public const float Ln2Low = 1.4286068e-06f;

    /// <summary>Below, exp is zero: exp(-104) is under half the smallest denormal.</summary>
    public const float ExpLowest = -104f;

    /// <summary>Above, exp is infinite.</summary>
    public const float ExpHighest = 89f;

    /// <summary>Ends of the range whose exponentials are normal numbers times at most one power of two.</summary>
    public const float ExpBoundedLowest = -87f;
    public const float ExpBoundedHighest = 88f;

    // (e^r - 1 - r) / r^2 on +- ln 2 / 2.
    public const float Exp0 = 0.5f;
    public const float Exp1 = 0.16666578f;
    public const float Exp2 = 0.041666556f;
    public const float Exp3 = 0.008363173f;
    public const float Exp4 = 0.0013926176f;

    // (log(1 + f) - f + f^2 / 2) / f^3 for 1 + f in sqrt(1/2) .. sqrt(2).
    public const float Log0 = 0.3333333f;
    public const float Log1 = -0.24999997f;
    public const float Log2 = 0.20000716f;
    public const float Log3 = -0.16667803f;
    public const float Log4 = 0.14249058f;
    public const float Log5 = -0.12425687f;
    public const float Log6 = 0.1168542f;
    public const float Log7 = -0.11479734f;
    public const float Log8 = 0.06971612f;

    public const float TwoOverPi = 0.63661975f;

    // pi / 2 in three parts.
    public const float HalfPi0 = 1.5707964f;
    public const float HalfPi1 = -4.371139e-08f;
    public const float HalfPi2 = -1.7151245e-15f;

    /// <summary>Largest magnitude whose sine and cosine are computed; beyond, the result is NaN.</summary>
    public const float AngleLargest = 65536f;

    // (sin r - r) / r^3 in r^2 on +- pi / 4.
    public const float Sin0 = -0.16666667f;
    public const float Sin1 = 0.008333332f;
    public const float Sin2 = -0.00019840087f;
    public const float Sin3 = 2.7249926e-06f;

    // (cos r - 1 + r^2 / 2) / r^4 in r^2 on +- pi / 4.
    public const float Cos0 = 0.041666664f;
    public const float Cos1 = -0.0013888302f;
    public const float Cos2 = 2.4547942e-05f;

    /// <summary>Below, tanh is its polynomial; above, it comes from exp.</summary>
    public const float TanhSmall = 0.625f;

    // (tanh x - x) / x^3 in x^2.
    public const float Tanh0 = -0.33333334f;
    public const float Tanh1 = 0.13333304f;
    public const float Tanh2 = -0.053959258f;
    public const float Tanh3 = 0.021768918f;
    public const float Tanh4 = -0.008343945f;
    public const float Tanh5 = 0.0022927448f;

    // erf(x) / x - 1 in x^2 below 1.
    public const float Erf0 = 0.12837917f;
    public const float Erf1 = -0.37612638f;
    public const float Erf2 = 0.11283782f;
    public const float Erf3 = -0.02686543f;
    public const float Erf4 = 0.0052210316f;
    public const float Erf5 = -0.00084840803f;
    public const float Erf6 = 0.00011265959f;
    public const float Erf7 = -9.667045e-06f;

    // log(erfc(x)) in x - 2.5 on 1 .. 4; erf is 1 from 4 on.
    public const float Erfc0 = -7.806815f;
    public const float Erfc1 = -5.3526807f;
    public const float Erfc2 = -0.9438937f;
    public const float Erfc3 = -0.010858113f;
    public const float Erfc4 = 0.00216517f;
    public const float Erfc5 = -0.00042079165f;
    public const float Erfc6 = 7.73876e-05f;
    public const float Erfc7 = -1.2925696e-05f;
    public const float Erfc8 = 1.6155811e-06f;
    public const float Erfc9 = -7.582682e-08f;
}
