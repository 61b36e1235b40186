using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Digital;

/// <summary>A stage that applies an activation to every value.</summary>
/// <typeparam name="TActivation">The function.</typeparam>
/// <param name="features">Values of a vector.</param>
/// <param name="activation">The function with its constants.</param>
public sealed class ActivationOperator<TActivation>(int features, TActivation activation) : IDigitalOperator
    where TActivation : struct, IActivation
{
    /// <inheritdoc/>
    public int InFeatures => features;

    /// <inheritdoc/>
    public int OutFeatures => features;

    /// <inheritdoc/>
    public BackwardNeeds Needs => TActivation.Needs;

    /// <inheritdoc/>
    public IReadOnlyList<DigitalParameter> Parameters => [];

    /// <inheritdoc/>
    public void Forward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch) =>
        Elementwise.Forward(activation, x[..(batch * features)], y[..(batch * features)]);

    /// <inheritdoc/>
    public void Backward(in ReadAddress at, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int batch)
    {
        if (!dx.IsEmpty)
        {
            var length = batch * features;
            Elementwise.Backward(activation, Kept(x, length), Kept(y, length), dy[..length], dx[..length]);
        }
    }

    /// <inheritdoc/>
    public void VisitState(ITileStateVisitor visitor)
    {
        // An activation has no state.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private static ReadOnlySpan<float> Kept(ReadOnlySpan<float> values, int length) => values.Length < length ? default : values[..length];
}
