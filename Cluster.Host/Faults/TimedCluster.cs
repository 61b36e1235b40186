using System.Diagnostics;
using Tessera.Actors.Postgres;

namespace Tessera.Host.Faults;

/// <summary>A cluster of some nodes and two coordinators, and the times of what it says.</summary>
internal sealed class TimedCluster : IDisposable
{
    private readonly List<string> _coordinators = [FaultVictim.Coordinator(0), FaultVictim.Coordinator(1)];
    private readonly List<string> _nodes;
    private readonly FaultCluster _cluster;
    private readonly Dictionary<string, int> _lives = []; // index of the first event of a process's newest life, where it was started again

    /// <summary>A cluster without processes.</summary>
    /// <param name="server">The server of its database.</param>
    /// <param name="experiment">What it trains.</param>
    /// <param name="nodes">Nodes.</param>
    public TimedCluster(PostgresServer server, FaultlessRun experiment, int nodes)
    {
        _nodes = [.. Enumerable.Range(0, nodes).Select(FaultVictim.Node)];
        _cluster = new FaultCluster(server, experiment) { Follow = Timeline.Add };
    }

    /// <summary>What the processes say.</summary>
    public RunTimeline Timeline { get; } = new();

    /// <summary>Names of the nodes.</summary>
    public IReadOnlyList<string> Nodes => _nodes;

    /// <summary>Names of the coordinators.</summary>
    public IReadOnlyList<string> Coordinators => _coordinators;

    /// <summary>The coordinator that trained last.</summary>
    public string Leader => Timeline.Last(entry => entry.Kind == TimelineKind.Opened)?.Process ?? _coordinators[0];

    /// <summary>Tiles that a node hosts, as it said last in its newest life.</summary>
    public long TilesOf(string node) =>
        Timeline.Last(entry => entry.Process == node && entry.Kind == TimelineKind.Hosts, _lives.GetValueOrDefault(node))?.Number ?? 0;

    /// <summary>Starts everything and waits until every node has tiles, the other coordinator stands by, and an epoch is done.</summary>
    public void Start()
    {
        _cluster.StartCoordinator(_coordinators[0], _nodes.Count);
        _cluster.AwaitStatus(_coordinators[0], "it leads", status => status.Leader == _coordinators[0]);
        _cluster.StartCoordinator(_coordinators[1]);
        foreach (string node in _nodes) { _cluster.StartNode(node); }
        Await(0, entry => entry.Kind == TimelineKind.EpochDone, "the first epoch");
        AwaitWhole();
    }

    /// <summary>SIGKILL; when, in ticks of <see cref="Stopwatch"/>.</summary>
    public long Kill(string name)
    {
        long at = Stopwatch.GetTimestamp();
        _cluster.Kill(name);
        return at;
    }

    /// <summary>SIGSTOP; when, in ticks of <see cref="Stopwatch"/>.</summary>
    public long Freeze(string name)
    {
        long at = Stopwatch.GetTimestamp();
        _cluster.Freeze(name);
        return at;
    }

    /// <summary>SIGCONT.</summary>
    public void Thaw(string name) => _cluster.Thaw(name);

    /// <summary>Starts a process that was killed.</summary>
    public void Restart(string name)
    {
        _lives[name] = Timeline.Count;
        if (FaultVictim.IsCoordinator(name)) { _cluster.StartCoordinator(name); }
        else { _cluster.StartNode(name); }
    }

    /// <summary>Waits until one coordinator leads, the other stands by, and every node has tiles.</summary>
    public void AwaitWhole()
    {
        string leader = Leader;
        _cluster.AwaitStatus(
            leader,
            "every node has tiles",
            status => status.Phase is "training" or "settling" or "evaluating" && _nodes.All(node => status.TilesOf(node) > 0));
        string other = _coordinators.Single(name => name != leader);
        _cluster.AwaitStatus(other, "it stands by", status => status.Leader is null && status.Phase == "leading");
    }

    /// <summary>Waits for an event, or fails with the output of all processes.</summary>
    public int Await(int from, Predicate<TimelineEvent> isSo, string what) =>
        Timeline.Await(from, isSo, FaultCluster.Patience) ?? throw new FaultException(Report($"{what}: not within {FaultCluster.Patience}"));

    /// <summary>Waits until both coordinators have ended with the hash of the run without faults, and checks the store.</summary>
    public void AwaitSameHash(int epochs, int termsMax)
    {
        int seen = Timeline.Count;
        while (Timeline.EpochsAt(long.MaxValue) < epochs) { seen = Await(seen, entry => entry.Kind == TimelineKind.EpochDone, "an epoch") + 1; }
        foreach (string coordinator in _coordinators) { _cluster.AwaitSameHash(coordinator, termsMax); }
    }

    /// <summary>Everything that was printed, in front of what went wrong.</summary>
    public string Report(string problem) => _cluster.Report(problem);

    /// <inheritdoc/>
    public void Dispose() => _cluster.Dispose();
}
