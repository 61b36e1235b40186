namespace Tessera.Kernels.Tests.Numerics;

/// <summary>The error function in double precision: its power series near 0, the continued fraction of the complement in the tail.</summary>
internal static class DoubleErf
{
    private const double SeriesMax = 2.5;
    private const double RoundsToOne = 6.5;

    /// <summary>erf(x) to about 1e-15.</summary>
    public static double Of(double x)
    {
        var a = Math.Abs(x);
        var magnitude = a <= SeriesMax ? Series(a) : a > RoundsToOne ? 1 : 1 - Complement(a);
        return Math.CopySign(magnitude, x);
    }

    // erf(x) = 2/sqrt(pi) e^(-x^2) sum_n 2^n x^(2n+1) / (1 3 5 ... (2n+1)): all terms positive, no cancellation.
    private static double Series(double x)
    {
        var term = x;
        var sum = x;
        for (var n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    // erfc(x) = e^(-x^2)/sqrt(pi) * 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))), evaluated from the back.
    private static double Complement(double x)
    {
        var fraction = x;
        for (var k = 120; k >= 1; k--)
        {
            fraction = x + (k / 2.0 / fraction);
        }

        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / fraction;
    }
}
