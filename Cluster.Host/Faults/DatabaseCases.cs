using Tessera.Host.Faults.Taps;
using Tessera.Host.Http;

namespace Tessera.Host.Faults;

/// <summary>A database that restarts, is away, loses a bit, or is full.</summary>
internal static class DatabaseCases
{
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(30);

    /// <summary>The cases.</summary>
    public static IEnumerable<FaultCase> All() =>
    [
        .. KillCases.Phases.Select(phase => new FaultCase(
            $"restart-database-{phase.Name}", $"the database stops at once and starts again {phase.Text}", scene => Restart(scene, phase.Phase))),
        new("database-away", "the database is away for 30 s", StayAway),
        new("flipped-bit", "a bit of a tile's state is flipped in the newest checkpoint, and its node is killed", FlipBit),
        new("disk-full", "no blob can be written for more than a checkpoint", FillDisk),
    ];

    private static void Restart(FaultScene scene, FaultPhase phase)
    {
        TapHold hold = scene.Hold(phase);
        scene.Start();
        scene.Cluster.AwaitHeld(hold, $"a node or its bytes are held: {phase}");
        scene.Taps.Watch.MarkFault(needsTerm: false);
        scene.Database.Server.Restart(immediate: true);
        hold.Release();
        scene.Cluster.AwaitSameHash(FaultScene.Lead);
    }

    /// <summary>All hold still, and go on in the same term with nothing done again.</summary>
    private static void StayAway(FaultScene scene)
    {
        TapHold hold = scene.HoldAt(FaultScene.Step);
        scene.Start();
        scene.Cluster.AwaitHeld(hold, "a step begins");
        foreach (string name in new[] { FaultScene.NodeA, FaultScene.NodeB })
        {
            scene.Cluster.AwaitStatus(name, "it hosts", status => status.Phase == "hosting");
        }

        ProcessStatus before = scene.Cluster.AwaitStatus(FaultScene.Lead, "it leads", status => status.Leader == FaultScene.Lead);
        scene.Taps.Watch.MarkFault(needsTerm: false);
        scene.Database.Server.Stop();
        hold.Release();
        foreach (string name in new[] { FaultScene.NodeA, FaultScene.NodeB })
        {
            scene.Cluster.AwaitStatus(name, "its lease lapsed", status => status.Suspended == true);
        }

        using (ManualResetEventSlim never = new(false)) { never.Wait(Away); }
        scene.Database.Server.Start();
        scene.Cluster.AwaitSameHash(FaultScene.Lead);
        int terms = scene.Database.CountTerms();
        FaultException.Require(
            terms == before.Term && scene.Taps.Watch.Redone == 0,
            () => scene.Cluster.Report($"{terms} terms and {scene.Taps.Watch.Redone} steps done again, expected {before.Term} and 0"));
    }

    /// <summary>The node that gets the tile cannot read it: the run goes back to the checkpoint before.</summary>
    private static void FlipBit(FaultScene scene)
    {
        TapHold hold = scene.HoldAt(FaultScene.CheckpointStep + 50);
        scene.Start();
        scene.Cluster.AwaitHeld(hold, "a step after the checkpoint begins");
        scene.Cluster.AwaitCheckpoint(FaultScene.Lead, FaultScene.CheckpointStep);
        ulong step = scene.Database.FlipBit(scene.Taps.Watch.TilesOf(FaultScene.NodeB)[0]);
        scene.MarkFault();
        scene.Cluster.Kill(FaultScene.NodeB);
        hold.Release();
        scene.Cluster.AwaitSameHash(FaultScene.Lead, damagedStep: step);
        FaultException.Require(
            scene.Taps.Watch.Redone > FaultScene.EverySteps,
            () => scene.Cluster.Report($"I10: {scene.Taps.Watch.Redone} steps were done again: the bit was not noticed"));
    }

    /// <summary>Training goes on without checkpoints, and the next ones are stored when there is room.</summary>
    private static void FillDisk(FaultScene scene)
    {
        TapHold hold = scene.HoldAt(FaultScene.Step);
        TapHold later = scene.HoldAt(FaultScene.LaterStep);
        scene.Start();
        scene.Cluster.AwaitHeld(hold, "a step begins");
        scene.Database.Fill();
        hold.Release();
        scene.Cluster.AwaitHeld(later, "training goes on");
        scene.Cluster.AwaitUntil("the database said that it is full", () => scene.Taps.Watch.DiskFull > 0);
        scene.Database.MakeRoom();
        later.Release();
        scene.Cluster.AwaitSameHash(FaultScene.Lead);
        FaultException.Require(scene.Taps.Watch.Redone == 0, () => scene.Cluster.Report($"{scene.Taps.Watch.Redone} steps were done again for a full disk"));
    }
}
