using System.Diagnostics;
using Tessera.Coordination.Training;
using Tessera.Host.Http;

namespace Tessera.Host.Cluster;

/// <summary>How a coordinator is doing.</summary>
/// <param name="parts">What every process tells.</param>
/// <param name="name">Name of the process.</param>
internal sealed class CoordinatorStatusSource(StatusParts parts, string name) : IStatusSource
{
    private readonly RateMeter _rate = new();
    private volatile TrainingRun? _run;
    private volatile bool _isOver;
    private volatile bool _waits;

    /// <summary>Training begins, or stands by.</summary>
    public void Begin(TrainingRun run) => _run = run;

    /// <summary>There is nothing left to train.</summary>
    public void End()
    {
        _isOver = true;
        _run = null;
    }

    /// <summary>Does something that holds training up for as long as the database is away.</summary>
    public void WhileWaiting(Action action)
    {
        _waits = true;
        try { action(); }
        finally { _waits = false; }
    }

    /// <summary>Counts samples that were trained.</summary>
    public void Count(int samples) => _rate.Add(samples);

    /// <inheritdoc/>
    public ProcessStatus Read()
    {
        ProcessStatus status = parts.Begin();
        if (_isOver) { return status with { Ready = true, Phase = "finished" }; }
        if (_run?.ReadProgress() is not { } run) { return status with { NotReadyReason = "it has not begun yet: it reads its data, or waits for the database" }; }
        string? reason = run.IsSuspended ? "its lease is lapsed: the database cannot be reached"
            : _waits ? "it waits for the database, to keep the metrics of an epoch"
            : null;
        return status with
        {
            Ready = reason is null, // a standby is ready to lead
            NotReadyReason = reason,
            Suspended = run.IsSuspended,
            Leader = run.Leads ? name : null,
            Term = run.Term == 0 ? null : (long)run.Term,
            Phase = run.WaitsFor is null ? run.Phase : $"{run.Phase}: {run.WaitsFor}",
            Step = (long)run.Step,
            Steps = run.StepsTotal,
            Epoch = run.Epoch,
            CheckpointStep = (long?)run.CheckpointStep,
            SamplesPerSecond = run.Leads ? _rate.PerSecond() : null,
            Placement = run.Placement.Count == 0 ? null : run.Placement,
            TileLatency = LatencyOf(run),
            Repeats = run.Repeats,
            RedoneSteps = run.StepsRedone,
            Openings = run.Openings,
            RefusedOlderTerm = run.OlderTermRefusals,
            Members = [.. run.Members.Select(member => StatusParts.Of(member.Member, member.Tiles, member.IsReachable ? "connected" : "unreachable"))],
        };
    }

    private static LatencyStatus? LatencyOf(ClusterProgress run)
    {
        (TimeSpan median, TimeSpan p99, long count) = run.TileLatency;
        return count == 0 ? null : new LatencyStatus { P50Ms = median.TotalMilliseconds, P99Ms = p99.TotalMilliseconds, Count = count };
    }

    /// <summary>Samples per second over the last seconds.</summary>
    private sealed class RateMeter
    {
        private const int WindowSeconds = 5;
        private readonly long[] _samples = new long[WindowSeconds + 1]; // by second
        private readonly long[] _seconds = new long[WindowSeconds + 1];
        private readonly Lock _gate = new();

        public void Add(int samples)
        {
            long second = Second();
            int slot = (int)(second % _samples.Length);
            lock (_gate)
            {
                if (_seconds[slot] != second) { (_seconds[slot], _samples[slot]) = (second, 0); }
                _samples[slot] += samples;
            }
        }

        public double PerSecond()
        {
            long now = Second();
            lock (_gate)
            {
                long sum = 0;
                for (int slot = 0; slot < _samples.Length; slot++)
                {
                    if (_seconds[slot] < now && _seconds[slot] >= now - WindowSeconds) { sum += _samples[slot]; } // whole seconds only
                }

                return sum / (double)WindowSeconds;
            }
        }

        private static long Second() => Stopwatch.GetTimestamp() / Stopwatch.Frequency;
    }
}
