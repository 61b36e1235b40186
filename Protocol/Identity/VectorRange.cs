namespace Tessera.Protocol.Identity;

/// <summary>
/// The vectors of a micro-batch. Vectors are numbered within their mini-batch (or within the test set), so cutting a mini-batch differently
/// changes no address and therefore no bit.
/// </summary>
/// <param name="First">Index of the first vector, 0 or more.</param>
/// <param name="Count">Vectors, 0 or more.</param>
public readonly record struct VectorRange(int First, int Count)
{
    /// <summary>Index after the last vector.</summary>
    public int End => First + Count;

    /// <inheritdoc/>
    public override string ToString() => $"vectors {First}..{End - 1}";
}
