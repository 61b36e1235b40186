namespace Tessera.Host.Faults;

/// <summary>Brings about one kind of fault again and again in one cluster, and takes the time of every recovery.</summary>
internal sealed class RecoveryRun : IDisposable
{
    private const int Nodes = 3;
    private const int EverySteps = 100; // between checkpoints
    private const int SettledEpochs = 40; // several checkpoints
    private const int PhaseEpochs = 8; // about as many as between two checkpoints: faults come at all distances from one
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly FaultStage _stage = new();

    /// <summary>The faults with their goals.</summary>
    public static readonly IReadOnlyList<RecoveryFault> Faults =
    [
        new("node killed", IsNode: true, IsFrozen: false, NoticedGoal: 1, TrainingGoal: 5),
        new("coordinator killed", IsNode: false, IsFrozen: false, NoticedGoal: 1, TrainingGoal: 5),
        new("node frozen", IsNode: true, IsFrozen: true, NoticedGoal: 5, TrainingGoal: 10),
        new("coordinator frozen", IsNode: false, IsFrozen: true, NoticedGoal: 5, TrainingGoal: 10),
    ];

    /// <summary>Measures all faults.</summary>
    /// <param name="runs">Runs of each, 1 or more.</param>
    /// <param name="tell">Takes the figures of a fault as soon as they are complete.</param>
    /// <exception cref="FaultException">The cluster did not come back.</exception>
    public static void Execute(int runs, Action<RecoveryFigures> tell)
    {
        using RecoveryRun run = new();
        foreach (RecoveryFault fault in Faults) { tell(run.Measure(fault, runs)); }
    }

    /// <inheritdoc/>
    public void Dispose() => _stage.Dispose();

    private RecoveryFigures Measure(RecoveryFault fault, int runs)
    {
        using TimedCluster cluster = _stage.Owning(new TimedCluster(_stage.Server, FaultlessRun.Endless(_stage.Folder, EverySteps), Nodes));
        cluster.Start();
        return new RecoveryFigures(fault, [.. Enumerable.Range(0, runs).Select(run => Once(cluster, fault, run))]);
    }

    private static RecoveryTimes Once(TimedCluster cluster, RecoveryFault fault, int run)
    {
        cluster.AwaitWhole();
        long settled = cluster.Timeline.EpochsAt(long.MaxValue) + SettledEpochs + (run % PhaseEpochs);
        cluster.Await(0, entry => entry.EpochMax >= settled, "some epochs after everything is whole");
        int from = cluster.Timeline.Count;
        string victim = fault.IsNode ? cluster.Nodes[run % cluster.Nodes.Count] : cluster.Leader;
        long at = fault.IsFrozen ? cluster.Freeze(victim) : cluster.Kill(victim);
        RecoveryTimes times = RecoveryTimes.Await(cluster.Timeline, from, at, victim, Limit)
            ?? throw new FaultException(cluster.Report($"{fault.Name}, run {run + 1}: {victim} was not got over within {Limit}"));
        if (fault.IsFrozen) { cluster.Thaw(victim); }
        else { cluster.Restart(victim); }
        return times;
    }
}

/// <summary>A kind of fault and how fast a cluster should get over it.</summary>
/// <param name="Name">For people.</param>
/// <param name="IsNode">Whether it comes to a node; otherwise to the coordinator that leads.</param>
/// <param name="IsFrozen">SIGSTOP; otherwise SIGKILL.</param>
/// <param name="NoticedGoal">Seconds until it is noticed, median, less than.</param>
/// <param name="TrainingGoal">Seconds until training goes on, median, less than.</param>
internal sealed record RecoveryFault(string Name, bool IsNode, bool IsFrozen, double NoticedGoal, double TrainingGoal);
