using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Tessera.Host.Sweeps;

/// <summary>Number, mean and spread of measured values.</summary>
/// <param name="Count">Values.</param>
/// <param name="Mean">Their mean; NaN where there are none.</param>
/// <param name="StandardDeviation">With Count - 1 degrees of freedom; NaN below two values.</param>
internal readonly record struct SampleStatistics(int Count, double Mean, double StandardDeviation)
{
    /// <summary>Statistics of values, taken in their order.</summary>
    public static SampleStatistics Of(IReadOnlyCollection<double> values) => new(values.Count, values.Mean(), values.StandardDeviation());

    /// <summary>
    /// Two-sided p-value of Welch's t-test that two samples of normal distributions, whose spreads may differ, have one mean; NaN where a sample has fewer
    /// than two values. Samples without any spread are equal (1) or not (0).
    /// </summary>
    public static double WelchP(in SampleStatistics one, in SampleStatistics other)
    {
        if (one.Count < 2 || other.Count < 2) { return double.NaN; }
        double first = one.StandardDeviation * one.StandardDeviation / one.Count;
        double second = other.StandardDeviation * other.StandardDeviation / other.Count;
        double variance = first + second;
        if (variance == 0) { return one.Mean == other.Mean ? 1 : 0; }
        double t = (one.Mean - other.Mean) / Math.Sqrt(variance);
        double freedom = variance * variance / ((first * first / (one.Count - 1)) + (second * second / (other.Count - 1)));
        return 2 * StudentT.CDF(0, 1, freedom, -Math.Abs(t));
    }

    /// <summary>
    /// Holm's correction: p-values that may each be compared with the level that all tests together are to keep. The k-th smallest of m is multiplied by
    /// m - k + 1, is at least as large as those before it, and at most 1.
    /// </summary>
    /// <param name="p">p-values of the tests, in any order.</param>
    public static double[] Holm(IReadOnlyList<double> p)
    {
        double[] adjusted = new double[p.Count];
        double largest = 0;
        int left = p.Count;
        foreach (int index in Enumerable.Range(0, p.Count).OrderBy(index => p[index]))
        {
            largest = Math.Max(largest, Math.Min(1, left * p[index]));
            adjusted[index] = largest;
            left--;
        }

        return adjusted;
    }
}
