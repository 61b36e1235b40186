using System.Diagnostics;
using System.Globalization;

namespace Tessera.Host.Faults;

/// <summary>A kill of a storm and what came of it.</summary>
/// <param name="AtSeconds">When, from the beginning of the storm.</param>
/// <param name="Victim">Who was killed.</param>
/// <param name="Part">What it did: <c>leads</c>, <c>stands by</c>, <c>hosts N tiles</c>.</param>
/// <param name="TrainingSeconds">From the kill until an epoch was done that no process had done before; null where that was not before the next kill.</param>
/// <param name="StepsRedone">Steps of whole epochs that had been done and were done again.</param>
internal sealed record StormKill(double AtSeconds, string Victim, string Part, double? TrainingSeconds, long StepsRedone)
{
    /// <summary>Reads what came of a kill from what the processes said.</summary>
    /// <param name="timeline">What they said.</param>
    /// <param name="kill">The kill.</param>
    /// <param name="start">Beginning of the storm; ticks of <see cref="Stopwatch"/>.</param>
    /// <param name="until">Index of the first event that belongs to the next kill.</param>
    public static StormKill Of(RunTimeline timeline, in KillMark kill, long start, int until)
    {
        int? trained;
        long redone = 0;
        if (kill.MustInterrupt)
        {
            string victim = kill.Victim;
            int? opened = timeline.Find(kill.From, entry => entry.Kind == TimelineKind.Opened && entry.Process != victim);
            int? byItself = timeline.Find(kill.Reborn, entry => entry.Kind == TimelineKind.Opened && entry.Process == victim);
            if (byItself < (opened ?? int.MaxValue)) { opened = byItself; }
            int before = opened is { } index ? timeline[index].EpochMax : 0;
            trained = opened is { } begun ? timeline.Find(begun, entry => entry.Kind == TimelineKind.EpochDone && entry.Number > before) : null;
            if (opened is { } again && again < until) { redone = Math.Max(0, ((long)before * SmallExperiment.StepsPerEpoch) - timeline[again].Number); }
        }
        else
        {
            int before = kill.EpochMax;
            trained = timeline.Find(kill.From, entry => entry.Kind == TimelineKind.EpochDone && entry.Number > before);
        }

        double? seconds = trained is { } done && done < until ? Math.Max(0, Stopwatch.GetElapsedTime(kill.At, timeline[done].At).TotalSeconds) : null;
        return new StormKill(Stopwatch.GetElapsedTime(start, kill.At).TotalSeconds, kill.Victim, kill.Part, seconds, redone);
    }

    /// <summary>One line for a person.</summary>
    public string ToText()
    {
        string who = $"{Victim}, which {Part},";
        string when = TrainingSeconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"after {seconds:F2} s") : "not before the next kill";
        return string.Create(CultureInfo.InvariantCulture, $"{AtSeconds,6:F1} s  {who,-34} killed; training again {when}, {StepsRedone:N0} steps redone");
    }
}

/// <summary>A kill when it happens.</summary>
/// <param name="At">When; ticks of <see cref="Stopwatch"/>.</param>
/// <param name="From">Index of the first event after it.</param>
/// <param name="Reborn">Index of the first event that the victim's next life may be behind: it may lead before anyone else does.</param>
/// <param name="Victim">Who.</param>
/// <param name="Part">What it did.</param>
/// <param name="MustInterrupt">Whether training cannot go on without a new term.</param>
/// <param name="EpochMax">Epochs that were done.</param>
internal readonly record struct KillMark(long At, int From, int Reborn, string Victim, string Part, bool MustInterrupt, int EpochMax);
