using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// Cross-entropy of scores, as torch.nn.CrossEntropyLoss: <see cref="LogSoftmax"/> followed by <see cref="NLLLoss"/>, with the same bits as
/// the two stages one after the other. The gradient is (softmax(x) - onehot(label)) / miniBatch.
/// </summary>
/// <param name="features">Classes.</param>
public sealed class CrossEntropyLoss(int features) : ILoss
{
    private readonly float[] _logProbabilities = new float[Lanes.RoundUp(features)]; // scratch for one sample

    /// <inheritdoc/>
    public int Features => features;

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<float> x, ReadOnlySpan<int> labels, Span<float> losses, int batch)
    {
        for (var b = 0; b < batch; b++)
        {
            LossLabels.Require(labels[b], b, features);
            LogSoftmax.Forward(x.Slice(b * features, features), features, _logProbabilities, features, features, 1);
            losses[b] = -_logProbabilities[labels[b]];
        }
    }

    /// <inheritdoc/>
    public void Backward(ReadOnlySpan<float> x, ReadOnlySpan<int> labels, Span<float> dx, int batch, int miniBatch)
    {
        var share = 1f / miniBatch;
        for (var b = 0; b < batch; b++)
        {
            LossLabels.Require(labels[b], b, features);
            var row = dx.Slice(b * features, features);
            LogSoftmax.Forward(x.Slice(b * features, features), features, _logProbabilities, features, features, 1);
            row.Clear();
            row[labels[b]] = -share;
            for (var i = 0; i < features; i += Lanes.Count)
            {
                var probability = LaneMath.Exp(RowLanes.Load(_logProbabilities, i));
                RowLanes.Store(Vector512.FusedMultiplyAdd(Vector512.Create(share), probability, RowLanes.Load(row, i)), row, i);
            }
        }
    }
}
