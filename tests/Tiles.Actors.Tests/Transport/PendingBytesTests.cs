using Tessera.Actors.Transport;

namespace Tessera.Actors.Tests.Transport;

public class PendingBytesTests
{
    [Fact]
    public void Bytes_come_out_as_they_went_in_however_they_are_cut()
    {
        var random = new Random(5);
        var pending = new PendingBytes();
        var (written, read) = (0L, 0L);
        var piece = new byte[1_000_000];
        for (var round = 0; round < 300; round++)
        {
            var count = random.Next(random.Next(2) == 0 ? 100 : piece.Length);
            for (var i = 0; i < count; i++)
            {
                piece[i] = (byte)((written + i) % 251);
            }

            pending.Append(piece.AsSpan(0, count));
            written += count;
            Assert.Equal(written - read, pending.Count);
            for (var target = random.NextInt64(written - read + 1); target > 0;)
            {
                var first = pending.First();
                var taken = (int)Math.Min(random.Next(1, first.Length + 1), target);
                Assert.Equal((byte)(read % 251), first[0]);
                Assert.Equal((byte)((read + taken - 1) % 251), first[taken - 1]);
                pending.Consume(taken);
                read += taken;
                target -= taken;
            }
        }

        pending.Clear();
        Assert.True(pending.IsEmpty && pending.First().IsEmpty);
    }
}
