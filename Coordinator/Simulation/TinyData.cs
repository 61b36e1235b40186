using Tessera.Coordination.Data;

namespace Tessera.Coordination.Simulation;

/// <summary>Samples by a formula, without a file: the features of class k are large where their index mod the classes is k.</summary>
/// <param name="count">Samples.</param>
/// <param name="features">Values of a sample.</param>
internal sealed class TinyData(int count, int features) : SampleSet
{
    /// <summary>Classes of all such sets.</summary>
    public const int ClassCount = 3;

    /// <inheritdoc/>
    public override int Count => count;

    /// <inheritdoc/>
    public override int Features => features;

    /// <inheritdoc/>
    public override int Classes => ClassCount;

    /// <inheritdoc/>
    public override int Label(int index) => ((index * 7) + (index / 3)) % ClassCount;

    /// <inheritdoc/>
    public override void CopyFeatures(int index, Span<float> destination)
    {
        for (var feature = 0; feature < features; feature++)
        {
            var signal = feature % ClassCount == Label(index) ? 0.8f : 0f;
            destination[feature] = signal + (((index * 31) + (feature * 17)) % 23 / 92f);
        }
    }
}
