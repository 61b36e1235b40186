using Tessera.Host.Faults.Taps;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Faults;

/// <summary>A network that cuts, delays, doubles and truncates, between the coordinator and a node.</summary>
internal static class NetworkCases
{
    private const int DelayedSteps = 5;
    private const int DelayMinMilliseconds = 20;
    private const int DelayRangeMilliseconds = 181; // 20 to 200
    private const int DelayStride = 67; // walks through the range without order

    /// <summary>The cases.</summary>
    public static IEnumerable<FaultCase> All() =>
    [
        new("cut-to-node", "nothing reaches a node any more; what it says still arrives", scene => Cut(scene, TapDirection.Forth)),
        new("cut-from-node", "nothing that a node says arrives any more; it still hears", scene => Cut(scene, TapDirection.Back)),
        new("cut-both-ways", "nothing passes to or from a node, without a sign", scene => Cut(scene, TapDirection.Forth, TapDirection.Back)),
        new("cut-closed", "the connection to a node is closed in the middle of a step", CutClosed),
        new("delay", "every frame to and from a node takes 20 to 200 ms for five steps", Delay),
        new("duplicate", "every frame to and from both nodes arrives twice, in the whole run", Duplicate),
        new("truncate", "half a frame to a node, later half an answer, and the end of the connection", Truncate),
    ];

    /// <summary>The node is given up; when the network is mended it is heard of again, and knows that it has no tiles.</summary>
    private static void Cut(FaultScene scene, params TapDirection[] directions)
    {
        Tap tap = scene.Taps.Node(FaultScene.NodeB);
        TapHold hold = scene.Hold(FaultPhase.BeforeForward);
        TapHold later = scene.HoldAt(FaultScene.LaterStep);
        scene.Start();
        scene.Cluster.AwaitHeld(hold, "a step begins");
        scene.MarkFault();
        foreach (TapDirection direction in directions) { tap.Cut(direction); }
        hold.Release();
        scene.AwaitAllOnNodeA();
        scene.Cluster.AwaitHeld(later, "the other node trains");
        tap.Mend();
        scene.AwaitNodeBKnows(scene.Cluster.AwaitStatus(FaultScene.Lead, "it trains", status => status.Phase == "training"));
        later.Release();
        scene.Cluster.AwaitSameHash(FaultScene.Lead);
    }

    private static void CutClosed(FaultScene scene)
    {
        TapHold hold = scene.Hold(FaultPhase.BetweenForwardAndBackward);
        scene.Start();
        scene.Cluster.AwaitHeld(hold, "a step is half done");
        scene.MarkFault();
        scene.Taps.Node(FaultScene.NodeB).Close();
        scene.Cluster.AwaitSameHash(FaultScene.Lead);
    }

    private static void Delay(FaultScene scene)
    {
        int frames = 0;
        scene.Taps.Node(FaultScene.NodeB).Delay = _ => scene.Taps.Watch.Step is >= FaultScene.Step and < FaultScene.Step + DelayedSteps
            ? TimeSpan.FromMilliseconds(DelayMinMilliseconds + (Interlocked.Increment(ref frames) * DelayStride % DelayRangeMilliseconds))
            : TimeSpan.Zero;
        scene.Start();
        scene.Cluster.AwaitSameHash(FaultScene.Lead);
        RequireOneTerm(scene);
    }

    private static void Duplicate(FaultScene scene)
    {
        foreach (string node in new[] { FaultScene.NodeA, FaultScene.NodeB }) { scene.Taps.Node(node).Duplicates = true; }
        scene.Start();
        scene.Cluster.AwaitSameHash(FaultScene.Lead);
        RequireOneTerm(scene);
    }

    /// <summary>Each time all tiles go to the other node.</summary>
    private static void Truncate(FaultScene scene)
    {
        scene.Taps.Node(FaultScene.NodeA).Truncate(frame => frame.Is(MessageKind.Forward, FaultScene.Step));
        TapHold second = scene.Taps.Node(FaultScene.NodeB).Hold(frame => frame.Is(MessageKind.Forward, FaultScene.LaterStep));
        scene.Start();
        scene.Cluster.AwaitHeld(second, "training goes on after half a request");
        scene.Taps.Node(FaultScene.NodeB).Truncate(frame => frame.Is(MessageKind.Output, FaultScene.LaterStep));
        scene.MarkFault();
        second.Release();
        scene.Cluster.AwaitSameHash(FaultScene.Lead);
    }

    private static void RequireOneTerm(FaultScene scene)
    {
        int terms = scene.Database.CountTerms();
        FaultException.Require(
            terms == 1 && scene.Taps.Watch.Redone == 0,
            () => scene.Cluster.Report($"{terms} terms and {scene.Taps.Watch.Redone} steps done again, expected 1 and 0"));
    }
}
