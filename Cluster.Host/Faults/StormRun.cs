using System.Diagnostics;

namespace Tessera.Host.Faults;

/// <summary>
/// Trains in a cluster whose processes are killed one after another and started again, and compares the end and the speed with runs where nothing fails.
/// </summary>
internal sealed class StormRun : IDisposable
{
    private const int EverySteps = 100; // between checkpoints
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MeasuredMax = TimeSpan.FromSeconds(30);
    private readonly FaultStage _stage = new();
    private readonly StormSettings _settings;
    private readonly Action<string> _tell;
    private readonly Action<StormKill> _onKill;

    private StormRun(StormSettings settings, Action<string> tell, Action<StormKill> onKill)
    {
        _settings = settings;
        _tell = tell;
        _onKill = onKill;
    }

    /// <summary>Runs a storm.</summary>
    /// <param name="settings">The storm.</param>
    /// <param name="tell">Takes remarks on what is going on.</param>
    /// <param name="onKill">Takes every kill, when it is clear what came of it.</param>
    /// <exception cref="FaultException">The hash differs, the store is not sound, or the cluster did not come back.</exception>
    public static StormReport Execute(StormSettings settings, Action<string> tell, Action<StormKill> onKill)
    {
        using StormRun run = new(settings, tell, onKill);
        double faultFree = run.MeasureFaultFree();
        for (int epochs = settings.EpochsFor(faultFree); ; epochs *= 2)
        {
            tell(FormattableString.Invariant(
                $"without faults: {faultFree:F1} steps per second; the run has {epochs:N0} epochs of {SmallExperiment.StepsPerEpoch} steps"));
            if (run.Storm(faultFree, epochs) is { } report) { return report; }
            tell("the run ended before the storm, since the machine was busier when its speed was measured; once more, twice as long");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stage.Dispose();

    /// <summary>Steps per second of such a cluster once its code is compiled.</summary>
    private double MeasureFaultFree()
    {
        using TimedCluster cluster = _stage.Owning(new TimedCluster(_stage.Server, FaultlessRun.Endless(NewFolder("endless"), EverySteps), _settings.Nodes));
        cluster.Start();
        WaitUntil(Stopwatch.GetTimestamp(), WarmUp);
        long start = Stopwatch.GetTimestamp();
        WaitUntil(start, _settings.Length < MeasuredMax ? _settings.Length : MeasuredMax);
        return Rate(cluster.Timeline, start, Stopwatch.GetTimestamp());
    }

    /// <summary>The storm, or null where the run ended before it.</summary>
    private StormReport? Storm(double faultFree, int epochs)
    {
        FaultlessRun reference = FaultlessRun.Train(NewFolder(FormattableString.Invariant($"storm-{epochs}")), epochs, EverySteps);
        using TimedCluster cluster = _stage.Owning(new TimedCluster(_stage.Server, reference, _settings.Nodes));
        cluster.Start();
        List<StormKill> kills = [];
        KillMark? last = null;
        long start = Stopwatch.GetTimestamp();
        for (int kill = 0; kill < _settings.Kills; kill++)
        {
            WaitUntil(start, _settings.DueAt(kill));
            Conclude(cluster.Timeline, last, start, kills);
            if (!IsGoing(cluster, epochs)) { return null; }
            last = Strike(cluster, _settings.VictimOf(kill));
        }

        WaitUntil(start, _settings.Length);
        long end = Stopwatch.GetTimestamp();
        Conclude(cluster.Timeline, last, start, kills);
        if (!IsGoing(cluster, epochs)) { return null; }
        long steps = (long)(cluster.Timeline.EpochsAt(end) - cluster.Timeline.EpochsAt(start)) * SmallExperiment.StepsPerEpoch;
        _tell(FormattableString.Invariant(
            $"the storm is over: {steps:N0} steps, {steps / _settings.Length.TotalSeconds / faultFree:F2} of those without faults; the run goes on to its end"));
        cluster.AwaitSameHash(epochs, _settings.TermsMax);
        return new StormReport(_settings, kills, reference.Hash, steps, faultFree, Afterwards(cluster.Timeline, end, epochs));
    }

    private static bool IsGoing(TimedCluster cluster, int epochs) => cluster.Timeline.EpochsAt(long.MaxValue) < epochs;

    private static KillMark Strike(TimedCluster cluster, string victim)
    {
        RunTimeline timeline = cluster.Timeline;
        string leader = cluster.Leader;
        long tiles = cluster.TilesOf(victim);
        string part = victim == leader ? "leads" : FaultVictim.IsCoordinator(victim) ? "stands by" : tiles == 1 ? "hosts 1 tile" : $"hosts {tiles} tiles";
        KillMark mark = new(0, timeline.Count, 0, victim, part, victim == leader || tiles > 0, timeline.EpochsAt(long.MaxValue));
        mark = mark with { At = cluster.Kill(victim), Reborn = timeline.Count }; // all that it said has been read
        cluster.Restart(victim);
        return mark;
    }

    private void Conclude(RunTimeline timeline, KillMark? mark, long start, List<StormKill> kills)
    {
        if (mark is not { } kill) { return; }
        StormKill concluded = StormKill.Of(timeline, kill, start, timeline.Count);
        kills.Add(concluded);
        _onKill(concluded);
    }

    private static double? Afterwards(RunTimeline timeline, long end, int epochs)
    {
        long from = end + (long)(WarmUp.TotalSeconds * Stopwatch.Frequency);
        long to = timeline.Last(entry => entry.Kind == TimelineKind.EpochDone && entry.Number == epochs)?.At ?? from;
        return Stopwatch.GetElapsedTime(from, to) >= WarmUp ? Rate(timeline, from, to) : null;
    }

    private static double Rate(RunTimeline timeline, long from, long to) =>
        (timeline.EpochsAt(to) - timeline.EpochsAt(from)) * SmallExperiment.StepsPerEpoch / Stopwatch.GetElapsedTime(from, to).TotalSeconds;

    private static void WaitUntil(long start, TimeSpan due)
    {
        TimeSpan left = due - Stopwatch.GetElapsedTime(start);
        if (left > TimeSpan.Zero) { Thread.Sleep(left); }
    }

    private string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_stage.Folder, name)).FullName;
}
