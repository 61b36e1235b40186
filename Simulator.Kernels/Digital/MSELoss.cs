using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// Mean squared error, as torch.nn.MSELoss: the mean of (x - t)^2 over samples and features. The loss of a sample is its own mean over
/// features: 16 chains of fused multiply-adds (lane = feature mod 16, ascending) and the tree of strides 8, 4, 2, 1, then one division.
/// As a loss of labels the target is 1 at the label and 0 elsewhere.
/// </summary>
/// <param name="features">Values of a vector.</param>
public sealed class MSELoss(int features) : ILoss
{
    private readonly float[] _target = new float[features]; // scratch for one sample

    /// <inheritdoc/>
    public int Features => features;

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<float> x, ReadOnlySpan<int> labels, Span<float> losses, int batch)
    {
        for (var b = 0; b < batch; b++)
        {
            losses[b] = Sample(x.Slice(b * features, features), OneHot(labels[b], b));
        }
    }

    /// <inheritdoc/>
    public void Backward(ReadOnlySpan<float> x, ReadOnlySpan<int> labels, Span<float> dx, int batch, int miniBatch)
    {
        for (var b = 0; b < batch; b++)
        {
            SampleGradient(x.Slice(b * features, features), OneHot(labels[b], b), dx.Slice(b * features, features), miniBatch);
        }
    }

    /// <summary>Loss of one sample against any target.</summary>
    /// <param name="x">[features], output of the network.</param>
    /// <param name="target">[features].</param>
    public static float Sample(ReadOnlySpan<float> x, ReadOnlySpan<float> target)
    {
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < x.Length; i += Lanes.Count)
        {
            var difference = RowLanes.Load(x, i) - RowLanes.Load(target, i);
            sum = Vector512.FusedMultiplyAdd(difference, difference, sum);
        }

        return RowLanes.TreeSum(sum) / x.Length;
    }

    /// <summary>dx = 2 (x - t) / (features * miniBatch) for one sample against any target.</summary>
    /// <param name="x">[features], output of the network.</param>
    /// <param name="target">[features].</param>
    /// <param name="dx">[features], overwritten.</param>
    /// <param name="miniBatch">Samples of the whole mini-batch.</param>
    public static void SampleGradient(ReadOnlySpan<float> x, ReadOnlySpan<float> target, Span<float> dx, int miniBatch)
    {
        var factor = Vector512.Create(2f / ((float)x.Length * miniBatch));
        for (var i = 0; i < x.Length; i += Lanes.Count)
        {
            RowLanes.Store((RowLanes.Load(x, i) - RowLanes.Load(target, i)) * factor, dx, i);
        }
    }

    private ReadOnlySpan<float> OneHot(int label, int sample)
    {
        LossLabels.Require(label, sample, features);
        Array.Clear(_target);
        _target[label] = 1f;
        return _target;
    }
}
