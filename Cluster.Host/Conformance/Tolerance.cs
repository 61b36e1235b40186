using MathNet.Numerics.Distributions;

namespace Tessera.Host.Conformance;

/// <summary>
/// How far a statistic may lie from aihwkit's by chance: <c>z (std sqrt(1/reps + 1/own reps) + 0.0055 std)</c>, where 0.0055 is the part of aihwkit's
/// error that repetitions do not remove (its normal numbers come from a table of 32,768). z is the limit at which a whole file of correct cells raises
/// a false alarm less than once in a million, widened for distributions whose tails are longer than a Gaussian's (Cornish-Fisher).
/// </summary>
internal static class Tolerance
{
    /// <summary>1/sqrt(32768): the bias of a mean over a fixed table of normal numbers, in standard deviations.</summary>
    public const double TableBias = 0.0055;

    /// <summary>Chance of a false alarm in a whole file.</summary>
    public const double FileAlarm = 1e-6;

    /// <summary>Largest deviation, in standard errors, that a file with so many comparisons may show.</summary>
    public static double Limit(int comparisons) => -Normal.InvCDF(0, 1, FileAlarm / Math.Max(comparisons, 1) / 2);

    /// <summary>The deviation of a Gaussian that is as unlikely as a two-sided chance.</summary>
    public static double DeviationOf(double chance) => chance >= 1 ? 0 : -Normal.InvCDF(0, 1, Math.Max(chance, 1e-300) / 2);

    /// <summary>The larger of two standard deviations, with the shape that our own repetitions show.</summary>
    /// <param name="own">Moments measured here.</param>
    /// <param name="goldenDeviation">Standard deviation in the golden file.</param>
    /// <param name="grain">
    /// Size of the single events that the variation consists of, 0 if unknown: where they are rare, few repetitions may have seen none of them.
    /// </param>
    public static CellMoments Shape(in CellMoments own, double goldenDeviation, double grain)
    {
        double sigma = Math.Max(own.Deviation, goldenDeviation);
        double ratio = own.M2 > 0 ? sigma * sigma / own.M2 : 0;
        double square = sigma * sigma;
        return own with
        {
            M2 = square,
            M3 = Math.Max(Math.Abs(own.M3) * Math.Pow(ratio, 1.5), grain * square),
            M4 = Math.Max(own.M2 > 0 ? own.M4 * ratio * ratio : 3 * square * square, grain * grain * square),
            M6 = Math.Max(own.M2 > 0 ? own.M6 * ratio * ratio * ratio : 15 * square * square * square, Math.Pow(grain, 4) * square),
        };
    }

    /// <summary>Tolerance of a mean.</summary>
    /// <param name="limit">Standard errors allowed.</param>
    /// <param name="shape">From <see cref="Shape"/>.</param>
    /// <param name="golden">Repetitions behind the golden mean.</param>
    /// <param name="tableBias">Whether aihwkit drew the noise from its table.</param>
    public static double OfMean(double limit, in CellMoments shape, double golden, bool tableBias)
    {
        double third = (1 / (golden * golden)) + (1 / (shape.Count * shape.Count));
        double fourth = (1 / (golden * golden * golden)) + (1 / (shape.Count * shape.Count * shape.Count));
        double variance = shape.M2 * ((1 / golden) + (1 / shape.Count));
        if (!(variance > 0)) { return 0; }
        double skew = shape.M3 * third / Math.Pow(variance, 1.5);
        double excess = (shape.M4 - (3 * shape.M2 * shape.M2)) * fourth / (variance * variance);
        return (Widened(limit, skew, excess) * Math.Sqrt(variance)) + (tableBias ? limit * TableBias * Math.Sqrt(shape.M2) : 0);
    }

    /// <summary>Tolerance of a standard deviation: of the variance, divided by the sum of the two deviations compared.</summary>
    /// <param name="limit">Standard errors allowed.</param>
    /// <param name="shape">From <see cref="Shape"/>.</param>
    /// <param name="golden">Repetitions behind the golden deviation.</param>
    /// <param name="own">Deviation measured here.</param>
    /// <param name="goldenDeviation">Deviation in the golden file.</param>
    /// <param name="tableBias">Whether aihwkit drew the noise from its table.</param>
    public static double OfDeviation(double limit, in CellMoments shape, double golden, double own, double goldenDeviation, bool tableBias)
    {
        double square = shape.M4 - (shape.M2 * shape.M2);
        double variance = Math.Max(square, 0) * ((1 / golden) + (1 / shape.Count));
        if (!(variance > 0)) { return 0; }
        double cubed = Math.Abs(shape.M6 - (3 * shape.M2 * shape.M4) + (2 * shape.M2 * shape.M2 * shape.M2));
        double skew = cubed * ((1 / (golden * golden)) + (1 / (shape.Count * shape.Count))) / Math.Pow(variance, 1.5);
        double table = tableBias ? limit * TableBias * 2 * shape.M2 : 0;
        return ((Widened(limit, skew, 0) * Math.Sqrt(variance)) + table) / (own + goldenDeviation);
    }

    /// <summary>The limit where tails are longer than a Gaussian's: the first terms of the Cornish-Fisher expansion, never below the limit itself.</summary>
    private static double Widened(double limit, double skew, double excess)
    {
        double square = limit * limit;
        double bySkew = ((square - 1) / 6 * skew) - (((2 * square) - 5) * limit / 36 * skew * skew);

        // For a few rare events the quadratic term turns the expansion around; the linear term alone is the safe side.
        if (skew > 0.5) { bySkew = (square - 1) / 6 * skew; }
        return limit + Math.Max(bySkew, 0) + Math.Max((square - 3) * limit / 24 * excess, 0);
    }
}
