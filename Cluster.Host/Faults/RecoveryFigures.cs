using System.Globalization;
using System.Text.Json;
using MathNet.Numerics.Statistics;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Faults;

/// <summary>What several recoveries from one kind of fault come to.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Runs">The recoveries, one or more.</param>
internal sealed record RecoveryFigures(RecoveryFault Fault, IReadOnlyList<RecoveryTimes> Runs)
{

    /// <summary>Names of the columns of <see cref="ToCells"/>.</summary>
    public static readonly string[] Header =
    [
        "fault", "runs", "noticed: median", "worst", "goal", "", "opened: median", "training: median", "worst", "goal", "", "redone: median",
    ];

    /// <summary>A row of a table.</summary>
    public string[] ToCells() =>
    [
        Fault.Name,
        Runs.Count.ToString(CultureInfo.InvariantCulture),
        .. Cells(Runs.Select(run => run.NoticedSeconds), Fault.NoticedGoal),
        Seconds(Statistics.Median(Runs.Select(run => run.OpenedSeconds))),
        .. Cells(Runs.Select(run => run.TrainingSeconds), Fault.TrainingGoal),
        Statistics.Median(Runs.Select(run => (double)run.StepsRedone)).ToString("N0", CultureInfo.InvariantCulture),
    ];

    /// <summary>One JSON object on one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            Fault = Fault.Name,
            NoticedSeconds = Figures(Runs.Select(run => run.NoticedSeconds), Fault.NoticedGoal),
            OpenedSeconds = Runs.Select(run => run.OpenedSeconds),
            TrainingSeconds = Figures(Runs.Select(run => run.TrainingSeconds), Fault.TrainingGoal),
            StepsRedone = Runs.Select(run => run.StepsRedone),
        },
        JsonStyle.SnakeCase);

    private static object Figures(IEnumerable<double> seconds, double goal) =>
        new { Median = Statistics.Median(seconds), Worst = seconds.Max(), Goal = goal, GoalMet = Statistics.Median(seconds) < goal, Runs = seconds };

    private static string[] Cells(IEnumerable<double> seconds, double goal) =>
    [
        Seconds(Statistics.Median(seconds)),
        Seconds(seconds.Max()),
        string.Create(CultureInfo.InvariantCulture, $"< {goal:0.#} s"),
        Statistics.Median(seconds) < goal ? "met" : "MISSED",
    ];

    private static string Seconds(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:F2} s");
}
