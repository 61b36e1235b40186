namespace Tessera.Coordination.Data;

/// <summary>Samples of 32-bit floats, taken as they are.</summary>
public sealed class FloatSamples : SampleSet
{
    private readonly float[] _values; // [index * Features + feature]
    private readonly int[] _labels; // [index]

    /// <summary>Takes over values and labels that the caller has checked and no longer changes.</summary>
    /// <param name="values">[count * features], row-major.</param>
    /// <param name="labels">[count], each from 0 to below <paramref name="classes"/>.</param>
    /// <param name="features">Values of a sample.</param>
    /// <param name="classes">Classes.</param>
    public FloatSamples(float[] values, int[] labels, int features, int classes)
    {
        if (values.LongLength != (long)labels.Length * features)
        {
            throw new ArgumentException($"Expected {labels.Length} x {features} values, got {values.Length}.", nameof(values));
        }

        _values = values;
        _labels = labels;
        Features = features;
        Classes = classes;
    }

    /// <inheritdoc/>
    public override int Count => _labels.Length;

    /// <inheritdoc/>
    public override int Features { get; }

    /// <inheritdoc/>
    public override int Classes { get; }

    /// <inheritdoc/>
    public override void CopyFeatures(int index, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        _values.AsSpan(index * Features, Features).CopyTo(destination);
    }

    /// <inheritdoc/>
    public override int Label(int index) => _labels[index];
}
