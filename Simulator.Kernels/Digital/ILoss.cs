namespace Tessera.Kernels.Digital;

/// <summary>
/// The loss of a classifier: one number a sample, and the gradient of their mean over the mini-batch. A micro-batch divides by the size of
/// the whole mini-batch, so that the cut changes no bit. Activations are dense row-major [batch, features].
/// </summary>
public interface ILoss
{
    /// <summary>Outputs of the network that the loss reads: classes.</summary>
    int Features { get; }

    /// <summary>Loss of each sample, before the mean.</summary>
    /// <param name="x">[batch, Features], outputs of the network.</param>
    /// <param name="labels">[batch], 0 to Features - 1.</param>
    /// <param name="losses">[batch], overwritten.</param>
    /// <param name="batch">Samples of this micro-batch.</param>
    void Forward(ReadOnlySpan<float> x, ReadOnlySpan<int> labels, Span<float> losses, int batch);

    /// <summary>Gradient of the mean loss of the mini-batch at the outputs of the network.</summary>
    /// <param name="x">[batch, Features], outputs of the network.</param>
    /// <param name="labels">[batch], 0 to Features - 1.</param>
    /// <param name="dx">[batch, Features], overwritten.</param>
    /// <param name="batch">Samples of this micro-batch.</param>
    /// <param name="miniBatch">Samples of the whole mini-batch: the divisor of the mean.</param>
    void Backward(ReadOnlySpan<float> x, ReadOnlySpan<int> labels, Span<float> dx, int batch, int miniBatch);
}

/// <summary>The mean of sample losses: a chain of double-precision additions in sample order, one division, one rounding to float.</summary>
public static class MeanLoss
{
    /// <summary>Mean over the mini-batch; NaN or infinite if any sample's loss is.</summary>
    /// <param name="losses">[miniBatch], in sample order.</param>
    public static float Of(ReadOnlySpan<float> losses)
    {
        var sum = 0.0;
        foreach (var loss in losses)
        {
            sum += loss;
        }

        return (float)(sum / losses.Length);
    }
}

/// <summary>Checks that losses share.</summary>
internal static class LossLabels
{
    public static void Require(int label, int sample, int features)
    {
        if ((uint)label >= (uint)features)
        {
            throw new ArgumentOutOfRangeException(
                nameof(label), $"Sample {sample} of the micro-batch has label {label}; the network has {features} outputs, expected 0 to {features - 1}.");
        }
    }
}
