using System.Globalization;
using Tessera.Kernels.Configuration;

namespace Tessera.Host.Conformance;

/// <summary>Distribution of the hidden parameters of one device: names and their order, mean, standard deviation, extremes and quantiles.</summary>
/// <param name="name">Name of the case.</param>
/// <param name="device">Name of the device in the file; null leaves the choice to the fields.</param>
/// <param name="golden">Its record.</param>
/// <param name="cells">Devices behind the golden figures.</param>
/// <param name="columns">Columns of their tile; ours has as many, since the last one is another where the bias is perfect.</param>
/// <param name="quantiles">Probabilities of the quantiles.</param>
internal sealed class HiddenParameterCase(string name, string? device, GoldenElement golden, int cells, int columns, double[] quantiles)
    : ConformanceCase(name, golden["hidden"].Fields.Count() * (4 + quantiles.Length))
{
    private const int CellsOfOurs = 360_000;

    // Hidden parameters that hold what the weights were set to; in a unit cell their names end in the number of the device.
    private static readonly string[] OfWeights = ["persistent_weights", "hidden_weights"];

    private int Rows => CellsOfOurs / columns;

    /// <summary>What a case says about hidden parameters that are not those of the file.</summary>
    public static string WrongNames(IEnumerable<string> names, IEnumerable<string> expected) =>
        $"the hidden parameters are {string.Join(", ", names)}; expected {string.Join(", ", expected)}, in this order";

    /// <inheritdoc/>
    public override CaseResult Run(double limit)
    {
        GoldenElement hidden = golden["hidden"];
        using CaseTile tile = new(Name, GoldenConfig.Device(device, golden["params"]), new UpdateParameters(), Rows, columns);
        List<string> expected = [.. hidden.Fields.Select(field => field.Name)];
        if (!expected.SequenceEqual(tile.Devices.HiddenParameterNames))
        {
            return CaseResult.Fail(WrongNames(tile.Devices.HiddenParameterNames, expected));
        }

        // A fresh tile of aihwkit holds uniform weights, which its devices see as if they were set.
        if (expected.Any(parameter => OfWeights.Any(start => parameter.StartsWith(start, StringComparison.Ordinal)))) { tile.SetWeights(UniformWeights(), 0); }
        Comparison comparison = new(limit);

        // A quotient of two Gaussians has no spread; its quantiles are what can be compared.
        double worstSpread = 0;
        foreach ((string parameter, GoldenElement statistics) in hidden.Fields)
        {
            float[] values = tile.Hidden(parameter);
            Array.Sort(values);
            double spread = statistics["std"].Number();
            if (spread == 0) { Constant(comparison, parameter, values, statistics); }
            else if (Distribution(comparison, parameter, values, statistics) is < 1 and double noticed) { worstSpread = Math.Max(worstSpread, noticed); }
        }

        if (worstSpread > 0) { comparison.SpreadsNoticedFrom(worstSpread); }
        return comparison.Result();
    }

    /// <summary>What the printed digits and 32 bits leave open.</summary>
    private static double Rounding(GoldenElement statistics)
    {
        double largest = Math.Max(Math.Abs(statistics["mean"].Number()), statistics["std"].Number());
        return Printed.Half(largest, statistics.Fields.Max(field => Printed.Digits(field.Value))) + (Math.Pow(2, -22) * largest);
    }

    private static void Constant(Comparison comparison, string parameter, float[] values, GoldenElement statistics)
    {
        double mean = statistics["mean"].Number();
        double rounding = Rounding(statistics);
        comparison.Value($"min {parameter}", values[0], mean, rounding);
        comparison.Value($"max {parameter}", values[^1], mean, rounding);
        comparison.NoticeMean(rounding, mean);
    }

    /// <summary>Compares a spread parameter.</summary>
    /// <returns>The smallest relative error of its spread that would be noticed.</returns>
    private double Distribution(Comparison comparison, string parameter, float[] values, GoldenElement statistics)
    {
        CellMoments own = CellMoments.Of(values);
        double mean = statistics["mean"].Number();
        double deviation = statistics["std"].Number();

        // Construction draws from a generator without a table; only sampling and printed digits separate the two.
        double rounding = Rounding(statistics);
        comparison.Cell(parameter, own, mean, deviation, cells, rounding, tableBias: false);
        CellMoments shape = Tolerance.Shape(own, deviation, 0);
        double spreadBound = Tolerance.OfDeviation(comparison.Limit, shape, cells, own.Deviation, deviation, tableBias: false) + rounding;
        Extreme(comparison, $"min {parameter}", values, statistics["min"].Number(), rounding, below: true);
        Extreme(comparison, $"max {parameter}", values, statistics["max"].Number(), rounding, below: false);
        double[] golden = statistics["q"].Vector(quantiles.Length);
        for (int k = 0; k < quantiles.Length; k++) { Quantile(comparison, parameter, values, golden[k], quantiles[k], rounding); }
        return spreadBound / deviation;
    }

    /// <summary>If both are samples of one distribution, each of our values beyond the golden extreme costs a factor own/(own + golden).</summary>
    private void Extreme(Comparison comparison, string where, float[] sorted, double extreme, double rounding, bool below)
    {
        int beyond = below ? CountBelow(sorted, extreme - rounding) : sorted.Length - CountBelow(sorted, extreme + rounding);
        double chance = Math.Pow(sorted.Length / (double)(sorted.Length + cells), beyond);
        comparison.Deviation(where, below ? sorted[0] : sorted[^1], extreme, Tolerance.DeviationOf(chance));
    }

    /// <summary>The share of our values up to the golden quantile is binomial, whatever the distribution.</summary>
    private void Quantile(Comparison comparison, string parameter, float[] sorted, double value, double probability, double rounding)
    {
        double least = CountBelow(sorted, value - rounding) / (double)sorted.Length;
        double most = CountBelow(sorted, value + rounding) / (double)sorted.Length;
        double nearest = Math.Clamp(probability, least, most);
        double deviation = Math.Sqrt(probability * (1 - probability) * ((1.0 / cells) + (1.0 / sorted.Length)));

        // The golden quantile lies between two of its own values.
        double off = Math.Max(Math.Abs(nearest - probability) - (1.0 / cells), 0);
        comparison.Deviation(
            string.Create(CultureInfo.InvariantCulture, $"share below quantile {probability} of {parameter}"), nearest, probability, off / deviation);
    }

    private static int CountBelow(float[] sorted, double value)
    {
        int low = 0;
        int high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle] < value) { low = middle + 1; }
            else { high = middle; }
        }

        return low;
    }

    /// <summary>Evenly spread values in [-0.1, 0.1), in an order that has nothing to do with the devices.</summary>
    private float[] UniformWeights()
    {
        const double GoldenRatio = 0.6180339887498949;
        float[] weights = new float[Rows * columns];
        for (int cell = 0; cell < weights.Length; cell++)
        {
            double place = (cell + 0.5) * GoldenRatio;
            weights[cell] = (float)((0.2 * (place - Math.Floor(place))) - 0.1);
        }

        return weights;
    }
}
