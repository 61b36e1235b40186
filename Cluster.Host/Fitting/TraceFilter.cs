namespace Tessera.Host.Fitting;

/// <summary>Noise of a measured trace.</summary>
/// <param name="Cycle">Relative noise of every step (<c>dw_min_std</c>); it stays in the weight.</param>
/// <param name="Read">Absolute noise of every reading (<c>write_noise_std</c> times <c>dw_min</c>); it does not.</param>
internal readonly record struct TraceNoise(double Cycle, double Read);

/// <summary>
/// Predicts every reading of a trace from those before it. Steps are noisy and so are readings; an extended Kalman filter weighs the two, so that what
/// remains is independent from reading to reading and a least-squares fit of it has honest standard errors.
/// </summary>
/// <param name="law">The step law.</param>
/// <param name="data">The trace.</param>
internal sealed class TraceFilter(StepLaw law, PulseData data)
{
    /// <summary>Readings that are predicted: all but the first.</summary>
    public int Count => data.Readings.Count - 1;

    /// <summary>What was read, without the first reading.</summary>
    public double[] Readings { get; } = [.. data.Readings.Skip(1).Select(reading => reading.Weight)];

    /// <summary>Runs the filter.</summary>
    /// <param name="values">Numbers of the law.</param>
    /// <param name="noise">Noise of the trace.</param>
    /// <param name="variances">Receives the variance of every prediction.</param>
    /// <param name="gains">Receives how much of each surprise belongs to the weight.</param>
    /// <returns>Twice the negative logarithm of the likelihood, but for a constant.</returns>
    public double Run(double[] values, TraceNoise noise, double[] variances, double[] gains)
    {
        (double most, double least) = law.Bounds(values);
        double weight = data.Readings[0].Weight;
        double variance = noise.Read * noise.Read;
        double read = variance;
        double h = 1e-5 * (data.Most - data.Least);
        double score = 0;
        for (int row = 0; row < Count; row++)
        {
            PulseReading reading = data.Readings[row + 1];
            double sign = reading.IsDown ? -1 : 1;
            for (int pulse = 0; pulse < reading.Pulses; pulse++)
            {
                double step = law.Step(reading.IsDown, weight, values);
                double slope = (law.Step(reading.IsDown, weight + h, values) - law.Step(reading.IsDown, weight - h, values)) / (2 * h);
                double next = weight + (sign * step);
                bool isHeld = next > most || next < least;
                weight = Math.Clamp(next, Math.Min(least, most), Math.Max(least, most));

                // A device held at its bound forgets where it was.
                variance = isHeld ? 0 : ((1 + (sign * slope)) * (1 + (sign * slope)) * variance) + (noise.Cycle * noise.Cycle * step * step);
            }

            double total = variance + read;
            double gain = variance / total;
            double surprise = reading.Weight - weight;
            variances[row] = total;
            gains[row] = gain;
            score += Math.Log(total) + (surprise * surprise / total);
            weight += gain * surprise;
            variance *= 1 - gain;
        }

        return double.IsFinite(score) ? score : double.MaxValue;
    }

    /// <summary>Predicts every reading with given gains.</summary>
    public void Predict(double[] values, double[] gains, double[] predicted)
    {
        (double most, double least) = law.Bounds(values);
        double weight = data.Readings[0].Weight;
        for (int row = 0; row < Count; row++)
        {
            PulseReading reading = data.Readings[row + 1];
            for (int pulse = 0; pulse < reading.Pulses; pulse++)
            {
                double step = law.Step(reading.IsDown, weight, values);
                weight = Math.Clamp(reading.IsDown ? weight - step : weight + step, Math.Min(least, most), Math.Max(least, most));
            }

            predicted[row] = double.IsFinite(weight) ? weight : 1e6;
            weight += gains[row] * (reading.Weight - weight);
        }
    }
}
