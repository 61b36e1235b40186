namespace Tessera.Kernels.Tests.Numerics;

/// <summary>The normal distribution in float64, from textbook series that share nothing with the code under test.</summary>
internal static class NormalOracle
{
    /// <summary>Error function: Taylor series below 2, continued fraction of erfc above.</summary>
    public static double Erf(double x)
    {
        var magnitude = Math.Abs(x);
        if (magnitude >= 2)
        {
            return Math.Sign(x) * (1 - Erfc(magnitude));
        }

        // erf(x) = 2 / sqrt(pi) * exp(-x^2) * sum_n 2^n x^(2n+1) / (1 * 3 * ... * (2n + 1)): all terms of one sign.
        double term = x, sum = x;
        for (var n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>Complementary error function for x of 0 or more.</summary>
    public static double Erfc(double x)
    {
        if (x < 2)
        {
            return 1 - Erf(x);
        }

        // erfc(x) = exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...)))).
        var fraction = x;
        for (var k = 120; k >= 1; k--)
        {
            fraction = x + (k / 2.0 / fraction);
        }

        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / fraction;
    }

    /// <summary>Probability that a standard normal exceeds z.</summary>
    public static double UpperTail(double z) => z >= 0 ? Erfc(z / Math.Sqrt(2)) / 2 : 1 - (Erfc(-z / Math.Sqrt(2)) / 2);

    /// <summary>The z of 0 or more whose upper tail is p, by bisection.</summary>
    public static double FromUpperTail(double p)
    {
        double low = 0, high = 40;
        for (var i = 0; i < 80; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = UpperTail(middle) > p ? (middle, high) : (low, middle);
        }

        return low;
    }
}
