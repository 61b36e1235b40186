using Tessera.Protocol.Identity;
using Tessera.Protocol.Plan;

namespace Tessera.Protocol.Tests.Plan;

public class GroupLayoutTests
{
    private static readonly TileGridPlan Grid = TileGridPlan.Cut(
        new StageId(1), "layer", new TileId(10), inputParts: [4, 3, 2], outputParts: [5, 6], analogBias: false, physics: 0);

    [Fact]
    public void The_whole_stage_reads_and_answers_everything_in_the_layers_order()
    {
        var layout = new GroupLayout(Grid, Enumerable.Range(0, 6));

        Assert.True(layout.IsWhole);
        Assert.True(layout.Forward.IsContiguous);
        Assert.Equal((9, 11), (layout.Forward.ReadColumns, layout.Forward.SumColumns));
        Assert.Equal([new GroupSum(0, 0, 3, 0, 5), new GroupSum(1, 0, 3, 5, 6)], layout.Forward.Sums);
        Assert.Equal((11, 9), (layout.Backward.ReadColumns, layout.Backward.SumColumns));
        Assert.Equal(
            [new GroupSum(0, 0, 2, 0, 4), new GroupSum(1, 0, 2, 4, 3), new GroupSum(2, 0, 2, 7, 2)], layout.Backward.Sums);
    }

    [Fact]
    public void Parts_that_nobody_here_reads_are_left_out_and_the_others_lie_side_by_side()
    {
        var layout = new GroupLayout(Grid, [4, 0]); // inputs 0 and 2 to output 0

        Assert.False(layout.IsWhole);
        Assert.False(layout.Forward.IsContiguous);
        Assert.Equal([new GroupPart(0, 4, 0), new GroupPart(7, 2, 4)], layout.Forward.Reads);
        Assert.Equal((4, 0), (layout.Forward.ColumnOf(2), layout.Forward.ColumnOf(0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.Forward.ColumnOf(1));
        Assert.Equal([new TileId(10), new TileId(14)], layout.Tiles.Select(tile => tile.Id));
    }

    [Fact]
    public void Parts_that_follow_each_other_need_no_packing()
    {
        var layout = new GroupLayout(Grid, [2, 4]); // inputs 1 and 2

        Assert.True(layout.Forward.IsContiguous);
        Assert.Equal((4, 5), (layout.Forward.Reads[0].Start, layout.Forward.ReadColumns));
    }

    [Fact]
    public void Only_subtrees_that_are_wholly_owned_are_added_up()
    {
        var layout = new GroupLayout(Grid, [0, 2, 3, 4, 5]); // output 1 lacks input 0

        Assert.Equal(
            [new GroupSum(0, 0, 3, 0, 5), new GroupSum(1, 1, 2, 5, 6), new GroupSum(1, 2, 3, 11, 6)], layout.Forward.Sums);
    }

    [Fact]
    public void A_group_without_tiles_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new GroupLayout(Grid, []));
}
