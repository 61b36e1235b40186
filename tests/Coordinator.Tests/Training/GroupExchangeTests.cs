using Tessera.Actors.Reduction;
using Tessera.Coordination.Training;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Tests.Training;

public class GroupExchangeTests
{
    private const int Rows = 7;
    private static readonly Pass Pass = new()
    {
        Term = Term.First,
        Step = new StepId(1),
        Purpose = ReadPurpose.Training,
        Vectors = new VectorRange(2, 3),
        BatchSize = Rows,
    };

    [Fact]
    public void Whoever_owns_the_tiles_the_sum_has_the_same_bits()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            int[] sizes = [1 + random.Next(20), 1 + random.Next(20), 1 + random.Next(20)];
            var (adds, count) = (1 + random.Next(12), 1 + random.Next(4));
            var grid = TileGridPlan.Cut(
                new StageId(1), "layer", new TileId(0), [.. Enumerable.Repeat(2, adds)], sizes, analogBias: false, physics: 0);
            var parts = grid.Tiles.Select(tile => Numbers(random, tile.OutSize)).ToArray();
            var groups = grid.Tiles.GroupBy(_ => random.Next(count)).Select(tiles => new GroupLayout(grid, tiles.Select(tile => tile.Port))).ToArray();
            var exchange = new GroupExchange(groups.Select(group => group.Forward), sizes, grid.ForwardTree, Rows, hasAnswer: true);
            var total = Pass.RowsOf(AlignedFloats.Dense(Rows, sizes.Sum()));

            foreach (var group in Enumerable.Range(0, groups.Length).OrderBy(_ => random.Next()))
            {
                var answer = AnswerOf(groups[group], parts);
                exchange.Keep(group, Pass, answer, total);
                answer.Dense.Fill(float.NaN); // the payload is valid during the call only
            }

            exchange.Add(Pass, total);
            for (var output = 0; output < sizes.Length; output++)
            {
                var expected = AlignedFloats.Dense(3, sizes[output]);
                PartialSums.Add([.. Enumerable.Range(0, adds).Select(input => parts[grid.At(input, output).Port])], expected);
                Assert.Equal(Bits(expected), Bits(total.Part(grid.At(0, output).OutputStart, sizes[output])));
            }
        }
    }

    [Fact]
    public void A_group_reads_its_own_parts_side_by_side()
    {
        var grid = TileGridPlan.Cut(new StageId(1), "layer", new TileId(0), [2, 1, 3], [4], analogBias: false, physics: 0);
        GroupLayout[] groups = [new(grid, [0, 2]), new(grid, [1])];
        var exchange = new GroupExchange(groups.Select(group => group.Forward), grid.OutputParts, grid.ForwardTree, Rows, hasAnswer: true);
        var all = AlignedFloats.Dense(Rows, 6);
        for (var i = 0; i < all.Dense.Length; i++)
        {
            all.Dense[i] = i;
        }

        var vectors = Pass.RowsOf(all);
        Assert.Equal([12, 13, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 27, 28, 29], exchange.ReadBy(0, Pass, vectors).Dense.ToArray());
        var view = exchange.ReadBy(1, Pass, vectors);
        Assert.Same(all.Values, view.Values);
        Assert.Equal([14f], view.Row(0).ToArray());
    }

    /// <summary>What a node adds up.</summary>
    private static Tensor AnswerOf(GroupLayout group, Tensor[] parts)
    {
        var answer = AlignedFloats.Dense(3, group.Forward.SumColumns);
        foreach (var sum in group.Forward.Sums)
        {
            PartialSums.Add(
                [.. Enumerable.Range(sum.First, sum.End - sum.First).Select(input => parts[group.Grid.At(input, sum.Part).Port])],
                answer.Part(sum.Column, sum.Size));
        }

        return answer;
    }

    /// <summary>Numbers of very different size, so that another order gives other bits, and zeros of both signs.</summary>
    private static Tensor Numbers(Random random, int columns)
    {
        var numbers = AlignedFloats.Dense(3, columns);
        foreach (ref var number in numbers.Dense)
        {
            number = random.Next(5) switch
            {
                0 => -0f,
                1 => 0f,
                _ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(6))),
            };
        }

        return numbers;
    }

    private static uint[] Bits(Tensor values)
    {
        var dense = new float[values.Rows * values.Columns];
        values.CopyTo(dense);
        return [.. dense.Select(BitConverter.SingleToUInt32Bits)];
    }
}
