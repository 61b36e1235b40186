using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Transport;

[Collection(nameof(SteadyStateTests))]
[CollectionDefinition(nameof(SteadyStateTests), DisableParallelization = true)]
public class SteadyStateTests
{
    private const int Warmup = 200;
    private const int Messages = 1000; // in a window
    private const int Windows = 10;
    private const long BytesMax = 20 * Messages;

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
        Exchange(Warmup);
        var least = long.MaxValue;
        for (var window = 0; window < Windows && least > BytesMax; window++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Exchange(Messages);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        // The count is that of the whole process: tests beside this one allocate now and then. One object a message would be above this in every window.
        Assert.InRange(least, 0, BytesMax);

        void Exchange(int messages)
        {
            for (var i = 0; i < messages; i++)
            {
                a.Network.Send(request);
                Assert.True(arrived.Wait(TimeSpan.FromSeconds(20)));
            }
        }
    }
}
