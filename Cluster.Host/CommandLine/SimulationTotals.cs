using System.Globalization;
using Tessera.Coordination.Simulation;

namespace Tessera.Host.CommandLine;

/// <summary>What many simulated runs came to together.</summary>
internal sealed class SimulationTotals
{
    private readonly List<ScenarioReport> _reports = [];

    /// <summary>Seeds that broke something.</summary>
    public int Violations { get; set; }

    /// <summary>Adds a run that held.</summary>
    public void Add(ScenarioReport report) => _reports.Add(report);

    /// <summary>One run as a line.</summary>
    public static string Line(ScenarioReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {report.Seed}: {report.Statistics.Faults} faults, {report.Statistics.Lost} messages lost, {report.Openings} openings, "
        + $"{report.StepsDone} of {report.Steps} steps, {report.VirtualTime.TotalMilliseconds:F0} ms");

    /// <summary>All runs as lines.</summary>
    public IEnumerable<string> Lines(TimeSpan wall)
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{_reports.Count + Violations} seeds in {wall.TotalSeconds:F1} s, {_reports.Sum(report => report.VirtualTime.TotalSeconds):F1} s of virtual time");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"faults: {Sum(report => report.Statistics.Crashes)} crashes, {Sum(report => report.Statistics.Freezes)} freezes, "
            + $"{Sum(report => report.Statistics.Partitions)} partitions, {Sum(report => report.Statistics.ConnectionLosses)} connections lost, "
            + $"{Sum(report => report.Statistics.ServiceTroubles)} troubles of store and control plane, {Sum(report => report.Statistics.ScratchLosses)} scratch losses, "
            + $"{Sum(report => report.Statistics.Damages)} flipped bits");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"messages: {Sum(report => report.Statistics.Sent):N0} sent, {Sum(report => report.Statistics.Lost):N0} lost, "
            + $"{Sum(report => report.Statistics.Duplicated):N0} duplicated, {Sum(report => report.Statistics.Reordered):N0} overtaken");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"members: {Sum(report => report.Statistics.Drains)} drains ({Sum(report => report.Statistics.DrainsEmptied)} emptied in time), "
            + $"{Sum(report => report.Moves)} planned moves, {Sum(report => report.HandOvers)} hand-overs, {Sum(report => report.Resumptions)} lapsed leases that held again");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"training: {Sum(report => report.Steps):N0} steps, {Sum(report => report.StepsDone - report.Steps):N0} done again, "
            + $"{Sum(report => report.Openings):N0} openings, {Sum(report => report.Statistics.Manifests):N0} checkpoints");
        yield return Violations == 0 ? "all invariants hold, every final hash is that of the run without faults" : $"{Violations} seeds broke an invariant";
    }

    private long Sum(Func<ScenarioReport, long> value) => _reports.Sum(value);
}
