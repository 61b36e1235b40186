using Tessera.Kernels.Digital;
using static Tessera.Kernels.Tests.Digital.DigitalSamples;

namespace Tessera.Kernels.Tests.Digital;

public class LogSoftmaxTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(100)]
    public void Vector_and_scalar_forms_give_equal_bits(int features)
    {
        var x = Normals(features, features, 4f);
        var dy = Normals(features, features + 500);
        var (y, dx) = (new float[features], new float[features]);
        var (yReference, dxReference) = (new float[features], new float[features]);
        LogSoftmax.Forward(x, features, y, features, features, 1);
        LogSoftmaxReference.Forward(x, yReference);
        AssertSameBits(yReference, y);
        LogSoftmax.Backward(y, dy, dx, features, features, 1);
        LogSoftmaxReference.Backward(y, dy, dxReference);
        AssertSameBits(dxReference, dx);
    }

    [Fact]
    public void Forward_and_backward_follow_a_double_precision_oracle()
    {
        const int Features = 10;
        const double H = 1e-5;
        var x = Normals(3 * Features, 1, 2f);
        var dy = Normals(3 * Features, 2);
        var (y, dx) = (new float[3 * Features], new float[3 * Features]);
        using var stage = new LogSoftmaxOperator(Features);
        stage.Forward(default, x, y, 3);
        stage.Backward(default, default, y, dy, dx, 3);
        for (var b = 0; b < 3; b++)
        {
            var row = x[(b * Features)..((b + 1) * Features)].Select(value => (double)value).ToArray();
            var weights = dy[(b * Features)..((b + 1) * Features)];
            var expected = Oracle(row);
            for (var j = 0; j < Features; j++)
            {
                AssertClose(expected[j], y[(b * Features) + j], 5e-7, 5e-7, "log-probability");
                row[j] += H;
                var above = Oracle(row).Zip(weights, (value, weight) => value * weight).Sum();
                row[j] -= 2 * H;
                var below = Oracle(row).Zip(weights, (value, weight) => value * weight).Sum();
                row[j] += H;
                AssertClose((above - below) / (2 * H), dx[(b * Features) + j], 3e-6, 3e-6, "gradient");
            }
        }
    }

    [Fact]
    public void Large_scores_do_not_overflow()
    {
        float[] x = [1e30f, 0f, -1e30f];
        var y = new float[3];
        LogSoftmax.Forward(x, 3, y, 3, 3, 1);
        Assert.Equal(0f, y[0]);
        Assert.Equal(-1e30f, y[1]);
        Assert.True(float.IsFinite(y[2]));
    }

    private static double[] Oracle(double[] x)
    {
        var maximum = x.Max();
        var logarithm = Math.Log(x.Sum(value => Math.Exp(value - maximum)));
        return [.. x.Select(value => value - maximum - logarithm)];
    }
}
