using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;

namespace Tessera.Actors.Simulation;

/// <summary>
/// A tile whose effects the world sees: every commit, every change of weights, and every time its state is copied or overwritten.
/// </summary>
internal sealed class ObservedTile(SimulatedWorld world, TileId id, ITile tile) : ITile
{
    /// <inheritdoc/>
    public TileShape Shape => Inner.Shape;

    /// <inheritdoc/>
    public bool NeedsBackward => Inner.NeedsBackward;

    /// <summary>Which tile.</summary>
    public TileId Id { get; } = id;

    /// <summary>The physics itself, to be read without being seen.</summary>
    public ITile Inner { get; } = tile;

    /// <summary>The newest term that it was opened in or asked to restore in.</summary>
    public Term NewestTerm { get; set; }

    /// <summary>The term that it was opened in last; none before the first.</summary>
    public Term OpenTerm { get; set; }

    /// <summary>The step that it is at.</summary>
    public StepId Step { get; set; }

    /// <inheritdoc/>
    public void Forward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch) => Inner.Forward(at, x, y, batch);

    /// <inheritdoc/>
    public void Backward(in ReadAddress at, ReadOnlySpan<float> d, Span<float> x, int batch) => Inner.Backward(at, d, x, batch);

    /// <inheritdoc/>
    public void Commit(ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        Inner.Commit(step, learningRate, x, d, batch);
        world.Invariants.Committed(this, new StepId(step));
    }

    /// <inheritdoc/>
    public void SetWeights(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias)
    {
        Inner.SetWeights(weights, bias);
        world.Invariants.Applied(this);
    }

    /// <inheritdoc/>
    public void VisitState(ITileStateVisitor visitor)
    {
        Inner.VisitState(visitor);
        world.Invariants.Visited(this);
    }

    /// <inheritdoc/>
    public TileMemory EstimateMemory(int batch) => Inner.EstimateMemory(batch);

    /// <inheritdoc/>
    public void Dispose() => Inner.Dispose();
}
