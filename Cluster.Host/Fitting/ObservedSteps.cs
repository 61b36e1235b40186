namespace Tessera.Host.Fitting;

/// <summary>Mean steps at weights, taken over stretches of pulses in one direction: what start values are read from.</summary>
internal sealed class ObservedSteps
{
    private const int Stretches = 100;

    /// <summary>Cuts a trace into stretches.</summary>
    public ObservedSteps(PulseData data)
    {
        Least = data.Least;
        Most = data.Most;
        int length = Math.Max(data.Readings.Count / Stretches, 1);
        for (int start = 0; start + length < data.Readings.Count; start += length)
        {
            int pulses = 0;
            bool isDown = data.Readings[start + 1].IsDown;
            bool isPure = true;
            for (int row = start + 1; row <= start + length; row++)
            {
                pulses += data.Readings[row].Pulses;
                isPure &= data.Readings[row].IsDown == isDown;
            }

            if (!isPure) { continue; }
            (double from, double to) = (data.Readings[start].Weight, data.Readings[start + length].Weight);
            (isDown ? Down : Up).Add(((from + to) / 2, (isDown ? from - to : to - from) / pulses));
        }
    }

    /// <summary>Weight and size of up steps.</summary>
    public List<(double Weight, double Step)> Up { get; } = [];

    /// <summary>Weight and size of down steps.</summary>
    public List<(double Weight, double Step)> Down { get; } = [];

    /// <summary>Smallest weight read.</summary>
    public double Least { get; }

    /// <summary>Largest weight read.</summary>
    public double Most { get; }

    /// <summary>Width of what was read.</summary>
    public double Range => Most - Least;

    /// <summary>The line through the steps of a direction: its value at 0 and its slope. Plateaus at the bounds are left out.</summary>
    public (double AtZero, double Slope) Line(bool isDown)
    {
        List<(double Weight, double Step)> moving = Moving(isDown);
        double meanWeight = moving.Average(point => point.Weight);
        double meanStep = moving.Average(point => point.Step);
        double square = moving.Sum(point => (point.Weight - meanWeight) * (point.Weight - meanWeight));
        double slope = square > 0 ? moving.Sum(point => (point.Weight - meanWeight) * (point.Step - meanStep)) / square : 0;
        return (meanStep - (slope * meanWeight), slope);
    }

    /// <summary>Stretches that moved: those held at a bound say nothing about the law.</summary>
    public List<(double Weight, double Step)> Moving(bool isDown)
    {
        List<(double Weight, double Step)> all = isDown ? Down : Up;
        double typical = all.Count == 0 ? 0 : all.Max(point => point.Step);
        double margin = 0.02 * Range;
        List<(double Weight, double Step)> moving = [.. all.Where(point => point.Step > 0.1 * typical && point.Weight > Least + margin && point.Weight < Most - margin)];
        return moving.Count >= 3 ? moving : all.Count > 0 ? all : [((Least + Most) / 2, Range / 100)];
    }

    /// <summary>The factors of one or two shapes that fit the steps of a direction best, and the error that remains.</summary>
    public (double First, double Second, double Error) Regress(bool isDown, Func<double, double> first, Func<double, double>? second = null)
    {
        (double aa, double ab, double bb, double ay, double by, double yy) = (0, 0, 0, 0, 0, 0);
        foreach ((double weight, double step) in Moving(isDown))
        {
            double a = first(weight);
            double b = second?.Invoke(weight) ?? 0;
            aa += a * a;
            ab += a * b;
            bb += b * b;
            ay += a * step;
            by += b * step;
            yy += step * step;
        }

        double determinant = (aa * bb) - (ab * ab);
        if (second is null || !(determinant > 1e-12 * aa * bb)) { return (ay / Math.Max(aa, 1e-300), 0, yy - (ay * ay / Math.Max(aa, 1e-300))); }
        double x = ((ay * bb) - (by * ab)) / determinant;
        double y = ((by * aa) - (ay * ab)) / determinant;
        return (x, y, yy - (x * ay) - (y * by));
    }
}
