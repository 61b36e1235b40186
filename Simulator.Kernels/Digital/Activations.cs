using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>y = tanh(x), dx = (1 - y^2) dy.</summary>
public readonly struct TanhActivation : IActivation
{
    /// <inheritdoc/>
    public static BackwardNeeds Needs => BackwardNeeds.Output;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Forward(Vector512<float> x) => LaneMath.Tanh(x);

    /// <inheritdoc/>
    public float Forward(float x) => ScalarMath.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Backward(Vector512<float> x, Vector512<float> y, Vector512<float> dy) =>
        Vector512.FusedMultiplyAdd(-y, y, Vector512<float>.One) * dy;

    /// <inheritdoc/>
    public float Backward(float x, float y, float dy) => MathF.FusedMultiplyAdd(-y, y, 1f) * dy;
}

/// <summary>y = 1 / (1 + exp(-x)), dx = y (1 - y) dy.</summary>
public readonly struct SigmoidActivation : IActivation
{
    /// <inheritdoc/>
    public static BackwardNeeds Needs => BackwardNeeds.Output;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Forward(Vector512<float> x) => LaneMath.Sigmoid(x);

    /// <inheritdoc/>
    public float Forward(float x) => ScalarMath.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Backward(Vector512<float> x, Vector512<float> y, Vector512<float> dy) =>
        Vector512.FusedMultiplyAdd(-y, y, y) * dy;

    /// <inheritdoc/>
    public float Backward(float x, float y, float dy) => MathF.FusedMultiplyAdd(-y, y, y) * dy;
}

/// <summary>y = max(x, 0), with NaN kept; dx = dy where y is above 0, else 0.</summary>
public readonly struct ReLUActivation : IActivation
{
    /// <inheritdoc/>
    public static BackwardNeeds Needs => BackwardNeeds.Output;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Forward(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, Vector512<float>.Zero), Vector512<float>.Zero, x);

    /// <inheritdoc/>
    public float Forward(float x) => x <= 0f ? 0f : x;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Backward(Vector512<float> x, Vector512<float> y, Vector512<float> dy) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(y, Vector512<float>.Zero), dy, Vector512<float>.Zero);

    /// <inheritdoc/>
    public float Backward(float x, float y, float dy) => y > 0f ? dy : 0f;
}

/// <summary>y = x above 0, else negative_slope x; the derivative at 0 is the slope, as in PyTorch.</summary>
/// <param name="NegativeSlope">Slope below zero, PyTorch's default 0.01.</param>
public readonly record struct LeakyReLUActivation(float NegativeSlope) : IActivation
{
    /// <inheritdoc/>
    public static BackwardNeeds Needs => BackwardNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Forward(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x, x * Vector512.Create(NegativeSlope));

    /// <inheritdoc/>
    public float Forward(float x) => x > 0f ? x : x * NegativeSlope;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Backward(Vector512<float> x, Vector512<float> y, Vector512<float> dy) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), dy, dy * Vector512.Create(NegativeSlope));

    /// <inheritdoc/>
    public float Backward(float x, float y, float dy) => x > 0f ? dy : dy * NegativeSlope;
}

/// <summary>
/// y = x Phi(x) with Phi the normal distribution function, in its exact form Phi(x) = (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel 2016,
/// PyTorch's default); dx = (Phi(x) + x phi(x)) dy with phi(x) = exp(-x^2 / 2) / sqrt(2 pi).
/// </summary>
public readonly struct GELUActivation : IActivation
{
    private const float InverseSqrt2 = 0.70710678f;
    private const float InverseSqrt2Pi = 0.39894228f;

    /// <inheritdoc/>
    public static BackwardNeeds Needs => BackwardNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Forward(Vector512<float> x) => x * Distribution(x);

    /// <inheritdoc/>
    public float Forward(float x) => x * Distribution(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Backward(Vector512<float> x, Vector512<float> y, Vector512<float> dy)
    {
        var density = LaneMath.Exp(x * x * Vector512.Create(-0.5f)) * Vector512.Create(InverseSqrt2Pi);
        return Vector512.FusedMultiplyAdd(x, density, Distribution(x)) * dy;
    }

    /// <inheritdoc/>
    public float Backward(float x, float y, float dy)
    {
        var density = ScalarMath.Exp(x * x * -0.5f) * InverseSqrt2Pi;
        return MathF.FusedMultiplyAdd(x, density, Distribution(x)) * dy;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Distribution(Vector512<float> x) =>
        Vector512.FusedMultiplyAdd(LaneMath.Erf(x * Vector512.Create(InverseSqrt2)), Vector512.Create(0.5f), Vector512.Create(0.5f));

    private static float Distribution(float x) => MathF.FusedMultiplyAdd(ScalarMath.Erf(x * InverseSqrt2), 0.5f, 0.5f);
}
