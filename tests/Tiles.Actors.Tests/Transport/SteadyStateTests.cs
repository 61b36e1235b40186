using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Transport;

[Collection(nameof(SteadyStateTests))]
[CollectionDefinition(nameof(SteadyStateTests), DisableParallelization = true)]
public class SteadyStateTests
{
    private const int Warmup = 200;
    private const int Messages = 1000;

    [Fact]
    public void Messages_back_and_forth_allocate_nothing()
    {
        TestNetwork? answering = null;
        using var arrived = new SemaphoreSlim(0);
        var echo = new RecordingInbox
        {
            OnMessage = (message, lease) =>
            {
                answering!.Network.Send(message);
                lease!.Release();
            },
        };
        var count = new RecordingInbox
        {
            OnMessage = (_, lease) =>
            {
                lease!.Release();
                arrived.Release();
            },
        };
        using var b = new TestNetwork(2, inbox: echo);
        answering = b;
        using var a = new TestNetwork(1, inbox: count);
        a.Connect(b);
        var request = TestNetwork.Request(2, 1, AlignedFloats.Padded(64, 500));
        long before = 0;
        for (var i = 0; i < Warmup + Messages; i++)
        {
            before = i == Warmup ? GC.GetTotalAllocatedBytes(precise: true) : before;
            a.Network.Send(request);
            Assert.True(arrived.Wait(TimeSpan.FromSeconds(20)));
        }

        // The test platform itself allocates a little now and then; one object a message would be above this.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 20 * Messages);
    }
}
