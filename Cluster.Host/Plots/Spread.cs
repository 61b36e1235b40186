namespace Tessera.Host.Plots;

/// <summary>Mean and standard deviation of all values there are, not of a sample of them.</summary>
/// <param name="Mean">Mean.</param>
/// <param name="Deviation">Root of the mean square of the differences to it.</param>
internal readonly record struct Spread(double Mean, double Deviation)
{
    /// <summary>Of one or more values.</summary>
    public static Spread Of(IReadOnlyCollection<double> values)
    {
        double mean = values.Average();
        return new Spread(mean, Math.Sqrt(values.Average(value => (value - mean) * (value - mean))));
    }

    /// <summary>Of one or more weights, in 64 bits.</summary>
    public static Spread Of(IEnumerable<float> weights) => Of([.. weights.Select(weight => (double)weight)]);
}
