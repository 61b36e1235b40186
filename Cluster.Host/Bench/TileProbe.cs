using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>Stands in front of a tile of a real run and keeps the pairs of its later commits.</summary>
/// <param name="inner">The tile; disposed with the probe.</param>
/// <param name="after">Step whose successors are recorded.</param>
internal sealed class TileProbe(ITile inner, ulong after) : ITile
{
    /// <inheritdoc/>
    public TileShape Shape => inner.Shape;

    /// <inheritdoc/>
    public bool NeedsBackward => inner.NeedsBackward;

    /// <summary>Copies of committed mini-batches.</summary>
    public List<RecordedCommit> Recorded { get; } = [];

    /// <inheritdoc/>
    public void Forward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch) => inner.Forward(at, x, y, batch);

    /// <inheritdoc/>
    public void Backward(in ReadAddress at, ReadOnlySpan<float> d, Span<float> x, int batch) => inner.Backward(at, d, x, batch);

    /// <inheritdoc/>
    public void Commit(ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        if (step > after)
        {
            Recorded.Add(new RecordedCommit(learningRate, batch, x.ToArray(), d.ToArray()));
        }

        inner.Commit(step, learningRate, x, d, batch);
    }

    /// <inheritdoc/>
    public void SetWeights(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias) => inner.SetWeights(weights, bias);

    /// <inheritdoc/>
    public void VisitState(ITileStateVisitor visitor) => inner.VisitState(visitor);

    /// <inheritdoc/>
    public TileMemory EstimateMemory(int batch) => inner.EstimateMemory(batch);

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}

/// <summary>One mini-batch as a tile saw it.</summary>
/// <param name="LearningRate">Learning rate.</param>
/// <param name="Batch">Vectors.</param>
/// <param name="X">[Batch, InSize] forward inputs.</param>
/// <param name="D">[Batch, OutSize] gradients.</param>
internal sealed record RecordedCommit(float LearningRate, int Batch, float[] X, float[] D);
