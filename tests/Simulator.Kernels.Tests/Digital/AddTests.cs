using Tessera.Kernels.Digital;
using static Tessera.Kernels.Tests.Digital.DigitalSamples;

namespace Tessera.Kernels.Tests.Digital;

public class AddTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(45)]
    public void Values_are_added_one_by_one(int length)
    {
        var sum = Normals(length, 1);
        var x = Normals(length, 2);
        float[] expected = [.. sum.Zip(x, (a, b) => a + b)];
        Add.Accumulate(sum, x);
        AssertSameBits(expected, sum);
    }

    [Fact]
    public void Unequal_lengths_are_refused() => Assert.Throws<ArgumentException>(() => Add.Accumulate(new float[3], new float[4]));

    [Fact]
    public void A_bias_is_added_to_every_vector_and_its_gradient_is_a_chain_over_samples()
    {
        float[] bias = [1f, 2f];
        float[] y = [10f, 20f, 9f, 30f, 40f, 9f];
        Bias.AddTo(bias, y, 3, 2);
        Assert.Equal([11f, 22f, 9f, 31f, 42f, 9f], y);

        // (1e8 + -1e8) + 1 is 1, 1e8 + (-1e8 + 1) is 0: only sample order gives 1.
        float[] gradient = [0f];
        Bias.AccumulateGradient(gradient, [1e8f, 5f, -1e8f, 5f], 2, 2);
        Bias.AccumulateGradient(gradient, [1f, 5f], 2, 1);
        Assert.Equal([1f], gradient);
    }
}
