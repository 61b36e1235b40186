namespace Tessera.Host.Conformance;

/// <summary>
/// Central moments of one cell over repetitions. Those up to the sixth are needed because the error of a measured standard deviation follows from the
/// fourth, and how lopsided that error is from the sixth.
/// </summary>
/// <param name="Count">Repetitions.</param>
/// <param name="Mean">Mean.</param>
/// <param name="M2">Second central moment, the variance.</param>
/// <param name="M3">Third central moment.</param>
/// <param name="M4">Fourth central moment.</param>
/// <param name="M6">Sixth central moment.</param>
internal readonly record struct CellMoments(double Count, double Mean, double M2, double M3, double M4, double M6)
{
    /// <summary>Standard deviation.</summary>
    public double Deviation => Math.Sqrt(M2);

    /// <summary>Moments of a list of values.</summary>
    public static CellMoments Of(ReadOnlySpan<float> values)
    {
        MomentSums sums = new([values.Length == 0 ? 0 : values[0]]);
        foreach (float value in values) { sums.Add(0, value); }
        return sums.Of(0);
    }
}

/// <summary>Running sums of powers for many cells, each about a reference of its own, so that nothing cancels in 64 bits.</summary>
/// <param name="references">A value near each cell's mean.</param>
internal sealed class MomentSums(double[] references)
{
    private const int Powers = 6;

    // [cell * Powers + power - 1] sums of (value - reference)^power; [cell] values added.
    private readonly double[] _sums = new double[references.Length * Powers];
    private readonly long[] _counts = new long[references.Length];

    /// <summary>Adds one repetition of one cell.</summary>
    public void Add(int cell, double value)
    {
        double deviation = value - references[cell];
        double power = 1;
        int at = cell * Powers;
        for (int k = 0; k < Powers; k++) { _sums[at + k] += power *= deviation; }
        _counts[cell]++;
    }

    /// <summary>The moments of one cell.</summary>
    public CellMoments Of(int cell)
    {
        ReadOnlySpan<double> sums = _sums.AsSpan(cell * Powers, Powers);
        double n = Math.Max(_counts[cell], 1);
        (double m, double r2, double r3, double r4, double r5, double r6) = (sums[0] / n, sums[1] / n, sums[2] / n, sums[3] / n, sums[4] / n, sums[5] / n);
        double m2 = m * m;
        double m3 = m2 * m;
        return new CellMoments(
            n,
            references[cell] + m,
            Math.Max(r2 - m2, 0),
            r3 - (3 * m * r2) + (2 * m3),
            Math.Max(r4 - (4 * m * r3) + (6 * m2 * r2) - (3 * m2 * m2), 0),
            Math.Max(r6 - (6 * m * r5) + (15 * m2 * r4) - (20 * m3 * r3) + (15 * m2 * m2 * r2) - (5 * m3 * m3), 0));
    }
}
