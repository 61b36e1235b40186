using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Bench;

/// <summary>
/// One measured line. <see cref="Ratio"/> compares with a limit that was measured in the same run (or, where there is none, with the goal);
/// for rates larger is better, for times smaller is better.
/// </summary>
/// <param name="Op">What was measured, for instance <c>gemm.forward</c>.</param>
/// <param name="Device">Device model, or null.</param>
/// <param name="N">Rows and columns of the tile, the length of a stream, the nodes of a cluster, or the bytes of a frame.</param>
/// <param name="Batch">Vectors.</param>
/// <param name="Threads">Threads that ran the operation at once, each on its own tile.</param>
/// <param name="Density">Mean pulses per crosspoint and sample, or null.</param>
/// <param name="Value">The measurement.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Limit">The limit measured in the same run, in the same unit, or null.</param>
/// <param name="Ratio">Value over limit, or null.</param>
/// <param name="Goal">What the ratio (or, without limit, the value) should reach, or null.</param>
internal sealed record BenchResult(
    string Op,
    string? Device,
    int N,
    int Batch,
    int Threads,
    double? Density,
    double Value,
    string Unit,
    double? Limit,
    double? Ratio,
    double? Goal)
{
    /// <summary>Whether a larger figure is a better one.</summary>
    [JsonIgnore]
    public bool LargerIsBetter { get; init; }

    /// <summary>Whether the goal is met; null without one.</summary>
    [JsonIgnore]
    public bool? GoalMet => Goal is not { } goal ? null : LargerIsBetter ? (Ratio ?? Value) >= goal : (Ratio ?? Value) <= goal;

    /// <summary>One JSON object on one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonStyle.SnakeCase);

    /// <summary>One aligned line for a person.</summary>
    public string ToText()
    {
        var what = $"{Op,-24} {Device,-30} n={N,-5} batch={Batch,-4} threads={Threads}";
        var density = Density is { } d ? $" density={d.ToString("G3", CultureInfo.InvariantCulture),-6}" : string.Empty;
        var limit = Limit is { } l ? $"  limit {Format(l)}" : string.Empty;
        var ratio = Ratio is { } r ? $"  ratio {r.ToString("F3", CultureInfo.InvariantCulture)}" : string.Empty;
        var verdict = GoalMet switch { true => "met", false => "MISSED", null => string.Empty };
        var goal = Goal is { } g ? $"  goal {(LargerIsBetter ? ">=" : "<=")} {g.ToString("G3", CultureInfo.InvariantCulture)} {verdict}" : string.Empty;
        return $"{what}{density}  {Format(Value),10} {Unit}{limit}{ratio}{goal}";
    }

    private static string Format(double value) => value.ToString(value >= 100 ? "F1" : "G4", CultureInfo.InvariantCulture);
}
