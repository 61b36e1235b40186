using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Tests.Cluster;

public class TileRangesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData("0-1", 0, 1)]
    [InlineData("0-3,7", 0, 1, 2, 3, 7)]
    [InlineData("1,3,5-6", 1, 3, 5, 6)]
    public void Tiles_are_written_as_ranges_and_read_again(string text, params int[] tiles)
    {
        Assert.Equal(text, TileRanges.Write(tiles.Select(tile => new TileId(tile))));
        Assert.Equal(tiles, TileRanges.Read(text, 8).Select(tile => tile.Index));
    }

    [Theory]
    [InlineData("0-2147483647", 0, 1, 2)]
    [InlineData("5,1", 1)]
    [InlineData("x,-1,1-x,0-1-2,99999999999,2-1,,2", 2)]
    public void Nonsense_and_tiles_that_are_not_there_are_passed_over(string text, params int[] tiles) =>
        Assert.Equal(tiles, TileRanges.Read(text, 3).Select(tile => tile.Index));
}
