using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// A function applied to every value on its own, with its derivative. Implemented by small structs, so that <see cref="Elementwise"/> is
/// compiled once per function without a call in its loop. Vector and scalar form give the same bits.
/// </summary>
public interface IActivation
{
    /// <summary>What the derivative is computed from.</summary>
    static abstract BackwardNeeds Needs { get; }

    /// <summary>y = f(x), 16 values.</summary>
    Vector512<float> Forward(Vector512<float> x);

    /// <summary>y = f(x), the scalar reference.</summary>
    float Forward(float x);

    /// <summary>dx = f'(x) dy, 16 values; x or y is undefined unless it is needed.</summary>
    Vector512<float> Backward(Vector512<float> x, Vector512<float> y, Vector512<float> dy);

    /// <summary>dx = f'(x) dy, the scalar reference.</summary>
    float Backward(float x, float y, float dy);
}
