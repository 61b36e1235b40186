namespace Tessera.Kernels.Numerics;

/// <summary>Standard normals from random words by the inverse distribution function, one at a time.</summary>
public static unsafe class NormalReference
{
    /// <summary>Largest magnitude that <see cref="FromWord"/> returns, for bounds on sums of draws.</summary>
    public const float Largest = 6.2305f;

    /// <summary>
    /// The normal whose sign is the word's top bit (set: negative) and whose upper tail probability is ((word &amp; 0x7fffffff) | 1) * 2^-32:
    /// bins of probability 2^-31, represented by their centres. Smallest and largest magnitude: 0 and 6.23.
    /// </summary>
    public static float FromWord(uint word)
    {
        var magnitude = (float)(int)((word & 0x7fffffff) | 1);
        var bits = BitConverter.SingleToUInt32Bits(magnitude);
        var octave = NormalTable.Aligned + ((bits >> 23) & (NormalTable.Octaves - 1));
        var s = BitConverter.UInt32BitsToSingle((bits & 0x007fffff) | 0x3f800000) - 1.5f;
        var z = octave[NormalTable.Degree * NormalTable.Octaves];
        for (var degree = NormalTable.Degree - 1; degree >= 0; degree--)
        {
            z = MathF.FusedMultiplyAdd(z, s, octave[degree * NormalTable.Octaves]);
        }

        return BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(z) ^ (word & 0x80000000));
    }
}
