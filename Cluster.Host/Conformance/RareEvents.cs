using MathNet.Numerics.Distributions;

namespace Tessera.Host.Conformance;

/// <summary>
/// The exact judgement of cells that see few coincidences: their number is binomial, and each moves the cell by what one pulse was measured to do.
/// </summary>
/// <param name="Slots">Pulse slots over all repetitions.</param>
/// <param name="Probability">Probability of a coincidence in a slot.</param>
/// <param name="Step">Mean change of the weight by one pulse, with its sign.</param>
/// <param name="StepDeviation">Standard deviation of that change.</param>
/// <param name="Rounding">What rounding alone may change in the sum of all repetitions.</param>
internal readonly record struct RareEvents(double Slots, double Probability, double Step, double StepDeviation, double Rounding)
{
    /// <summary>Coincidences expected over all repetitions.</summary>
    public double Expected => Slots * Probability;

    /// <summary>How unlikely a total change is, as the deviation of a Gaussian.</summary>
    /// <param name="total">Sum of the changes over all repetitions.</param>
    public double Deviation(double total)
    {
        double along = Step < 0 ? -total : total;
        double step = Math.Abs(Step);
        double slack = Rounding + (0.02 * step);
        double above = 0;
        double below = 0;
        double term = Math.Exp(Slots * Math.Log(1 - Math.Min(Probability, 1 - 1e-15)));
        for (int count = 0; count <= Slots && (term > 1e-25 || count < Expected); count++)
        {
            double deviation = Math.Sqrt((count * StepDeviation * StepDeviation) + (Rounding * Rounding) + 1e-300);
            above += term * Normal.CDF(0, 1, ((count * step) + slack - along) / deviation);
            below += term * Normal.CDF(0, 1, (along + slack - (count * step)) / deviation);
            term *= (Slots - count) / (count + 1.0) * Probability / (1 - Probability);
        }

        return Tolerance.DeviationOf(2 * Math.Min(above, below));
    }
}
