using FsCheck;
using FsCheck.Fluent;
using Tessera.Coordination.Plan;

namespace Tessera.Coordination.Tests.Plan;

public class BalancedSplitTests
{
    [Theory]
    [InlineData(512, 512, new[] { 512 })]
    [InlineData(513, 512, new[] { 257, 256 })]
    [InlineData(1000, 512, new[] { 500, 500 })]
    [InlineData(1025, 512, new[] { 342, 342, 341 })]
    [InlineData(784, 256, new[] { 196, 196, 196, 196 })]
    [InlineData(784, 0, new[] { 784 })]
    [InlineData(784, -1, new[] { 784 })]
    public void The_spec_values(int size, int limit, int[] expected) => Assert.Equal(expected, BalancedSplit.Of(size, limit));

    [Fact]
    public void Parts_fit_cover_and_differ_by_at_most_one()
    {
        var sizes = Gen.Choose(1, 5000).ToArbitrary();
        var limits = Gen.Choose(1, 700).ToArbitrary();
        Prop.ForAll(sizes, limits, (size, limit) =>
        {
            var parts = BalancedSplit.Of(size, limit);
            return parts.Sum() == size && parts.Max() <= limit && parts.Max() - parts.Min() <= 1
                && parts.SequenceEqual(parts.OrderDescending()) && parts.Length == (int)Math.Ceiling((double)size / limit);
        }).QuickCheckThrowOnFailure();
    }
}
