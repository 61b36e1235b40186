using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;
using Tessera.Protocol.Wire;

namespace Tessera.Protocol.Tests.Wire;

public class AssignmentCodecTests
{
    [Fact]
    public void A_tile_that_no_stage_has_is_refused()
    {
        Assert.NotNull(Travel(Grid([3, 4], [5]), 0, 1).Body);
        Assert.Throws<WireFormatException>(() => Travel(Grid([3, 4], [5]), 2));
    }

    [Fact]
    public void Tiles_out_of_order_are_refused() => Assert.Throws<WireFormatException>(() => Travel(Grid([3, 4], [5]), 1, 0));

    [Fact]
    public void Physics_that_are_not_there_are_refused() =>
        Assert.Throws<WireFormatException>(() => Travel(Grid([3], [5]) with { Physics = 1 }, 0));

    [Fact]
    public void A_small_frame_cannot_ask_for_many_tiles()
    {
        var parts = Enumerable.Repeat(1, 300).ToArray();
        var frame = MessageCodec.Encode(Message(Grid(parts, parts), 0));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.True(frame.Length < 2000);
        Assert.Contains("300 x 300", Assert.Throws<WireFormatException>(() => MessageCodec.Decode(frame)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Parts_whose_sum_overflows_are_refused() =>
        Assert.Throws<WireFormatException>(() => Travel(Grid([int.MaxValue, 1], [5]), 0));

    private static TileGridPlan Grid(int[] inputs, int[] outputs) =>
        TileGridPlan.Cut(new StageId(1), "hidden", new TileId(0), inputs, outputs, analogBias: false, physics: 0);

    private static Message Travel(TileGridPlan grid, params int[] tiles) => MessageCodec.Decode(MessageCodec.Encode(Message(grid, tiles)));

    private static Message Message(TileGridPlan grid, params int[] tiles)
    {
        var run = new RunBlueprint
        {
            ConfigurationHash = "hash",
            Seed = 1,
            NumericsVersion = 3,
            BatchMax = 1,
            EvaluationMax = 1,
            Physics = ["{}"],
            Stages = [new TileStagePlan(new StageId(1), "hidden", grid)],
        };
        return new Message
        {
            Kind = MessageKind.Assign,
            To = Recipient.Node,
            Body = new TileAssignment(run, [.. tiles.Select(tile => new TileId(tile))], Fresh: true),
        };
    }
}
