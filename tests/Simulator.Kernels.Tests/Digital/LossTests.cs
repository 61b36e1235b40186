using Tessera.Kernels.Digital;
using static Tessera.Kernels.Tests.Digital.DigitalSamples;

namespace Tessera.Kernels.Tests.Digital;

public class LossTests
{
    // PyTorch's values for the scores 1, 2, 3: log(e^1 + e^2 + e^3) = 3.4076059644.
    private static readonly float[] Scores = [1f, 2f, 3f];
    private static readonly double[] Probabilities = [0.0900305732, 0.2447284711, 0.6652409558];

    [Theory]
    [InlineData(0, 2.4076059644)]
    [InlineData(1, 1.4076059644)]
    [InlineData(2, 0.4076059644)]
    public void Cross_entropy_has_the_values_of_PyTorch(int label, double expected)
    {
        var loss = new CrossEntropyLoss(3);
        var (losses, dx) = (new float[1], new float[3]);
        loss.Forward(Scores, [label], losses, 1);
        AssertClose(expected, losses[0], 3e-7, 0, "loss");
        loss.Backward(Scores, [label], dx, 1, 4);
        for (var j = 0; j < 3; j++)
        {
            AssertClose((Probabilities[j] - (j == label ? 1 : 0)) / 4, dx[j], 1e-6, 1e-8, "gradient");
        }
    }

    [Fact]
    public void NLL_has_the_values_of_PyTorch()
    {
        var loss = new NLLLoss(3);
        var (losses, dx) = (new float[2], new float[6]);
        float[] logProbabilities = [-0.5f, -1f, -3f, -2f, -0.25f, -4f];
        loss.Forward(logProbabilities, [2, 1], losses, 2);
        Assert.Equal([3f, 0.25f], losses);
        Assert.Equal(1.625f, MeanLoss.Of(losses));
        loss.Backward(logProbabilities, [2, 1], dx, 2, 8);
        Assert.Equal([0f, 0f, -0.125f, 0f, -0.125f, 0f], dx);
    }

    [Fact]
    public void MSE_has_the_values_of_PyTorch()
    {
        Assert.Equal(2.5f, MSELoss.Sample([1f, 2f], [0f, 4f]));
        var dx = new float[2];
        MSELoss.SampleGradient([1f, 2f], [0f, 4f], dx, 2);
        Assert.Equal([0.5f, -1f], dx); // 2 (x - t) / (2 features * 2 samples)

        var loss = new MSELoss(2);
        var losses = new float[1];
        loss.Forward([0.5f, 3f], [1], losses, 1);
        Assert.Equal((0.25f + 4f) / 2f, losses[0]);
        loss.Backward([0.5f, 3f], [1], dx, 1, 1);
        Assert.Equal([0.5f, 2f], dx);
    }

    [Fact]
    public void Cross_entropy_has_the_bits_of_log_softmax_and_NLL()
    {
        const int Classes = 21;
        const int Batch = 6;
        var x = Normals(Classes * Batch, 5, 3f);
        var labels = Labels(Batch, Classes, 5);
        var (fused, fusedGradient) = (new float[Batch], new float[x.Length]);
        var cross = new CrossEntropyLoss(Classes);
        cross.Forward(x, labels, fused, Batch);
        cross.Backward(x, labels, fusedGradient, Batch, 10);

        var (y, dy, dx, losses) = (new float[x.Length], new float[x.Length], new float[x.Length], new float[Batch]);
        var nll = new NLLLoss(Classes);
        LogSoftmax.Forward(x, Classes, y, Classes, Classes, Batch);
        nll.Forward(y, labels, losses, Batch);
        nll.Backward(y, labels, dy, Batch, 10);
        LogSoftmax.Backward(y, dy, dx, Classes, Classes, Batch);
        AssertSameBits(losses, fused);
        AssertSameBits(dx, fusedGradient);
    }

    [Theory]
    [InlineData(typeof(NLLLoss))]
    [InlineData(typeof(CrossEntropyLoss))]
    [InlineData(typeof(MSELoss))]
    public void Gradients_are_the_finite_differences_of_the_mean_loss(Type type)
    {
        const int Classes = 7;
        const int Batch = 3;
        const float H = 1f / 64;
        var loss = (ILoss)Activator.CreateInstance(type, Classes)!;
        var x = Normals(Classes * Batch, 8);
        var labels = Labels(Batch, Classes, 8);
        var (dx, losses) = (new float[x.Length], new float[Batch]);
        loss.Backward(x, labels, dx, Batch, Batch);
        for (var i = 0; i < x.Length; i++)
        {
            var kept = x[i];
            x[i] = kept + H;
            loss.Forward(x, labels, losses, Batch);
            var above = losses.Sum(value => (double)value);
            x[i] = kept - H;
            loss.Forward(x, labels, losses, Batch);
            var below = losses.Sum(value => (double)value);
            x[i] = kept;
            AssertClose((above - below) / (2 * H * Batch), dx[i], 1e-3, 3e-5, $"gradient {i}");
        }
    }

    [Theory]
    [InlineData(typeof(NLLLoss))]
    [InlineData(typeof(CrossEntropyLoss))]
    [InlineData(typeof(MSELoss))]
    public void The_cut_into_micro_batches_changes_no_bit(Type type)
    {
        const int Classes = 10;
        const int Batch = 10;
        var loss = (ILoss)Activator.CreateInstance(type, Classes)!;
        var x = Normals(Classes * Batch, 9);
        var labels = Labels(Batch, Classes, 9);
        var (losses, dx) = (new float[Batch], new float[x.Length]);
        loss.Forward(x, labels, losses, Batch);
        loss.Backward(x, labels, dx, Batch, Batch);
        var (cutLosses, cutGradient) = (new float[Batch], new float[x.Length]);
        for (var first = 0; first < Batch; first += 3)
        {
            var count = Math.Min(3, Batch - first);
            loss.Forward(x.AsSpan(first * Classes), labels.AsSpan(first), cutLosses.AsSpan(first), count);
            loss.Backward(x.AsSpan(first * Classes), labels.AsSpan(first), cutGradient.AsSpan(first * Classes), count, Batch);
        }

        AssertSameBits(losses, cutLosses);
        AssertSameBits(dx, cutGradient);
    }

    [Theory]
    [InlineData(typeof(NLLLoss))]
    [InlineData(typeof(CrossEntropyLoss))]
    [InlineData(typeof(MSELoss))]
    public void A_label_without_an_output_is_refused(Type type)
    {
        var loss = (ILoss)Activator.CreateInstance(type, 3)!;
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => loss.Forward(Scores, [3], new float[1], 1));
        Assert.Contains("label 3", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => loss.Backward(Scores, [-1], new float[3], 1, 1));
    }

    [Fact]
    public void A_bad_sample_shows_in_the_mean()
    {
        Assert.True(float.IsNaN(MeanLoss.Of([1f, float.NaN, 2f])));
        Assert.True(float.IsInfinity(MeanLoss.Of([1f, float.PositiveInfinity])));
    }
}
