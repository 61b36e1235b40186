namespace Tessera.Kernels.Numerics;

/// <summary>
/// Coefficients of the fixed polynomials behind <see cref="LaneMath"/> and <see cref="ScalarMath"/>, highest power first. They are part of the numerics
/// version: changing one changes bits. Minimax fits on the reduced ranges in single precision (Moshier's Cephes for exp, log, sin, cos and tanh;
/// Juffa's for erf); docs/numerics.md states the measured errors.
/// </summary>
internal static class FunctionConstants
{
    internal const float Log2E = 1.44269504088896341f;

    // ln 2 in two pieces: the first has few bits, so that n * Ln2High is exact.
    internal const float Ln2High = 0.693359375f;
    internal const float Ln2Low = -2.12194440e-4f;

    // exp overflows above, and is below half the smallest denormal under, these.
    internal const float ExpMax = 88.7228394f;
    internal const float ExpMin = -103.972084f;

    internal const float Exp0 = 1.9875691500e-4f;
    internal const float Exp1 = 1.3981999507e-3f;
    internal const float Exp2 = 8.3334519073e-3f;
    internal const float Exp3 = 4.1665795894e-2f;
    internal const float Exp4 = 1.6666665459e-1f;
    internal const float Exp5 = 5.0000001201e-1f;

    internal const int SqrtHalfBits = 0x3f3504f3;
    internal const float SmallestNormal = 1.17549435e-38f;
    internal const float TwoPower23 = 8388608f;
    internal const float Log0 = 7.0376836292e-2f;
    internal const float Log1 = -1.1514610310e-1f;
    internal const float Log2 = 1.1676998740e-1f;
    internal const float Log3 = -1.2420140846e-1f;
    internal const float Log4 = 1.4249322787e-1f;
    internal const float Log5 = -1.6668057665e-1f;
    internal const float Log6 = 2.0000714765e-1f;
    internal const float Log7 = -2.4999993993e-1f;
    internal const float Log8 = 3.3333331174e-1f;

    // Below this, tanh is an odd polynomial; above, it goes through exp.
    internal const float TanhSplit = 0.625f;

    // From here on tanh rounds to 1.
    internal const float TanhOne = 9.02f;
    internal const float Tanh0 = -5.70498872745e-3f;
    internal const float Tanh1 = 2.06390887954e-2f;
    internal const float Tanh2 = -5.37397155531e-2f;
    internal const float Tanh3 = 1.33314422036e-1f;
    internal const float Tanh4 = -3.33332819422e-1f;

    internal const float TwoOverPi = 0.636619772367581343f;

    // pi/2 in three pieces, so that the reduced argument keeps its bits up to |x| = TrigMax.
    internal const float HalfPi0 = 1.57079601287841797f;
    internal const float HalfPi1 = 3.13916473533027e-7f;
    internal const float HalfPi2 = 5.3903029534742e-15f;
    internal const float TrigMax = 8192f;
    internal const float Sin0 = -1.9515295891e-4f;
    internal const float Sin1 = 8.3321608736e-3f;
    internal const float Sin2 = -1.6666654611e-1f;
    internal const float Cos0 = 2.443315711809948e-5f;
    internal const float Cos1 = -1.388731625493765e-3f;
    internal const float Cos2 = 4.166664568298827e-2f;

    internal const float ErfSplit = 0.921875f;
    internal const float ErfTail0 = -1.72853470e-5f;
    internal const float ErfTail1 = 3.83197126e-4f;
    internal const float ErfTail2 = -3.88396438e-3f;
    internal const float ErfTail3 = 2.42546219e-2f;
    internal const float ErfTail4 = -1.06777877e-1f;
    internal const float ErfTail5 = -6.34846687e-1f;
    internal const float ErfTail6 = -1.28717512e-1f;
    internal const float ErfCore0 = -5.96761703e-4f;
    internal const float ErfCore1 = 4.99119423e-3f;
    internal const float ErfCore2 = -2.67681349e-2f;
    internal const float ErfCore3 = 1.12819925e-1f;
    internal const float ErfCore4 = -3.76125336e-1f;
    internal const float ErfCore5 = 1.28379166e-1f;
}
