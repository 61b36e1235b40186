using Tessera.Coordination.Data;

namespace Tessera.Coordination.Tests.Data;

public class EpochOrderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(60_000)]
    public void Every_sample_is_visited_once(int count)
    {
        var order = new int[count];
        EpochOrder.Fill(42, 3, order);
        Array.Sort(order);
        Assert.Equal(Enumerable.Range(0, count), order);
    }

    [Fact]
    public void The_order_is_a_function_of_seed_and_epoch()
    {
        var (first, again, nextEpoch, otherSeed) = (new int[1000], new int[1000], new int[1000], new int[1000]);
        EpochOrder.Fill(1, 0, first);
        EpochOrder.Fill(1, 0, again);
        EpochOrder.Fill(1, 1, nextEpoch);
        EpochOrder.Fill(2, 0, otherSeed);
        Assert.Equal(first, again);
        Assert.NotEqual(first, nextEpoch);
        Assert.NotEqual(first, otherSeed);
        Assert.Throws<ArgumentOutOfRangeException>(() => EpochOrder.Fill(1, -1, first));
    }

    [Fact]
    public void All_permutations_of_five_are_equally_likely()
    {
        const int Epochs = 48_000;
        var counts = new Dictionary<int, int>();
        var order = new int[5];
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            EpochOrder.Fill(7, epoch, order);
            var code = order.Aggregate(0, (sum, value) => (sum * 5) + value);
            counts[code] = counts.GetValueOrDefault(code) + 1;
        }

        Assert.Equal(120, counts.Count);
        var expected = Epochs / 120.0;
        var chiSquared = counts.Values.Sum(count => Math.Pow(count - expected, 2) / expected);
        // 119 degrees of freedom: mean 119, deviation 15.4; beyond these limits with a chance below 1e-7.
        Assert.InRange(chiSquared, 52, 215);
    }

    [Fact]
    public void In_a_long_order_every_place_and_every_distance_is_unbiased()
    {
        const int Count = 600; // three chunks of draws
        const int Epochs = 2000;
        var order = new int[Count];
        var placeSums = new double[Count];
        var neighbours = 0;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            EpochOrder.Fill(9, epoch, order);
            for (var place = 0; place < Count; place++)
            {
                placeSums[place] += order[place];
                neighbours += place > 0 && order[place] == order[place - 1] + 1 ? 1 : 0;
            }
        }

        // Mean 299.5 and variance (n^2 - 1) / 12 at every place; six standard deviations over 600 places is a false alarm below 2e-6 / 2.
        var deviation = Math.Sqrt(((Count * (double)Count) - 1) / 12 * Epochs);
        Assert.All(placeSums, sum => Assert.InRange(sum - (299.5 * Epochs), -6.1 * deviation, 6.1 * deviation));
        var expected = Epochs * (Count - 1.0) / Count; // successors stand together once per order on average
        Assert.InRange(neighbours, expected - (5.5 * Math.Sqrt(expected)), expected + (5.5 * Math.Sqrt(expected)));
    }
}
