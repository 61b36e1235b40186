using Tessera.Coordination.Checkpoints;

namespace Tessera.Coordination.Tests.Checkpoints;

public class LossChunksTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(LossChunks.Size, 1)]
    [InlineData(LossChunks.Size + 1, 2)]
    [InlineData(3 * LossChunks.Size, 3)]
    public void Chunks_cover_all_losses_in_order(int losses, int chunks)
    {
        var all = Enumerable.Range(0, losses).Select(i => (float)i).ToArray();

        Assert.Equal(chunks, LossChunks.Count(losses));
        Assert.Equal(all, Enumerable.Range(0, chunks).SelectMany(chunk => LossChunks.Of(all, chunk).ToArray()));
    }

    [Fact]
    public void Names_and_numbers_of_chunks_belong_together()
    {
        Assert.Equal("losses/0", LossChunks.NameOf(0));
        foreach (var chunk in new[] { 0, 9, 10, 12_345 })
        {
            Assert.Equal(chunk, LossChunks.IndexOf(LossChunks.NameOf(chunk)));
        }
    }
}
