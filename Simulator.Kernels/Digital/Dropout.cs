using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Digital;

/// <summary>
/// Inverted dropout, as torch.nn.Dropout: in training a value is dropped with probability p and the others grow by 1 / (1 - p); in evaluation
/// it is the identity. The mask is never stored: the uniform number of vector v and feature j has the address (stream dropout, step, v,
/// event 0, row 0, column j), and the value is kept where it is at least p.
/// </summary>
public static class Dropout
{
    /// <summary>y = mask x / (1 - p) for consecutive vectors of a mini-batch. The backward pass is the same function of dy.</summary>
    /// <param name="key">Key of the stage: <see cref="RandomStream.Dropout"/>.</param>
    /// <param name="step">Mini-batch counter.</param>
    /// <param name="firstVector">Index of the first vector within the mini-batch.</param>
    /// <param name="p">Probability of dropping a value, 0 to below 1.</param>
    /// <param name="x">[batch, features] with xStride.</param>
    /// <param name="xStride">Distance between rows of x.</param>
    /// <param name="y">[batch, features] with yStride, overwritten; may be the memory of x.</param>
    /// <param name="yStride">Distance between rows of y.</param>
    /// <param name="uniforms">[features], scratch for the draws of one vector; its length is the number of features.</param>
    /// <param name="batch">Vectors.</param>
    public static void Apply(
        RandomKey key, ulong step, int firstVector, float p, ReadOnlySpan<float> x, int xStride, Span<float> y, int yStride, Span<float> uniforms, int batch)
    {
        var features = uniforms.Length;
        var scale = Vector512.Create(Scale(p));
        var threshold = Vector512.Create(p);
        for (var b = 0; b < batch; b++)
        {
            RandomField.Uniforms(key, new DrawAddress(DrawAddress.PackStep(step), (uint)(firstVector + b), 0), 0, uniforms);
            var source = x.Slice(b * xStride, features);
            var target = y.Slice(b * yStride, features);
            for (var i = 0; i < features; i += Lanes.Count)
            {
                var kept = Vector512.GreaterThanOrEqual(RowLanes.Load(uniforms, i), threshold);
                RowLanes.Store(Vector512.ConditionalSelect(kept, RowLanes.Load(source, i) * scale, Vector512<float>.Zero), target, i);
            }
        }
    }

    /// <summary>The scalar form for one value.</summary>
    public static float ApplyReference(RandomKey key, ulong step, int vector, int feature, float p, float x)
    {
        var at = new DrawAddress(DrawAddress.PackStep(step), (uint)vector, 0);
        return RandomField.UniformAt(key, at, 0, feature) >= p ? x * Scale(p) : 0f;
    }

    private static float Scale(float p) => 1f / (1f - p);
}

/// <summary>A stage that drops values at random in training.</summary>
public sealed class DropoutOperator : IDigitalOperator
{
    private readonly RandomKey _key;
    private readonly float _p;
    private readonly NativeBuffer<float> _uniforms;

    /// <summary>Creates the stage.</summary>
    /// <param name="features">Values of a vector.</param>
    /// <param name="p">Probability of dropping a value, 0 to below 1.</param>
    /// <param name="identity">Seed of the run and index of the stage in the plan.</param>
    public DropoutOperator(int features, float p, TileIdentity identity)
    {
        if (!(p >= 0f && p < 1f))
        {
            throw new ArgumentOutOfRangeException(nameof(p), p, "The probability of dropping a value is expected from 0 to below 1.");
        }

        InFeatures = features;
        _p = p;
        _uniforms = new NativeBuffer<float>(features);
        _key = RandomKey.Derive(identity, RandomStream.Dropout, 0);
    }

    /// <inheritdoc/>
    public int InFeatures { get; }

    /// <inheritdoc/>
    public int OutFeatures => InFeatures;

    /// <inheritdoc/>
    public BackwardNeeds Needs => BackwardNeeds.None;

    /// <inheritdoc/>
    public IReadOnlyList<DigitalParameter> Parameters => [];

    /// <inheritdoc/>
    public void Forward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch) => Apply(at, x, y, batch);

    /// <inheritdoc/>
    public void Backward(in ReadAddress at, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int batch)
    {
        if (!dx.IsEmpty)
        {
            Apply(at, dy, dx, batch);
        }
    }

    /// <inheritdoc/>
    public void VisitState(ITileStateVisitor visitor)
    {
        // The mask is a function of its address.
    }

    /// <inheritdoc/>
    public void Dispose() => _uniforms.Dispose();

    private void Apply(in ReadAddress at, ReadOnlySpan<float> from, Span<float> to, int batch)
    {
        if (at.Phase == ReadPhase.Evaluation || _p == 0f)
        {
            from[..(batch * InFeatures)].CopyTo(to);
            return;
        }

        Dropout.Apply(_key, at.Step, at.FirstVector, _p, from, InFeatures, to, InFeatures, _uniforms.Span, batch);
    }
}
