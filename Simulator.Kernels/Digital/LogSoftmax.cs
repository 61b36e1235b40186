using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Digital;

/// <summary>
/// y_j = (x_j - m) - log sum_k exp(x_k - m) with m = max x, for each vector. Sums over features run in 16 chains (lane = feature mod 16,
/// ascending) that are added along the tree of strides 8, 4, 2, 1.
/// </summary>
public static class LogSoftmax
{
    /// <summary>Log-probabilities of each vector.</summary>
    /// <param name="x">[batch, features] with xStride.</param>
    /// <param name="xStride">Distance between rows of x.</param>
    /// <param name="y">[batch, features] with yStride, overwritten; may be the memory of x.</param>
    /// <param name="yStride">Distance between rows of y.</param>
    /// <param name="features">Values of a vector, 1 or more.</param>
    /// <param name="batch">Vectors.</param>
    public static void Forward(ReadOnlySpan<float> x, int xStride, Span<float> y, int yStride, int features, int batch)
    {
        for (var b = 0; b < batch; b++)
        {
            ForwardRow(x.Slice(b * xStride, features), y.Slice(b * yStride, features));
        }
    }

    /// <summary>dx_j = dy_j - exp(y_j) sum_k dy_k, for each vector.</summary>
    /// <param name="y">[batch, features] with stride, the log-probabilities.</param>
    /// <param name="dy">[batch, features] with stride, gradient at the output.</param>
    /// <param name="dx">[batch, features] with stride, overwritten; may be the memory of dy.</param>
    /// <param name="stride">Distance between rows of all three.</param>
    /// <param name="features">Values of a vector.</param>
    /// <param name="batch">Vectors.</param>
    public static void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int stride, int features, int batch)
    {
        for (var b = 0; b < batch; b++)
        {
            BackwardRow(y.Slice(b * stride, features), dy.Slice(b * stride, features), dx.Slice(b * stride, features));
        }
    }

    private static void ForwardRow(ReadOnlySpan<float> x, Span<float> y)
    {
        var largest = Vector512.Create(float.NegativeInfinity);
        for (var i = 0; i < x.Length; i += Lanes.Count)
        {
            largest = Vector512.Max(largest, RowLanes.Load(x, i, float.NegativeInfinity));
        }

        var maximum = Vector512.Create(RowLanes.Max(largest));
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < x.Length; i += Lanes.Count)
        {
            // Lanes behind the end hold exp(-infinity) = 0.
            sum += LaneMath.Exp(RowLanes.Load(x, i, float.NegativeInfinity) - maximum);
        }

        var logarithm = Vector512.Create(ScalarMath.Log(RowLanes.TreeSum(sum)));
        for (var i = 0; i < x.Length; i += Lanes.Count)
        {
            RowLanes.Store(RowLanes.Load(x, i) - maximum - logarithm, y, i);
        }
    }

    private static void BackwardRow(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < dy.Length; i += Lanes.Count)
        {
            sum += RowLanes.Load(dy, i);
        }

        var total = Vector512.Create(-RowLanes.TreeSum(sum));
        for (var i = 0; i < dy.Length; i += Lanes.Count)
        {
            RowLanes.Store(Vector512.FusedMultiplyAdd(total, LaneMath.Exp(RowLanes.Load(y, i)), RowLanes.Load(dy, i)), dx, i);
        }
    }
}

/// <summary>The scalar form of <see cref="LogSoftmax"/> for one vector, with the same order of sums.</summary>
public static class LogSoftmaxReference
{
    /// <summary>Log-probabilities of one vector.</summary>
    public static void Forward(ReadOnlySpan<float> x, Span<float> y)
    {
        var maximum = float.NegativeInfinity;
        foreach (var value in x)
        {
            maximum = MathF.Max(maximum, value);
        }

        Span<float> lanes = stackalloc float[Lanes.Count];
        lanes.Clear();
        for (var j = 0; j < x.Length; j++)
        {
            lanes[j % Lanes.Count] += ScalarMath.Exp(x[j] - maximum);
        }

        var logarithm = ScalarMath.Log(TreeSum(lanes));
        for (var j = 0; j < x.Length; j++)
        {
            y[j] = x[j] - maximum - logarithm;
        }
    }

    /// <summary>Gradient at the input of one vector.</summary>
    public static void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        Span<float> lanes = stackalloc float[Lanes.Count];
        lanes.Clear();
        for (var j = 0; j < dy.Length; j++)
        {
            lanes[j % Lanes.Count] += dy[j];
        }

        var total = -TreeSum(lanes);
        for (var j = 0; j < dy.Length; j++)
        {
            dx[j] = MathF.FusedMultiplyAdd(total, ScalarMath.Exp(y[j]), dy[j]);
        }
    }

    private static float TreeSum(Span<float> lanes)
    {
        for (var stride = Lanes.Count / 2; stride > 0; stride /= 2)
        {
            for (var lane = 0; lane < stride; lane++)
            {
                lanes[lane] += lanes[lane + stride];
            }
        }

        return lanes[0];
    }
}

/// <summary>A stage that turns scores into log-probabilities.</summary>
/// <param name="features">Classes.</param>
public sealed class LogSoftmaxOperator(int features) : IDigitalOperator
{
    /// <inheritdoc/>
    public int InFeatures => features;

    /// <inheritdoc/>
    public int OutFeatures => features;

    /// <inheritdoc/>
    public BackwardNeeds Needs => BackwardNeeds.Output;

    /// <inheritdoc/>
    public IReadOnlyList<DigitalParameter> Parameters => [];

    /// <inheritdoc/>
    public void Forward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch) =>
        LogSoftmax.Forward(x, features, y, features, features, batch);

    /// <inheritdoc/>
    public void Backward(in ReadAddress at, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int batch)
    {
        if (!dx.IsEmpty)
        {
            LogSoftmax.Backward(y, dy, dx, features, features, batch);
        }
    }

    /// <inheritdoc/>
    public void VisitState(ITileStateVisitor visitor)
    {
        // A function without parameters has no state.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
