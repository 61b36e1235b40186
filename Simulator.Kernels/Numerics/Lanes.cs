namespace Tessera.Kernels.Numerics;

/// <summary>
/// Every vector loop of the numeric projects works on 16 lanes of 32 bits. The processor runs them as one 512-bit, two 256-bit or
/// plain scalar operations; all are exactly rounded and element by element, so the bits do not depend on which.
/// </summary>
public static class Lanes
{
    /// <summary>Lanes of a vector: 16.</summary>
    public const int Count = 16;

    /// <summary>Rounds a length up to whole vectors.</summary>
    public static int RoundUp(int length) => (length + (Count - 1)) & -Count;
}
