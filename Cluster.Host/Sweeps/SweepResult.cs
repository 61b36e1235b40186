using System.Globalization;
using System.Text.Json;

namespace Tessera.Host.Sweeps;

/// <summary>What one run of a sweep came to.</summary>
/// <param name="Combination">Its combination, for instance <c>sgd|EcRam</c>.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Accuracy">Share of test samples classified correctly after the last epoch, 0 to 1.</param>
/// <param name="FinalLoss">Mean loss over the training samples of the last epoch.</param>
/// <param name="SecondsPerEpoch">Time of a training pass, from the median speed of the epochs; never part of a hash.</param>
/// <param name="Hash">Hash of the final state.</param>
/// <param name="Configuration">Hash of the experiment, which tells whether this is still the run that the sweep file asks for.</param>
internal sealed record SweepResult(
    string Combination, ulong Seed, double Accuracy, double FinalLoss, double SecondsPerEpoch, string Hash, string Configuration)
{
    /// <summary>Names of the columns of <see cref="ToCsv"/>.</summary>
    public const string CsvHeader = "combination,seed,accuracy,final_loss,seconds_per_epoch,hash,configuration";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>The result as one line of JSON with the names of the CSV columns.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <summary>The result as one line of CSV; no value holds a comma.</summary>
    public string ToCsv() => string.Create(
        CultureInfo.InvariantCulture, $"{Combination},{Seed},{Accuracy},{FinalLoss},{SecondsPerEpoch:F4},{Hash},{Configuration}");

    /// <summary>Reads what <see cref="ToJson"/> wrote; null where it is something else.</summary>
    public static SweepResult? FromJson(string line)
    {
        try { return JsonSerializer.Deserialize<SweepResult>(line, Options); }
        catch (JsonException) { return null; }
    }
}
