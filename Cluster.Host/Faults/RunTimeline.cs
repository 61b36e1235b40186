using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Tessera.Host.Faults;

/// <summary>What the processes of a cluster said, and when it was read, on a clock that only goes forward. Any thread may add and wait.</summary>
internal sealed partial class RunTimeline
{
    private static readonly (Regex Form, TimelineKind Kind)[] Forms =
    [
        (Epoch(), TimelineKind.EpochDone),
        (Opened(), TimelineKind.Opened),
        (Leads(), TimelineKind.Leads),
        (Lost(), TimelineKind.Lost),
        (Hosts(), TimelineKind.Hosts),
    ];

    private readonly List<TimelineEvent> _events = []; // guards itself
    private int _epochMax;

    /// <summary>Events so far: those of later ones have this index or a higher one.</summary>
    public int Count
    {
        get
        {
            lock (_events) { return _events.Count; }
        }
    }

    /// <summary>The newest event that is so, or null.</summary>
    /// <param name="isSo">Which is meant.</param>
    /// <param name="from">Index of the first event that counts.</param>
    public TimelineEvent? Last(Predicate<TimelineEvent> isSo, int from = 0)
    {
        lock (_events)
        {
            int index = _events.FindLastIndex(isSo);
            return index < 0 || index < from ? null : _events[index];
        }
    }

    /// <summary>The event of an index.</summary>
    public TimelineEvent this[int index]
    {
        get
        {
            lock (_events) { return _events[index]; }
        }
    }

    /// <summary>Takes a line that was read just now.</summary>
    public void Add(string process, string line) => Add(process, line, Stopwatch.GetTimestamp());

    /// <summary>Takes a line.</summary>
    /// <param name="process">Whose it is.</param>
    /// <param name="line">The line.</param>
    /// <param name="at">When it was read; ticks of <see cref="Stopwatch"/>.</param>
    public void Add(string process, string line, long at)
    {
        if (Parse(line) is not { } said) { return; }
        lock (_events)
        {
            if (said.Kind == TimelineKind.EpochDone) { _epochMax = Math.Max(_epochMax, (int)said.Number); }
            _events.Add(new TimelineEvent(at, process, said.Kind, said.Number, said.About, _epochMax));
            Monitor.PulseAll(_events);
        }
    }

    /// <summary>Index of the first event from an index on that is so, or null.</summary>
    public int? Find(int from, Predicate<TimelineEvent> isSo)
    {
        lock (_events)
        {
            int index = from >= _events.Count ? -1 : _events.FindIndex(from, isSo);
            return index < 0 ? null : index;
        }
    }

    /// <summary>Waits for an event.</summary>
    /// <param name="from">Index of the first event that counts.</param>
    /// <param name="isSo">Which is waited for.</param>
    /// <param name="limit">The longest wait.</param>
    /// <returns>Its index, or null where it did not come in time.</returns>
    public int? Await(int from, Predicate<TimelineEvent> isSo, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        lock (_events)
        {
            for (int index = from; ; index++)
            {
                while (index >= _events.Count)
                {
                    TimeSpan left = limit - Stopwatch.GetElapsedTime(start);
                    if (left <= TimeSpan.Zero) { return null; }
                    Monitor.Wait(_events, left);
                }

                if (isSo(_events[index])) { return index; }
            }
        }
    }

    /// <summary>Epochs that were done at a moment by any process.</summary>
    public int EpochsAt(long moment)
    {
        lock (_events)
        {
            int index = _events.FindLastIndex(entry => entry.At <= moment);
            return index < 0 ? 0 : _events[index].EpochMax;
        }
    }

    [GeneratedRegex(@"^epoch\s+(\d+)/\d+  ")]
    private static partial Regex Epoch();

    [GeneratedRegex(@"^(?:goes on|begins): after step ([\d,]+)$")]
    private static partial Regex Opened();

    [GeneratedRegex(@" leads in term (\d+)$")]
    private static partial Regex Leads();

    [GeneratedRegex(@" Connection to P\d+ '(.+)' closed, ")]
    private static partial Regex Lost();

    [GeneratedRegex(@" hosts (\d+) tiles in term \d+$")]
    private static partial Regex Hosts();

    private static (TimelineKind Kind, long Number, string? About)? Parse(string line)
    {
        foreach ((Regex form, TimelineKind kind) in Forms)
        {
            if (form.Match(line) is not { Success: true } match) { continue; }
            string value = match.Groups[1].Value;
            return kind == TimelineKind.Lost
                ? (kind, 0, value)
                : (kind, long.Parse(value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture), null);
        }

        return null;
    }
}

/// <summary>What a line says.</summary>
internal enum TimelineKind
{
    /// <summary>A coordinator has finished an epoch and kept its metrics.</summary>
    EpochDone,

    /// <summary>A coordinator has all tiles and trains from a step on.</summary>
    Opened,

    /// <summary>A coordinator was given a term.</summary>
    Leads,

    /// <summary>A process has lost its connection to another.</summary>
    Lost,

    /// <summary>A node was assigned tiles.</summary>
    Hosts,
}

/// <summary>Something that a process said.</summary>
/// <param name="At">When it was read; ticks of <see cref="Stopwatch"/>.</param>
/// <param name="Process">Who said it.</param>
/// <param name="Kind">What it says.</param>
/// <param name="Number">An epoch, a step, a term, or a number of tiles; 0 where there is none.</param>
/// <param name="About">Name of the process that was lost, or null.</param>
/// <param name="EpochMax">The highest epoch that any process had finished by then, this event included.</param>
internal readonly record struct TimelineEvent(long At, string Process, TimelineKind Kind, long Number, string? About, int EpochMax);
