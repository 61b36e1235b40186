using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Digital;

/// <summary>What the backward pass of an operator reads besides the gradient; the stage keeps it from the forward pass.</summary>
[Flags]
public enum BackwardNeeds
{
    /// <summary>Only the gradient.</summary>
    None = 0,

    /// <summary>The input x of the forward pass.</summary>
    Input = 1,

    /// <summary>The output y of the forward pass.</summary>
    Output = 2,
}

/// <summary>
/// A digital stage with one input, as the executor that owns it sees it. Activations are dense row-major [batch, features] and belong to the
/// stage; the operator keeps parameters and scratch only, so that a repeated forward or backward pass of other vectors disturbs nothing.
/// </summary>
/// <remarks>
/// A mini-batch may come in any number of consecutive micro-batches: a draw is addressed by the index of its vector within the mini-batch,
/// and parameter gradients grow sample by sample in the order in which the calls come. Sums of several inputs are <see cref="Add"/>.
/// </remarks>
public interface IDigitalOperator : IDisposable
{
    /// <summary>Values of an input vector.</summary>
    int InFeatures { get; }

    /// <summary>Values of an output vector.</summary>
    int OutFeatures { get; }

    /// <summary>What the stage must keep for <see cref="Backward"/>; the spans of what is not needed may be empty.</summary>
    BackwardNeeds Needs { get; }

    /// <summary>Trainable arrays with their gradients, in a fixed order; empty for most operators.</summary>
    IReadOnlyList<DigitalParameter> Parameters { get; }

    /// <summary>y = f(x). Changes no state.</summary>
    /// <param name="at">Phase, step, and index of the first vector within the mini-batch.</param>
    /// <param name="x">[batch, InFeatures].</param>
    /// <param name="y">[batch, OutFeatures], overwritten.</param>
    /// <param name="batch">Vectors, 1 or more.</param>
    void Forward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch);

    /// <summary>Gradient at the input; gradients of parameters are added to <see cref="DigitalParameter.Gradients"/>.</summary>
    /// <param name="at">The address of the forward pass.</param>
    /// <param name="x">[batch, InFeatures], input of the forward pass, or empty unless needed.</param>
    /// <param name="y">[batch, OutFeatures], output of the forward pass, or empty unless needed.</param>
    /// <param name="dy">[batch, OutFeatures], gradient at the output.</param>
    /// <param name="dx">[batch, InFeatures], overwritten; empty where nobody reads it.</param>
    /// <param name="batch">Vectors, 1 or more.</param>
    void Backward(in ReadAddress at, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int batch);

    /// <summary>Names every mutable array to a visitor in a fixed order, for snapshots and hashes.</summary>
    void VisitState(ITileStateVisitor visitor);
}
