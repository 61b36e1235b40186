namespace Tessera.Protocol.Messages;

/// <summary>Samples that a client hands to the graph: features and class labels. Reused from step to step.</summary>
public sealed class SampleBatch
{
    /// <summary>Reserves room.</summary>
    /// <param name="capacity">Most samples, 1 or more.</param>
    /// <param name="features">Values of a sample.</param>
    public SampleBatch(int capacity, int features)
    {
        Features = AlignedFloats.Padded(capacity, features);
        Labels = new int[capacity];
    }

    /// <summary>[capacity, features], padded rows.</summary>
    public Tensor Features { get; }

    /// <summary>[capacity] class of each sample.</summary>
    public int[] Labels { get; }

    /// <summary>Samples in use.</summary>
    public int Count { get; set; }

    /// <summary>Most samples.</summary>
    public int Capacity => Labels.Length;
}
