using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// Activations over arrays. Every element is independent of all others, so neither batch nor padding nor the cut into calls touches a bit.
/// </summary>
public static class Elementwise
{
    /// <summary>y = f(x) over equal lengths; the spans may be the same memory.</summary>
    public static void Forward<TActivation>(in TActivation activation, ReadOnlySpan<float> x, Span<float> y)
        where TActivation : struct, IActivation
    {
        Require(x.Length == y.Length, x.Length, y.Length);
        var f = activation;
        for (var i = 0; i < x.Length; i += Lanes.Count)
        {
            RowLanes.Store(f.Forward(RowLanes.Load(x, i)), y, i);
        }
    }

    /// <summary>y = f(x) over [batch, features] with a stride per array; only the features are written.</summary>
    public static void Forward<TActivation>(
        in TActivation activation, ReadOnlySpan<float> x, int xStride, Span<float> y, int yStride, int features, int batch)
        where TActivation : struct, IActivation
    {
        for (var b = 0; b < batch; b++)
        {
            Forward(activation, x.Slice(b * xStride, features), y.Slice(b * yStride, features));
        }
    }

    /// <summary>dx = f'(x) dy over equal lengths; dx may be the memory of dy.</summary>
    /// <param name="activation">The function.</param>
    /// <param name="x">Input of the forward pass; empty unless the function needs it.</param>
    /// <param name="y">Output of the forward pass; empty unless the function needs it.</param>
    /// <param name="dy">Gradient at the output.</param>
    /// <param name="dx">Gradient at the input, overwritten.</param>
    public static void Backward<TActivation>(
        in TActivation activation, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
        where TActivation : struct, IActivation
    {
        // A span that is not needed is replaced by one that is there, so that the loop has no branch on it.
        var input = (TActivation.Needs & BackwardNeeds.Input) != 0 ? x : dy;
        var output = (TActivation.Needs & BackwardNeeds.Output) != 0 ? y : dy;
        Require(dy.Length == dx.Length && input.Length == dy.Length && output.Length == dy.Length, dy.Length, dx.Length);
        var f = activation;
        for (var i = 0; i < dy.Length; i += Lanes.Count)
        {
            RowLanes.Store(f.Backward(RowLanes.Load(input, i), RowLanes.Load(output, i), RowLanes.Load(dy, i)), dx, i);
        }
    }

    /// <summary>The scalar form of the forward pass.</summary>
    public static void ForwardReference<TActivation>(in TActivation activation, ReadOnlySpan<float> x, Span<float> y)
        where TActivation : struct, IActivation
    {
        for (var i = 0; i < x.Length; i++)
        {
            y[i] = activation.Forward(x[i]);
        }
    }

    /// <summary>The scalar form of the backward pass; x and y are both given.</summary>
    public static void BackwardReference<TActivation>(
        in TActivation activation, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
        where TActivation : struct, IActivation
    {
        for (var i = 0; i < dy.Length; i++)
        {
            dx[i] = activation.Backward(x[i], y[i], dy[i]);
        }
    }

    private static void Require(bool fits, int given, int expected)
    {
        if (!fits)
        {
            throw new ArgumentException($"Expected arrays of equal length, got {given} and {expected}; pass what the activation needs for backward.");
        }
    }
}
