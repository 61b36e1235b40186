using Tessera.Coordination.Data;

namespace Tessera.Coordination.Tests.Data;

public class SampleSetTests
{
    private static readonly ByteSamples Images = new([0, 255, 51, 102, 1, 2], [2, 0, 1], 2, 3);

    [Fact]
    public void Bytes_become_shares_of_full_ink()
    {
        var destination = new float[] { 9f, 9f, 9f };
        Images.CopyFeatures(1, destination);
        Assert.Equal([51 / 255f, 102 / 255f, 9f], destination);
        Assert.Equal(0, Images.Label(1));
    }

    [Fact]
    public void Every_byte_becomes_the_correctly_rounded_quotient()
    {
        var pixels = Enumerable.Range(0, 259).Select(value => (byte)value).ToArray();
        var destination = new float[pixels.Length];
        new ByteSamples(pixels, [0], pixels.Length, 1).CopyFeatures(0, destination);
        Assert.Equal(pixels.Select(value => value / 255f), destination);
    }

    [Fact]
    public void A_slice_is_a_view_with_its_own_numbering()
    {
        var slice = Images.Slice(new SampleRange(1, 2));
        var destination = new float[2];
        slice.CopyFeatures(1, destination);
        Assert.Equal((2, 2, 3), (slice.Count, slice.Features, slice.Classes));
        Assert.Equal([1 / 255f, 2 / 255f], destination);
        Assert.Equal(1, slice.Label(1));
        Assert.Equal(1, slice.Slice(1, 1).Label(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => slice.Label(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => slice.CopyFeatures(-1, destination));
        Assert.Throws<ArgumentOutOfRangeException>(() => Images.Slice(1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Images.CopyFeatures(3, destination));
    }

    [Theory]
    [InlineData("0..7999", 0, 7999)]
    [InlineData(" 5 .. 5 ", 5, 5)]
    public void A_range_is_inclusive(string text, int first, int last)
    {
        Assert.True(SampleRange.TryParse(text, out var range));
        Assert.Equal((first, last, last - first + 1), (range.First, range.Last, range.Count));
        Assert.Equal($"{first}..{last}", range.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5..4")]
    [InlineData("-1..4")]
    [InlineData("a..b")]
    [InlineData("0...4")]
    [InlineData("0..99999999999")]
    public void What_is_no_range_is_refused(string? text) => Assert.False(SampleRange.TryParse(text, out _));

    [Fact]
    public void A_network_that_cannot_read_the_samples_is_told_so()
    {
        var data = new DataPair(Images, Images);
        data.RequireFits(2, 3);
        Assert.Contains("in_features to 2", Assert.Throws<DataException>(() => data.RequireFits(4, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("label 2", Assert.Throws<DataException>(() => data.RequireFits(2, 2)).Message, StringComparison.Ordinal);
    }
}
