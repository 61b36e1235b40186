using Tessera.Actors.Tests.Support;
using Tessera.Actors.Transport;
using Tessera.Protocol.Tests.Support;
using Tessera.Protocol.Wire;

namespace Tessera.Actors.Tests.Transport;

public class FuzzOverSocketsTests
{
    private const int Frames = 10_000;
    private const int FramesEach = 2;
    private const long RetainedBytesMax = 64 << 20;

    [Fact]
    public void Ten_thousand_mutated_frames_neither_crash_nor_grow_the_process()
    {
        var inbox = new RecordingInbox { OnMessage = (_, lease) => lease?.Release() };
        using var a = new TestNetwork(1, change: settings => settings with { Frames = new FrameLimits { FrameBytesMax = 1 << 20 } }, inbox: inbox);
        var bound = a.Network.Listen(TestNetwork.AnyPort);
        var mutator = new FrameMutator(3, [.. Enumerable.Range(0, 200).Select(i => MessageCodec.Encode(WireSamples.Draw(new Random(i))))]);
        var valid = MessageCodec.Encode(WireSamples.Draw(new Random(1)));
        Talk(bound, mutator, FramesEach);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var sent = 0; sent < Frames; sent += FramesEach)
        {
            Talk(bound, mutator, FramesEach);
        }

        var counters = a.Network.ReadCounters();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, RetainedBytesMax);
        Assert.True(counters.Ended[ConnectionEnd.Malformed] > Frames / FramesEach / 2, $"{counters.Ended[ConnectionEnd.Malformed]} connections were refused");
        Assert.Equal(0, counters.Ended[ConnectionEnd.InboxFailed]);

        // It still serves others.
        using var raw = new RawPeer(bound);
        raw.ShakeHands(3);
        raw.Send(valid);
        raw.EndSending();
        raw.ReadToEnd();
        Assert.Equal(counters.MessagesReceived + 1, a.Network.ReadCounters().MessagesReceived);
    }

    // The first that is refused ends a connection, so few go over each.
    private static void Talk(PeerAddress bound, FrameMutator mutator, int frames)
    {
        using var raw = new RawPeer(bound);
        raw.ShakeHands(2);
        for (var i = 0; i < frames && raw.TrySend(mutator.Next()); i++)
        {
        }

        raw.EndSending();
        raw.ReadToEnd();
    }
}
