using Tessera.Host.Faults.Taps;
using Tessera.Host.Http;

namespace Tessera.Host.Faults;

/// <summary>SIGKILL in every phase, and SIGSTOP for longer than a lease with SIGCONT after it.</summary>
internal static class KillCases
{
    /// <summary>All phases, with what they are called.</summary>
    public static readonly IReadOnlyList<(FaultPhase Phase, string Name, string Text)> Phases =
    [
        (FaultPhase.BeforeForward, "before-forward", "before forward"),
        (FaultPhase.BetweenForwardAndBackward, "between-forward-and-backward", "between forward and backward"),
        (FaultPhase.BeforeCommit, "before-commit", "before commit"),
        (FaultPhase.AfterCommit, "after-commit", "after commit, before its answer"),
        (FaultPhase.DuringSnapshot, "during-snapshot", "during a snapshot"),
        (FaultPhase.BeforeManifest, "before-manifest", "between snapshot and manifest"),
    ];

    /// <summary>The cases.</summary>
    public static IEnumerable<FaultCase> All() =>
    [
        .. Phases.Select(phase => new FaultCase($"kill-node-{phase.Name}", $"SIGKILL of a node {phase.Text}", scene => KillNode(scene, phase.Phase))),
        .. Phases.Select(phase => new FaultCase(
            $"kill-coordinator-{phase.Name}",
            $"SIGKILL of the coordinator {phase.Text}",
            scene => KillCoordinator(scene, scene.Hold(phase.Phase, FaultScene.Lead)))),
        new("kill-coordinator-after-manifest", "SIGKILL of the coordinator after a manifest is committed, before the database's answer", scene =>
            KillCoordinator(scene, scene.HoldSql(FaultScene.Lead, "INSERT INTO tessera.manifests", isAnswer: true))),
        new("freeze-node", "SIGSTOP of a node that writes a snapshot, until another has its tiles; then SIGCONT", FreezeNode),
        new("freeze-coordinator", "SIGSTOP of the coordinator that commits a manifest, until its standby trains; then SIGCONT", FreezeCoordinator),
    ];

    private static void KillNode(FaultScene scene, FaultPhase phase)
    {
        TapHold hold = scene.Hold(phase);
        scene.Start();
        scene.Cluster.AwaitHeld(hold, $"the node is held: {phase}");
        scene.MarkFault();
        scene.Cluster.Kill(FaultScene.NodeB);
        hold.Release();
        scene.Cluster.AwaitSameHash(FaultScene.Lead);
    }

    private static void KillCoordinator(FaultScene scene, TapHold hold)
    {
        scene.Start(withStandby: true);
        scene.Cluster.AwaitHeld(hold, "the coordinator is held");
        scene.MarkFault();
        scene.Cluster.Kill(FaultScene.Lead);
        hold.Release();
        scene.Cluster.AwaitSameHash(FaultScene.Standby);
    }

    /// <summary>When it wakes, its bytes are on their way to a database that has given out a newer term: they are refused, and it hears of the term.</summary>
    private static void FreezeNode(FaultScene scene)
    {
        TapHold hold = scene.Hold(FaultPhase.DuringSnapshot);
        TapHold later = scene.HoldAt(FaultScene.LaterStep);
        scene.Start();
        scene.Cluster.AwaitHeld(hold, "the node writes a snapshot");
        scene.MarkFault();
        scene.Cluster.Freeze(FaultScene.NodeB);
        scene.AwaitAllOnNodeA();
        scene.Cluster.AwaitHeld(later, "the other node trains");
        hold.Release();
        scene.Cluster.Thaw(FaultScene.NodeB);
        scene.AwaitNodeBKnows(scene.Cluster.AwaitStatus(FaultScene.Lead, "it trains", status => status.Phase == "training"));
        later.Release();
        scene.Cluster.AwaitSameHash(FaultScene.Lead);
    }

    /// <summary>When it wakes, its manifest is refused, and it steps down.</summary>
    private static void FreezeCoordinator(FaultScene scene)
    {
        TapHold hold = scene.Hold(FaultPhase.BeforeManifest);
        TapHold later = scene.HoldAt(FaultScene.LaterStep);
        scene.Start(withStandby: true);
        scene.Cluster.AwaitHeld(hold, "the coordinator commits a manifest");
        scene.MarkFault();
        scene.Cluster.Freeze(FaultScene.Lead);
        ProcessStatus next = scene.Cluster.AwaitStatus(FaultScene.Standby, "it leads", status => status.Leader == FaultScene.Standby && status.Phase == "training");
        FaultException.Require(next.Step >= FaultScene.EverySteps, () => scene.Cluster.Report("it began anew"));
        scene.Cluster.AwaitHeld(later, "the standby trains");
        hold.Release();
        scene.Cluster.Thaw(FaultScene.Lead);
        scene.AwaitStandBy(FaultScene.Lead);
        later.Release();
        scene.Cluster.AwaitSameHash(FaultScene.Standby);
        scene.Cluster.AwaitSameHash(FaultScene.Lead); // it sees that the run is finished
    }
}
