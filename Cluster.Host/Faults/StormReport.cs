using System.Globalization;
using System.Text.Json;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Faults;

/// <summary>What a storm comes to. Its hash is that of the run without faults and its store is sound, or there is no report.</summary>
/// <param name="Settings">The storm.</param>
/// <param name="Kills">The kills.</param>
/// <param name="Hash">Hash of the final state.</param>
/// <param name="Steps">Steps of the run that were done in the storm, those done again counted once.</param>
/// <param name="FaultFree">Steps per second of the same cluster without faults, before the storm.</param>
/// <param name="Afterwards">Steps per second of this cluster after the storm; null where the run ended at once.</param>
internal sealed record StormReport(StormSettings Settings, IReadOnlyList<StormKill> Kills, string Hash, long Steps, double FaultFree, double? Afterwards)
{
    /// <summary>Least useful work.</summary>
    public const double Goal = 0.5;


    /// <summary>Steps per second in the storm.</summary>
    public double StepsPerSecond => Steps / Settings.Length.TotalSeconds;

    /// <summary>Speed in the storm over speed without faults.</summary>
    public double UsefulWork => StepsPerSecond / FaultFree;

    /// <summary>Lines for a person.</summary>
    public IEnumerable<string> ToLines()
    {
        yield return $"hash: {Hash}, that of the run without faults; the store is sound";
        string after = Afterwards is { } rate ? string.Create(CultureInfo.InvariantCulture, $", {rate:F1} after it") : "";
        yield return string.Create(
            CultureInfo.InvariantCulture, $"steps per second: {StepsPerSecond:F1} in the storm, {FaultFree:F1} without faults before it{after}");
        string verdict = UsefulWork >= Goal ? "met" : "MISSED";
        yield return string.Create(CultureInfo.InvariantCulture, $"useful work: {UsefulWork:F2}, goal >= {Goal:F2} {verdict}");
    }

    /// <summary>One JSON object on one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            Settings.Seed,
            Settings.Nodes,
            Seconds = Settings.Length.TotalSeconds,
            EverySeconds = Settings.Every.TotalSeconds,
            Kills,
            Hash,
            Steps,
            StepsPerSecond,
            FaultFreeStepsPerSecond = FaultFree,
            AfterwardsStepsPerSecond = Afterwards,
            UsefulWork,
            Goal,
            GoalMet = UsefulWork >= Goal,
        },
        JsonStyle.SnakeCase);
}
