namespace Tessera.Kernels.Numerics;

/// <summary>Uniform numbers in [0, 1) from random words, one at a time.</summary>
public static class UniformReference
{
    /// <summary>The top 24 bits of the word as a fraction: multiples of 2^-24 in [0, 1).</summary>
    public static float FromWord(uint word) => (float)(int)(word >> 8) * (1f / (1 << 24));
}
