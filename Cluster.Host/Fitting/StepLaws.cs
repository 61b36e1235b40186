using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Fitting;

/// <summary>The devices that can be fitted.</summary>
internal static class StepLaws
{
    /// <summary>Short names, as the command line lists them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["PowStep", "ExpStep", "PiecewiseStep", "SoftBounds", "LinearStep"];

    /// <summary>The law of a device; null if it cannot be fitted.</summary>
    /// <param name="name">With or without <c>Device</c>.</param>
    /// <param name="nodes">Nodes of a piecewise law.</param>
    public static StepLaw? Find(string name, int nodes)
    {
        string folded = ConfigNames.Fold(name);
        if (folded.EndsWith("device", StringComparison.Ordinal)) { folded = folded[..^"device".Length]; }
        return folded switch
        {
            "powstep" => new PowStepFit(),
            "expstep" => new ExpStepFit(),
            "piecewisestep" => new PiecewiseStepFit(nodes),
            "softbounds" => new SoftBoundsFit(),
            "linearstep" => new LinearStepFit(),
            _ => null,
        };
    }
}

/// <summary>The step falls linearly with the weight.</summary>
internal sealed class LinearStepFit : StepLaw
{
    /// <inheritdoc/>
    public override string Device => "LinearStepDevice";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names { get; } = ["up", "down", "gamma_up", "gamma_down", "w_max", "w_min"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Spreads => [.. base.Spreads, "gamma_up_dtod", "gamma_down_dtod"];

    /// <inheritdoc/>
    public override double[] Start(ObservedSteps steps, IReadOnlyDictionary<string, double> held)
    {
        (double up, double upSlope) = steps.Line(isDown: false);
        (double down, double downSlope) = steps.Line(isDown: true);
        double most = held.GetValueOrDefault("w_max", Away(steps.Most, steps.Range));
        double least = held.GetValueOrDefault("w_min", Away(steps.Least, -steps.Range));
        return [up, down, -upSlope * most / up, -downSlope * least / down, most, least];
    }

    /// <inheritdoc/>
    public override double OpenBound(string name, PulseData data) => Away(base.OpenBound(name, data), name == "w_max" ? data.Most - data.Least : data.Least - data.Most);

    /// <inheritdoc/>
    public override double Step(bool isDown, double weight, double[] values) =>
        isDown ? values[1] * (1 - (values[3] * weight / values[5])) : values[0] * (1 - (values[2] * weight / values[4]));

    /// <inheritdoc/>
    public override IEnumerable<FittedField> Fields(double[] values) =>
        [.. Common(values), new FittedField("gamma_up", [values[2]]), new FittedField("gamma_down", [values[3]])];

    /// <inheritdoc/>
    public override IEnumerable<(string Name, string Value)> Settings(double[] values) =>
        values[2] < 0 || values[3] < 0 ? [("allow_increasing", "true")] : [];

    /// <summary>Slopes are relative to the bounds, which therefore must not be 0.</summary>
    private static double Away(double bound, double range) => range > 0 ? Math.Max(bound, 0.05 * range) : Math.Min(bound, 0.05 * range);
}

/// <summary>The step vanishes linearly at the bound that it leads to.</summary>
internal sealed class SoftBoundsFit : StepLaw
{
    /// <summary>A step that does not fall within the range measured belongs to a bound far outside.</summary>
    private const double FarRanges = 5;

    /// <inheritdoc/>
    public override string Device => "SoftBoundsDevice";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names { get; } = ["up", "down", "w_max", "w_min"];

    /// <inheritdoc/>
    public override double[] Start(ObservedSteps steps, IReadOnlyDictionary<string, double> held)
    {
        (double up, double upSlope) = steps.Line(isDown: false);
        (double down, double downSlope) = steps.Line(isDown: true);
        double most = upSlope < 0 ? -up / upSlope : steps.Most + steps.Range;
        double least = downSlope > 0 ? -down / downSlope : steps.Least - steps.Range;
        return
        [
            up, down,
            held.GetValueOrDefault("w_max", Math.Max(most, steps.Most + (0.01 * steps.Range))),
            held.GetValueOrDefault("w_min", Math.Min(least, steps.Least - (0.01 * steps.Range))),
        ];
    }

    /// <inheritdoc/>
    public override double Step(bool isDown, double weight, double[] values) => isDown ? values[1] * (1 - (weight / values[3])) : values[0] * (1 - (weight / values[2]));

    /// <inheritdoc/>
    public override double OpenBound(string name, PulseData data) => base.OpenBound(name, data) + ((name == "w_max" ? 1 : -1) * FarRanges * (data.Most - data.Least));

    /// <inheritdoc/>
    public override IEnumerable<FittedField> Fields(double[] values) => Common(values);
}

/// <summary>The step is a power of the room left to the bound.</summary>
internal sealed class PowStepFit : StepLaw
{
    private static readonly double[] Exponents = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4];
    private static readonly double[] Margins = [0.005, 0.03, 0.1, 0.3, 1];

    /// <inheritdoc/>
    public override string Device => "PowStepDevice";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names { get; } = ["up", "down", "gamma_up", "gamma_down", "w_max", "w_min"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Spreads => [.. base.Spreads, "pow_gamma_dtod", "pow_up_down_dtod"];

    /// <inheritdoc/>
    public override double[] Start(ObservedSteps steps, IReadOnlyDictionary<string, double> held)
    {
        double[]? best = null;
        double bestError = double.PositiveInfinity;
        foreach (double above in held.ContainsKey("w_max") ? [0.0] : Margins)
        {
            foreach (double below in held.ContainsKey("w_min") ? [0.0] : Margins)
            {
                double most = held.GetValueOrDefault("w_max", steps.Most + (above * steps.Range));
                double least = held.GetValueOrDefault("w_min", steps.Least - (below * steps.Range));
                (double upGamma, double up, double upError) = Best(steps, isDown: false, most, least);
                (double downGamma, double down, double downError) = Best(steps, isDown: true, most, least);
                if (upError + downError >= bestError) { continue; }
                bestError = upError + downError;
                best = [up, down, upGamma, downGamma, most, least];
            }
        }

        return best!;
    }

    /// <inheritdoc/>
    public override double Step(bool isDown, double weight, double[] values)
    {
        double range = values[4] - values[5];
        double room = Math.Max((isDown ? weight - values[5] : values[4] - weight) / range, 0);
        return isDown ? values[1] * Math.Pow(room, values[3]) : values[0] * Math.Pow(room, values[2]);
    }

    /// <inheritdoc/>
    public override double OpenBound(string name, PulseData data) => base.OpenBound(name, data) + ((name == "w_max" ? 0.02 : -0.02) * (data.Most - data.Least));

    /// <inheritdoc/>
    public override IEnumerable<FittedField> Fields(double[] values)
    {
        (double gamma, double asymmetry) = Split(values[2], values[3]);
        return [.. Common(values), new FittedField("pow_gamma", [gamma]), new FittedField("pow_up_down", [asymmetry])];
    }

    private static (double Gamma, double Step, double Error) Best(ObservedSteps steps, bool isDown, double most, double least)
    {
        (double Gamma, double Step, double Error) best = (1, 0, double.PositiveInfinity);
        foreach (double gamma in Exponents)
        {
            (double step, double _, double error) = steps.Regress(
                isDown, weight => Math.Pow(Math.Max(isDown ? weight - least : most - weight, 0) / (most - least), gamma));
            if (step > 0 && error < best.Error) { best = (gamma, step, error); }
        }

        return best;
    }
}
