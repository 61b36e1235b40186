using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Messages;
using static Tessera.Actors.Tests.Support.TestNetwork;

namespace Tessera.Actors.Tests.Transport;

/// <summary>A message that another one follows may wait for it; both arrive whole and in order, whatever their sizes.</summary>
public class HeldMessagesTests
{
    [Theory]
    [InlineData(10, 10, 10)]
    [InlineData(40_000, 0, 3)]
    [InlineData(1, 40_000, 0)]
    [InlineData(16_370, 16_370, 500_000)]
    public void Held_messages_arrive_in_order_with_the_last(params int[] values)
    {
        using var b = new TestNetwork(2);
        using var a = new TestNetwork(1, change: settings => settings with { HeartbeatInterval = TimeSpan.FromMilliseconds(1) });
        a.Connect(b);
        for (var i = 0; i < values.Length; i++)
        {
            a.Network.Send(Request(2, (ulong)i + 1, Filled(values[i], i)), isFollowed: i + 1 < values.Length);
        }

        for (var i = 0; i < values.Length; i++)
        {
            var (message, numbers) = b.Inbox.WaitMessage();
            Assert.Equal((ulong)i + 1, message.Step.Value);
            Assert.Equal(values[i], numbers.Length);
            Assert.All(numbers, number => Assert.Equal(i, number));
        }
    }

    [Fact]
    public void Nothing_is_held_for_a_peer_whose_connection_ended()
    {
        using var a = new TestNetwork(1);
        using (var b = new TestNetwork(2))
        {
            a.Connect(b);
            a.Network.Send(Request(2, 1), isFollowed: true);
        }

        a.Inbox.WaitLost();
        using var again = new TestNetwork(2);
        a.Network.SetPeers([]);
        a.Connect(again);
        a.Network.Send(Request(2, 2));

        Assert.Equal(2u, again.Inbox.WaitMessage().Message.Step.Value);
    }

    private static Tensor Filled(int values, int with)
    {
        if (values == 0)
        {
            return default;
        }

        var tensor = AlignedFloats.Dense(1, values);
        tensor.Dense.Fill(with);
        return tensor;
    }
}
