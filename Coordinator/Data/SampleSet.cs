namespace Tessera.Coordination.Data;

/// <summary>
/// Labelled samples of equal width, held in memory. Sample i never changes, so that any number of readers may copy from it at once.
/// </summary>
public abstract class SampleSet
{
    /// <summary>Samples.</summary>
    public abstract int Count { get; }

    /// <summary>Values of a sample.</summary>
    public abstract int Features { get; }

    /// <summary>Classes; every label lies in 0 .. Classes - 1.</summary>
    public abstract int Classes { get; }

    /// <summary>Writes the values of a sample to the first <see cref="Features"/> places; anything behind them is left alone.</summary>
    /// <param name="index">0 .. Count - 1.</param>
    /// <param name="destination">[Features] or longer.</param>
    public abstract void CopyFeatures(int index, Span<float> destination);

    /// <summary>Class of a sample.</summary>
    /// <param name="index">0 .. Count - 1.</param>
    public abstract int Label(int index);

    /// <summary>A view of consecutive samples; nothing is copied.</summary>
    /// <param name="start">First sample.</param>
    /// <param name="count">Samples, 1 or more.</param>
    public SampleSet Slice(int start, int count) => new SampleSlice(this, start, count);

    /// <summary>A view of the samples of a range; nothing is copied.</summary>
    public SampleSet Slice(SampleRange range) => Slice(range.First, range.Count);
}

/// <summary>Training and test samples of a run; both have the same width, and every class of the test samples is one of training.</summary>
/// <param name="Train">Samples that the network learns from.</param>
/// <param name="Test">Samples that only measure.</param>
public sealed record DataPair(SampleSet Train, SampleSet Test)
{
    /// <summary>Checks that a network can read the samples and name their classes.</summary>
    /// <param name="inFeatures">Inputs of the network's first stage.</param>
    /// <param name="outFeatures">Outputs of its last stage.</param>
    /// <exception cref="DataException">The width differs, or a label has no output.</exception>
    public void RequireFits(int inFeatures, int outFeatures)
    {
        if (Train.Features != inFeatures)
        {
            throw new DataException(
                $"The samples have {Train.Features} features; the network's first layer expects {inFeatures}. Set its in_features to {Train.Features}.");
        }

        if (Train.Classes > outFeatures)
        {
            throw new DataException(
                $"The samples carry the label {Train.Classes - 1}; the network has {outFeatures} outputs, expected {Train.Classes} or more. "
                + "Set out_features of its last layer, or check the label file.");
        }
    }
}

/// <summary>Consecutive samples of another set.</summary>
internal sealed class SampleSlice : SampleSet
{
    private readonly SampleSet _source;
    private readonly int _start;

    public SampleSlice(SampleSet source, int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + count, source.Count, nameof(count));
        _source = source;
        _start = start;
        Count = count;
    }

    public override int Count { get; }

    public override int Features => _source.Features;

    public override int Classes => _source.Classes;

    public override void CopyFeatures(int index, Span<float> destination) => _source.CopyFeatures(_start + Checked(index), destination);

    public override int Label(int index) => _source.Label(_start + Checked(index));

    private int Checked(int index) => (uint)index < (uint)Count
        ? index
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"Expected 0 to {Count - 1}.");
}
