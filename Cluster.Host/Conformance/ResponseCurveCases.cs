using System.Globalization;
using Tessera.Kernels.Configuration;

namespace Tessera.Host.Conformance;

/// <summary>The cases of one device in a file of response curves.</summary>
internal static class ResponseCurveCases
{
    private const string Spread = "spread_";
    private const string Hidden = "hidden_";

    /// <summary>Lists the cases of a device.</summary>
    /// <param name="prefix">Name before the case.</param>
    /// <param name="device">Name of the device.</param>
    /// <param name="golden">Its record.</param>
    /// <param name="train">The pulses.</param>
    public static IEnumerable<ConformanceCase> Of(string prefix, string device, GoldenElement golden, PulseTrain train)
    {
        SpreadCurve curve = new($"{prefix}/{device}", device, golden["params"], train);
        yield return new GranularityCase($"{prefix}/{device}/granularity", device, golden["params"], golden["granularity"]);
        if (golden.Find("nominal") is { } nominal) { yield return new NominalCurveCase($"{prefix}/{device}/nominal", device, golden["nominal_params"], nominal, train); }
        foreach ((string field, GoldenElement value) in golden.Fields)
        {
            if (field.StartsWith(Spread, StringComparison.Ordinal)) { yield return new SpreadCurveCase($"{prefix}/{device}/{field}", curve, value, Devices(field, value), train); }
            else if (field.StartsWith(Hidden, StringComparison.Ordinal)) { yield return new HiddenMomentsCase($"{prefix}/{device}/{field}", curve, value, Devices(field, value)); }
        }
    }

    /// <summary>The count behind a field such as <c>spread_20x200</c>.</summary>
    private static int Devices(string field, GoldenElement value)
    {
        string[] sizes = field[(field.IndexOf('_') + 1)..].Split('x');
        return sizes.Length == 2
            && int.TryParse(sizes[0], NumberStyles.None, CultureInfo.InvariantCulture, out int rows)
            && int.TryParse(sizes[1], NumberStyles.None, CultureInfo.InvariantCulture, out int columns)
            && rows * columns > 1
            ? rows * columns
            : throw new Coordination.Data.DataException($"{value.Path}: expected the size of the tile behind the name, such as spread_20x200. Fetch the golden folder again.");
    }
}

/// <summary>Our side of the curves with all variations on, taken once for the cases that look at it.</summary>
/// <param name="name">Name that the address follows from.</param>
/// <param name="device">Name of the device.</param>
/// <param name="fields">Its parameters.</param>
/// <param name="train">The pulses.</param>
internal sealed class SpreadCurve(string name, string device, GoldenElement fields, PulseTrain train)
{
    private const int Rows = 160;
    private const int Columns = 200;
    private readonly object _gate = new();
    private Measured? _measured;

    /// <summary>The moments over devices at every record, and those of the hidden parameters in the end.</summary>
    /// <exception cref="CaseRefusedException">The program refuses the device.</exception>
    public Measured Take()
    {
        lock (_gate) { return _measured ??= Measure(); }
    }

    private Measured Measure()
    {
        using CaseTile tile = new(name, GoldenConfig.Device(device, fields), PulseTrain.OnePulse, Rows, Columns);
        bool hasPersistent = tile.Devices.HiddenParameterNames.Contains("persistent_weights");
        List<CellMoments> visible = [];
        List<CellMoments> persistent = [];
        float[] weights = new float[Rows * Columns];
        train.Send(tile, Math.Max(1, tile.Devices.WeightGranularity), _ =>
        {
            tile.Weights.CopyTo(weights);
            visible.Add(CellMoments.Of(weights));
            if (hasPersistent) { persistent.Add(CellMoments.Of(tile.Hidden("persistent_weights"))); }
        });
        Dictionary<string, CellMoments> hidden = [];
        foreach (string parameter in tile.Devices.HiddenParameterNames) { hidden.Add(parameter, CellMoments.Of(tile.Hidden(parameter))); }
        return new Measured(visible, persistent, hidden);
    }

    /// <summary>What was measured.</summary>
    /// <param name="Visible">[record] moments of the visible weights.</param>
    /// <param name="Persistent">[record] moments of the persistent weights; empty without write noise.</param>
    /// <param name="Hidden">Moments of the hidden parameters after the train.</param>
    public sealed record Measured(List<CellMoments> Visible, List<CellMoments> Persistent, Dictionary<string, CellMoments> Hidden);
}

/// <summary>Mean and standard deviation over devices along the curve.</summary>
/// <param name="name">Name of the case.</param>
/// <param name="curve">Our side.</param>
/// <param name="golden">The golden side.</param>
/// <param name="devices">Devices behind it.</param>
/// <param name="train">The pulses.</param>
internal sealed class SpreadCurveCase(string name, SpreadCurve curve, GoldenElement golden, int devices, PulseTrain train)
    : ConformanceCase(name, (golden.Has("persistent_mean") ? 4 : 2) * train.Points)
{
    /// <inheritdoc/>
    public override CaseResult Run(double limit)
    {
        SpreadCurve.Measured measured = curve.Take();
        Comparison comparison = new(limit);
        Compare(comparison, "", measured.Visible);
        if (golden.Has("persistent_mean"))
        {
            if (measured.Persistent.Count == 0) { return CaseResult.Fail("there are no persistent weights; expected them where write noise is on"); }
            Compare(comparison, "persistent_", measured.Persistent);
        }

        return comparison.Result();
    }

    private void Compare(Comparison comparison, string prefix, List<CellMoments> own)
    {
        double[] mean = golden[$"{prefix}mean"].Vector(train.Points);
        double[] deviation = golden[$"{prefix}std"].Vector(train.Points);
        int digits = Printed.Digits(golden[$"{prefix}mean"]);
        for (int point = 0; point < train.Points; point++)
        {
            double largest = Math.Max(Math.Abs(mean[point]), deviation[point]);
            double rounding = Printed.Half(largest, digits) + (Math.Pow(2, -23) * largest * (train.PulsesAt(point) + 1));
            comparison.Cell($"{prefix}weight after {train.PulsesAt(point)} pulses", own[point], mean[point], deviation[point], devices, rounding);
        }
    }
}

/// <summary>Mean and standard deviation of the hidden parameters of the tile of a curve.</summary>
/// <param name="name">Name of the case.</param>
/// <param name="curve">Our side.</param>
/// <param name="golden">The golden side.</param>
/// <param name="devices">Devices behind it.</param>
internal sealed class HiddenMomentsCase(string name, SpreadCurve curve, GoldenElement golden, int devices) : ConformanceCase(name, 2 * golden.Fields.Count())
{
    /// <inheritdoc/>
    public override CaseResult Run(double limit)
    {
        SpreadCurve.Measured measured = curve.Take();
        Comparison comparison = new(limit);
        foreach ((string parameter, GoldenElement statistics) in golden.Fields)
        {
            if (!measured.Hidden.TryGetValue(parameter, out CellMoments own))
            {
                return CaseResult.Fail($"there is no hidden parameter {parameter}; this device has {string.Join(", ", measured.Hidden.Keys)}");
            }

            double mean = statistics["mean"].Number();
            double deviation = statistics["std"].Number();

            // Persistent weights are drawn pulse by pulse, everything else at construction.
            double largest = Math.Max(Math.Abs(mean), deviation);
            double rounding = Printed.Half(largest, Math.Max(Printed.Digits(statistics["mean"]), Printed.Digits(statistics["std"]))) + (Math.Pow(2, -22) * largest);
            comparison.Cell(parameter, own, mean, deviation, devices, rounding, tableBias: parameter == "persistent_weights");
        }

        return comparison.Result();
    }
}

/// <summary>The curve without any variation: the same for every device, exact but for rounding.</summary>
/// <param name="name">Name of the case.</param>
/// <param name="device">Name of the device.</param>
/// <param name="fields">Its parameters.</param>
/// <param name="golden">The golden side.</param>
/// <param name="train">The pulses.</param>
internal sealed class NominalCurveCase(string name, string device, GoldenElement fields, GoldenElement golden, PulseTrain train) : ConformanceCase(name, train.Points)
{
    private const int Columns = 4;

    /// <inheritdoc/>
    public override CaseResult Run(double limit)
    {
        double[] mean = golden["mean"].Vector(train.Points);
        using CaseTile tile = new(Name, GoldenConfig.Device(device, fields), PulseTrain.OnePulse, 1, Columns);
        Comparison comparison = new(limit);
        double largest = mean.Max(Math.Abs);
        int digits = Printed.Digits(golden["mean"]);
        train.Send(tile, Math.Max(1, tile.Devices.WeightGranularity), point =>
        {
            // Each pulse rounds to half a unit in the last place on both sides, always the same way in the worst case.
            double rounding = (Math.Pow(2, -23) * largest * (train.PulsesAt(point) + 1)) + Printed.Half(mean[point], digits);
            foreach (float weight in tile.Weights.Row(0)) { comparison.Value($"weight after {train.PulsesAt(point)} pulses", weight, mean[point], rounding); }
            comparison.NoticeMean(rounding, mean[point]);
        });
        return comparison.Result();
    }
}

/// <summary>The weight change of one mean pulse.</summary>
/// <param name="name">Name of the case.</param>
/// <param name="device">Name of the device.</param>
/// <param name="fields">Its parameters.</param>
/// <param name="golden">The golden side.</param>
internal sealed class GranularityCase(string name, string device, GoldenElement fields, GoldenElement golden) : ConformanceCase(name, 1)
{
    /// <inheritdoc/>
    public override CaseResult Run(double limit)
    {
        using CaseTile tile = new(Name, GoldenConfig.Device(device, fields), new UpdateParameters(), 1, 1);
        Comparison comparison = new(limit);
        GoldenElement printed = golden["weight_granularity"];
        double expected = printed.Vector()[0];
        double rounding = Math.Max(1e-6 * Math.Abs(expected), Printed.Half(expected, Printed.Digits(printed)));
        comparison.Value("weight_granularity", tile.Devices.WeightGranularity, expected, rounding);
        comparison.NoticeMean(rounding, expected);
        return comparison.Result();
    }
}
