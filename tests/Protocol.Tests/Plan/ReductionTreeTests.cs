using Tessera.Protocol.Plan;

namespace Tessera.Protocol.Tests.Plan;

public class ReductionTreeTests
{
    [Theory]
    [InlineData(1, "0")]
    [InlineData(2, "(0 + 1)")]
    [InlineData(3, "((0 + 1) + 2)")]
    [InlineData(4, "((0 + 1) + (2 + 3))")]
    [InlineData(5, "(((0 + 1) + (2 + 3)) + 4)")]
    [InlineData(7, "(((0 + 1) + (2 + 3)) + ((4 + 5) + 6))")]
    public void Parts_are_paired_by_doubling_strides(int parts, string expected) => Assert.Equal(expected, new ReductionTree(parts).ToString());

    [Fact]
    public void Zero_parts_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new ReductionTree(0));
}
