using Tessera.Host.Bench;

namespace Tessera.Host.Tests.Bench;

public sealed class MedianTests
{
    [Fact]
    public void Windows_alternate_and_the_first_of_each_does_not_count()
    {
        List<char> order = [];
        (double limit, double value) = Measure.MedianSeconds(3, () => order.Add('l'), () => order.Add('v'));
        Assert.Equal("lvlvlvlv", string.Concat(order));
        Assert.True(limit >= 0 && value >= 0, $"{limit} and {value}");
    }
}
