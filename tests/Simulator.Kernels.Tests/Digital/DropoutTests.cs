using Tessera.Kernels.Digital;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using static Tessera.Kernels.Tests.Digital.DigitalSamples;

namespace Tessera.Kernels.Tests.Digital;

public class DropoutTests
{
    private static readonly TileIdentity Identity = new(11, 3);

    [Fact]
    public void The_mask_is_the_one_of_its_address()
    {
        const int Features = 37;
        using var stage = new DropoutOperator(Features, 0.3f, Identity);
        var key = RandomKey.Derive(Identity, RandomStream.Dropout, 0);
        var x = Normals(4 * Features, 1);
        var y = new float[x.Length];
        stage.Forward(new ReadAddress(ReadPhase.Training, 5, 6), x, y, 4);
        var expected = new float[x.Length];
        for (var i = 0; i < x.Length; i++)
        {
            expected[i] = Dropout.ApplyReference(key, 5, 6 + (i / Features), i % Features, 0.3f, x[i]);
        }

        AssertSameBits(expected, y);
        Assert.Contains(0f, y);
    }

    [Fact]
    public void The_cut_into_micro_batches_changes_no_bit_and_steps_differ()
    {
        const int Features = 100;
        using var stage = new DropoutOperator(Features, 0.5f, Identity);
        var x = Normals(10 * Features, 2);
        var (whole, cut, next) = (new float[x.Length], new float[x.Length], new float[x.Length]);
        stage.Forward(new ReadAddress(ReadPhase.Training, 1, 0), x, whole, 10);
        stage.Forward(new ReadAddress(ReadPhase.Training, 2, 0), x, next, 10);
        for (var first = 0; first < 10; first += 3)
        {
            var at = new ReadAddress(ReadPhase.Training, 1, first);
            stage.Forward(at, x.AsSpan(first * Features), cut.AsSpan(first * Features), Math.Min(3, 10 - first));
        }

        AssertSameBits(whole, cut);
        Assert.NotEqual(whole, next);
    }

    [Fact]
    public void Backward_is_the_derivative_of_forward()
    {
        using var stage = new DropoutOperator(20, 0.25f, Identity);
        var at = new ReadAddress(ReadPhase.Training, 9, 0);
        var ones = Enumerable.Repeat(1f, 40).ToArray();
        var (slope, dx) = (new float[40], new float[40]);
        stage.Forward(at, ones, slope, 2); // linear in x, so the output for ones is the slope
        var dy = Normals(40, 3);
        stage.Backward(at, default, default, dy, dx, 2);
        AssertSameBits([.. dy.Zip(slope, (gradient, s) => s == 0f ? 0f : gradient * s)], dx);
        Assert.Contains(slope, value => value == 1f / 0.75f);
    }

    [Fact]
    public void In_evaluation_nothing_is_dropped()
    {
        using var stage = new DropoutOperator(8, 0.9f, Identity);
        var x = Normals(16, 4);
        var y = new float[16];
        stage.Forward(new ReadAddress(ReadPhase.Evaluation, 1, 0), x, y, 2);
        AssertSameBits(x, y);
    }

    [Fact]
    public void The_share_of_dropped_values_and_the_mean_are_right()
    {
        const int Features = 1000;
        const int Batch = 400;
        const double P = 0.3;
        using var stage = new DropoutOperator(Features, (float)P, Identity);
        var x = Enumerable.Repeat(1f, Features * Batch).ToArray();
        var y = new float[x.Length];
        stage.Forward(new ReadAddress(ReadPhase.Training, 77, 0), x, y, Batch);
        var dropped = y.Count(value => value == 0f);
        var deviation = Math.Sqrt(x.Length * P * (1 - P));
        Assert.InRange(dropped, (x.Length * P) - (5.5 * deviation), (x.Length * P) + (5.5 * deviation)); // false alarm below 1e-7
        Assert.InRange(y.Average(), 1 - (5.5 * deviation / x.Length / (1 - P)), 1 + (5.5 * deviation / x.Length / (1 - P)));

        // Variance of the share per column: a mask that repeats itself from vector to vector would have columns of 0 and 1.
        var columns = Enumerable.Range(0, Features).Select(j => Enumerable.Range(0, Batch).Count(b => y[(b * Features) + j] == 0f)).ToArray();
        var variance = columns.Select(count => Math.Pow(count - (Batch * P), 2)).Average();
        var expected = Batch * P * (1 - P);
        Assert.InRange(variance, expected * (1 - (5.5 * Math.Sqrt(2.0 / Features))), expected * (1 + (5.5 * Math.Sqrt(2.0 / Features))));
    }

    [Theory]
    [InlineData(-0.1f)]
    [InlineData(1f)]
    [InlineData(float.NaN)]
    public void An_impossible_probability_is_refused(float p) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new DropoutOperator(3, p, Identity));
}
