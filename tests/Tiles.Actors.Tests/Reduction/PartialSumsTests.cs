using Tessera.Actors.Reduction;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Actors.Tests.Reduction;

public class PartialSumsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(33)]
    public void The_order_is_that_of_the_plans_tree(int count)
    {
        foreach (var columns in new[] { 1, 15, 16, 17, 100 })
        {
            var parts = Enumerable.Range(0, count).Select(part => Numbers(3, columns, (count * 1000) + part)).ToArray();
            var expected = parts.Select(part => part.Dense.ToArray()).ToArray();
            foreach (var (into, from) in new ReductionTree(count).Additions)
            {
                for (var i = 0; i < expected[into].Length; i++)
                {
                    expected[into][i] += expected[from][i];
                }
            }

            var sum = AlignedFloats.Padded(3, columns + 5).Part(2, columns);
            PartialSums.Add(parts, sum);

            var seen = new float[3 * columns];
            sum.CopyTo(seen);
            Assert.Equal(expected[0], seen);
        }
    }

    [Fact]
    public void The_tree_is_not_the_ascending_chain()
    {
        // Guards the test above: with numbers of such different size, another order gives other bits.
        var parts = Enumerable.Range(0, 8).Select(part => Numbers(1, 100, part)).ToArray();
        var sum = AlignedFloats.Dense(1, 100);
        PartialSums.Add(parts, sum);
        var chain = new float[100];
        foreach (var part in parts)
        {
            PartialSums.AddTwo(chain, part.Dense, chain);
        }

        Assert.NotEqual(chain, sum.Dense.ToArray());
    }

    private static Tensor Numbers(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var numbers = AlignedFloats.Dense(rows, columns);
        foreach (ref var number in numbers.Dense)
        {
            number = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(6)));
        }

        return numbers;
    }
}
