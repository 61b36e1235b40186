using Tessera.Kernels.Digital;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Digital;

public class LinearInitialisationTests
{
    private static readonly TileIdentity Identity = new(1, 2);

    [Fact]
    public void Weights_are_uniform_with_the_bound_of_PyTorch()
    {
        const int FanIn = 784;
        const int Rows = 256;
        var bound = 1 / Math.Sqrt(FanIn);
        var values = new float[Rows * FanIn];
        for (var row = 0; row < Rows; row++)
        {
            LinearInitialisation.WeightRow(Identity, row, values.AsSpan(row * FanIn, FanIn), FanIn);
        }

        Assert.All(values, value => Assert.InRange(value, -bound * 1.000001, bound * 1.000001));
        double count = values.Length;
        var mean = values.Average(value => value / bound);
        var second = values.Average(value => Math.Pow(value / bound, 2));
        var fourth = values.Average(value => Math.Pow(value / bound, 4));
        // Uniform in (-1, 1): moments 0, 1/3, 1/5; limits at 5.5 standard deviations, false alarm below 1e-7 each.
        Assert.InRange(mean, -5.5 * Math.Sqrt(1 / 3.0 / count), 5.5 * Math.Sqrt(1 / 3.0 / count));
        Assert.InRange(second - (1 / 3.0), -5.5 * Math.Sqrt(4 / 45.0 / count), 5.5 * Math.Sqrt(4 / 45.0 / count));
        Assert.InRange(fourth - 0.2, -5.5 * Math.Sqrt(16 / 225.0 / count), 5.5 * Math.Sqrt(16 / 225.0 / count));
    }

    [Fact]
    public void Draws_belong_to_their_address()
    {
        var (row, part, other, bias) = (new float[100], new float[40], new float[100], new float[100]);
        LinearInitialisation.WeightRow(Identity, 3, row, 100);
        LinearInitialisation.WeightRow(Identity, 3, part, 100);
        LinearInitialisation.WeightRow(Identity with { Tile = 9 }, 3, other, 100);
        LinearInitialisation.Bias(Identity, bias, 100);
        DigitalSamples.AssertSameBits(row.AsSpan(0, 40), part);
        Assert.NotEqual(row, other);
        var first = new float[100];
        LinearInitialisation.WeightRow(Identity, 0, first, 100);
        Assert.NotEqual(first, bias);
        Assert.Equal(0.1f, LinearInitialisation.Bound(100));
    }
}
