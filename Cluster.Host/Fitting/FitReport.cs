using System.Globalization;
using System.Text;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Fitting;

/// <summary>A fit as lines for a person, and as a file that is an experiment by itself.</summary>
internal static class FitReport
{
    /// <summary>Noise of readings below so many standard errors is not written.</summary>
    private const double Significance = 3;

    /// <summary>One line a field.</summary>
    public static IEnumerable<string> Lines(FitResult fit)
    {
        foreach (FittedEstimate field in fit.Fields)
        {
            for (int item = 0; item < field.Values.Length; item++)
            {
                string name = field.Values.Length == 1 ? field.Name : $"{field.Name}[{item}]";
                yield return Line(name, field.Values[item], fit.Undetermined.Contains(field.Name) ? "the data leave it open; taken from the range measured" : "held");
            }
        }

        yield return Line("dw_min_std", fit.CycleNoise, "");
        yield return Line("read noise", fit.ReadNoise, "");
    }

    /// <summary>The device as YAML, with the standard errors as comments.</summary>
    /// <param name="fit">The fit.</param>
    /// <param name="source">What was fitted, in a few words.</param>
    public static string Yaml(FitResult fit, string source)
    {
        SourceMark mark = new("fit");
        ConfigMap device = new(mark, []);
        device.Set(ConfigSchema.TypeKey, new ConfigScalar(mark, fit.Law.Device, IsQuoted: true));
        foreach (FittedEstimate field in fit.Fields)
        {
            ConfigNode[] items = [.. field.Values.Select(estimate => new ConfigScalar(mark, Number(estimate.Value)))];
            device.Set(field.Name, items.Length == 1 ? items[0] : new ConfigSequence(mark, [.. items]));
        }

        foreach ((string name, string value) in fit.Law.Settings(fit.Values)) { device.Set(name, new ConfigScalar(mark, value)); }
        device.Set("dw_min_std", new ConfigScalar(mark, fit.CycleNoise.Value < 1e-4 ? "0" : Number(fit.CycleNoise.Value)));
        if (HasReadNoise(fit)) { device.Set("write_noise_std", new ConfigScalar(mark, Number(fit.ReadNoise.Value / fit.Fields[0].Values[0].Value))); }
        foreach (string spread in fit.Law.Spreads) { device.Set(spread, new ConfigScalar(mark, "0")); }
        ConfigMap root = new(mark, []);
        ConfigMap physics = new(mark, []);
        physics.Set("device", device);
        root.Set("rpu_config", physics);

        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# {fit.Law.Device} fitted to {source}\n");
        text.Append("# One device was measured: spreads between devices are 0. This file is an experiment by itself; or copy device: into yours.\n#\n");
        foreach (string line in Lines(fit)) { text.Append("# ").Append(line).Append('\n'); }
        return text.Append(ConfigYaml.Write(root)).ToString();
    }

    private static bool HasReadNoise(FitResult fit) =>
        fit.ReadNoise.Error is { } error && fit.ReadNoise.Value > Significance * error && fit.ReadNoise.Value > 1e-3 * fit.Fields[0].Values[0].Value;

    private static string Line(string name, Estimate estimate, string open)
    {
        string value = string.Create(CultureInfo.InvariantCulture, $"{name,-18} {estimate.Value,13:G6}");
        if (estimate.Error is not { } error) { return $"{value} ({open})"; }
        return double.IsFinite(error) ? string.Create(CultureInfo.InvariantCulture, $"{value} +- {error:G2}") : $"{value} +- unknown";
    }

    private static string Number(double value) => ((float)value).ToString(CultureInfo.InvariantCulture);
}
