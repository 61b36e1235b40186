namespace Tessera.Host.Fitting;

/// <summary>
/// The step falls exponentially with the weight. Scale and offset of the exponent, <c>a</c> and <c>b</c>, only rename the other parameters, so they
/// keep aihwkit's defaults unless they are given.
/// </summary>
internal sealed class ExpStepFit : StepLaw
{
    private const double DefaultScale = 0.244;
    private const double DefaultOffset = 0.2425;

    /// <inheritdoc/>
    public override string Device => "ExpStepDevice";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names { get; } = ["up", "down", "A_up", "A_down", "gamma_up", "gamma_down", "w_max", "w_min", "a", "b"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Held => ["a", "b"];

    /// <inheritdoc/>
    public override double[] Start(ObservedSteps steps, IReadOnlyDictionary<string, double> held)
    {
        double most = held.GetValueOrDefault("w_max", steps.Most);
        double least = held.GetValueOrDefault("w_min", steps.Least);
        double scale = held.GetValueOrDefault("a", DefaultScale);
        double offset = held.GetValueOrDefault("b", DefaultOffset);
        (double up, double upShare, double upRate) = Best(steps, isDown: false);
        (double down, double downShare, double downRate) = Best(steps, isDown: true);
        double gammaUp = upRate * (most - least) / (2 * scale);
        double gammaDown = -downRate * (most - least) / (2 * scale);
        return [up, down, upShare * Math.Exp(-gammaUp * offset), downShare * Math.Exp(gammaDown * offset), gammaUp, gammaDown, most, least, scale, offset];
    }

    /// <inheritdoc/>
    public override double Step(bool isDown, double weight, double[] values)
    {
        double z = (2 * weight / (values[6] - values[7]) * values[8]) + values[9];
        return isDown
            ? values[1] * Math.Max(1 - (values[3] * Math.Exp(-values[5] * z)), 0)
            : values[0] * Math.Max(1 - (values[2] * Math.Exp(values[4] * z)), 0);
    }

    /// <inheritdoc/>
    public override IEnumerable<FittedField> Fields(double[] values) =>
    [
        .. Common(values),
        new FittedField("A_up", [values[2]]),
        new FittedField("A_down", [values[3]]),
        new FittedField("gamma_up", [values[4]]),
        new FittedField("gamma_down", [values[5]]),
        new FittedField("a", [values[8]]),
        new FittedField("b", [values[9]]),
    ];

    /// <summary>step (1 - share exp(rate w)): linear but for the rate, which is searched.</summary>
    private static (double Step, double Share, double Rate) Best(ObservedSteps steps, bool isDown)
    {
        (double Step, double Share, double Rate) best = (steps.Moving(isDown).Average(point => point.Step), 0.01, (isDown ? -1 : 1) * 2 / steps.Range);
        double bestError = double.PositiveInfinity;
        for (int k = 0; k < 60; k++)
        {
            double size = 0.2 / steps.Range * Math.Pow(1.1, k);
            foreach (double rate in new[] { size, -size })
            {
                (double constant, double factor, double error) = steps.Regress(isDown, _ => 1, weight => Math.Exp(rate * weight));
                if (!(constant > 0) || error >= bestError) { continue; }
                bestError = error;
                best = (constant, -factor / constant, rate);
            }
        }

        return best;
    }
}

/// <summary>The step is linear between nodes that divide the range evenly.</summary>
/// <param name="nodes">Nodes of each direction, 2 or more.</param>
internal sealed class PiecewiseStepFit(int nodes) : StepLaw
{
    // Relative to the steps up and down, which repeat the middle nodes and are held for that reason.
    private readonly int _up = 4;
    private readonly int _down = 4 + nodes;

    /// <inheritdoc/>
    public override string Device => "PiecewiseStepDevice";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names { get; } =
    [
        "up", "down", "w_max", "w_min",
        .. Enumerable.Range(0, nodes).Select(node => $"piecewise_up[{node}]"),
        .. Enumerable.Range(0, nodes).Select(node => $"piecewise_down[{node}]"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Held => ["up", "down"];

    /// <inheritdoc/>
    public override double[] Start(ObservedSteps steps, IReadOnlyDictionary<string, double> held)
    {
        double[] values = new double[Names.Count];
        values[2] = held.GetValueOrDefault("w_max", steps.Most);
        values[3] = held.GetValueOrDefault("w_min", steps.Least);
        (double up, double upSlope) = steps.Line(isDown: false);
        (double down, double downSlope) = steps.Line(isDown: true);
        values[0] = Math.Abs(up);
        values[1] = values[0];
        for (int node = 0; node < nodes; node++)
        {
            double weight = values[3] + ((values[2] - values[3]) * node / (nodes - 1));
            values[_up + node] = Math.Max(up + (upSlope * weight), 0.05 * Math.Abs(up)) / values[0];
            values[_down + node] = Math.Max(down + (downSlope * weight), 0.05 * Math.Abs(down)) / values[0];
        }

        return values;
    }

    /// <inheritdoc/>
    public override double Step(bool isDown, double weight, double[] values)
    {
        double place = Math.Max((weight - values[3]) / (values[2] - values[3]) * (nodes - 1), 0);
        int section = Math.Min((int)Math.Min(place, nodes), nodes - 2);
        double part = Math.Min(place - section, 1);
        int at = (isDown ? _down : _up) + section;
        return values[isDown ? 1 : 0] * (((1 - part) * values[at]) + (part * values[at + 1]));
    }

    /// <inheritdoc/>
    public override IEnumerable<FittedField> Fields(double[] values)
    {
        // The middle node of up steps is 1, so that dw_min is the granularity of the device.
        double middle = values[0] * values[_up + (nodes / 2)];
        yield return new FittedField("dw_min", [middle]);
        yield return new FittedField("w_max", [values[2]]);
        yield return new FittedField("w_min", [values[3]]);
        yield return new FittedField("piecewise_up", [.. Enumerable.Range(0, nodes).Select(node => values[0] * values[_up + node] / middle)]);
        yield return new FittedField("piecewise_down", [.. Enumerable.Range(0, nodes).Select(node => values[1] * values[_down + node] / middle)]);
    }
}
