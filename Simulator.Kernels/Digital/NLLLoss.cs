namespace Tessera.Kernels.Digital;

/// <summary>
/// Negative log-likelihood of log-probabilities, as torch.nn.NLLLoss: the loss of a sample is -x[label]; the gradient is -1 / miniBatch at
/// the label and 0 elsewhere.
/// </summary>
/// <param name="features">Classes.</param>
public sealed class NLLLoss(int features) : ILoss
{
    /// <inheritdoc/>
    public int Features => features;

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<float> x, ReadOnlySpan<int> labels, Span<float> losses, int batch)
    {
        for (var b = 0; b < batch; b++)
        {
            LossLabels.Require(labels[b], b, features);
            losses[b] = -x[(b * features) + labels[b]];
        }
    }

    /// <inheritdoc/>
    public void Backward(ReadOnlySpan<float> x, ReadOnlySpan<int> labels, Span<float> dx, int batch, int miniBatch)
    {
        dx[..(batch * features)].Clear();
        for (var b = 0; b < batch; b++)
        {
            LossLabels.Require(labels[b], b, features);
            dx[(b * features) + labels[b]] = -1f / miniBatch;
        }
    }
}
