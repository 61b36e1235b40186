using Tessera.Coordination.Data;

namespace Tessera.Host.Bench;

/// <summary>A few samples again and again: a training set that is as long as a benchmark wants and costs nothing.</summary>
/// <param name="x">[rows, features] values.</param>
/// <param name="labels">[rows] classes.</param>
/// <param name="count">Samples in all.</param>
/// <param name="classes">Classes.</param>
internal sealed class RepeatedSamples(float[] x, int[] labels, int count, int classes) : SampleSet
{
    /// <inheritdoc/>
    public override int Count => count;

    /// <inheritdoc/>
    public override int Features => x.Length / labels.Length;

    /// <inheritdoc/>
    public override int Classes => classes;

    /// <inheritdoc/>
    public override int Label(int index) => labels[index % labels.Length];

    /// <inheritdoc/>
    public override void CopyFeatures(int index, Span<float> destination) => x.AsSpan(index % labels.Length * Features, Features).CopyTo(destination);
}
