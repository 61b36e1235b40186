using System.Diagnostics;

namespace Tessera.Host.Faults;

/// <summary>How a cluster came back after one fault.</summary>
/// <param name="NoticedSeconds">From the fault until its process was given up: see <see cref="Await"/>.</param>
/// <param name="OpenedSeconds">From the fault until all tiles were in a new term, ready to train.</param>
/// <param name="TrainingSeconds">From the fault until an epoch was done that no process had done before training went on.</param>
/// <param name="StepsRedone">Steps of whole epochs that had been done and were done again.</param>
internal readonly record struct RecoveryTimes(double NoticedSeconds, double OpenedSeconds, double TrainingSeconds, long StepsRedone)
{
    /// <summary>Waits until training goes on after a fault that must interrupt it.</summary>
    /// <remarks>
    /// A node is noticed when the coordinator that leads says that it lost the connection; a coordinator when the database gives a term to another
    /// one. Both, and all epochs, are read from what the processes print, so that reading is part of the time.
    /// </remarks>
    /// <param name="timeline">What the processes say.</param>
    /// <param name="from">Events before the fault.</param>
    /// <param name="at">When the fault was brought about; ticks of <see cref="Stopwatch"/>.</param>
    /// <param name="victim">The process that was killed or frozen.</param>
    /// <param name="limit">The longest wait.</param>
    /// <returns>The times, or null where training did not go on in time.</returns>
    public static RecoveryTimes? Await(RunTimeline timeline, int from, long at, string victim, TimeSpan limit)
    {
        if (timeline.Await(from, entry => IsNotice(entry, victim), limit) is not { } noticed
            || timeline.Await(noticed, entry => entry.Kind == TimelineKind.Opened && entry.Process != victim, limit) is not { } opened)
        {
            return null;
        }

        int before = timeline[opened].EpochMax;
        if (timeline.Await(opened, entry => entry.Kind == TimelineKind.EpochDone && entry.Number > before, limit) is not { } trained) { return null; }
        long redone = Math.Max(0, ((long)before * SmallExperiment.StepsPerEpoch) - timeline[opened].Number);
        return new RecoveryTimes(Seconds(at, timeline[noticed].At), Seconds(at, timeline[opened].At), Seconds(at, timeline[trained].At), redone);
    }

    private static bool IsNotice(TimelineEvent entry, string victim) => entry.Process != victim
        && (FaultVictim.IsCoordinator(victim)
            ? entry.Kind == TimelineKind.Leads
            : entry.Kind == TimelineKind.Lost && entry.About == victim && FaultVictim.IsCoordinator(entry.Process));

    private static double Seconds(long from, long to) => Math.Max(0, Stopwatch.GetElapsedTime(from, to).TotalSeconds);
}
