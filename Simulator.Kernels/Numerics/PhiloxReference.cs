namespace Tessera.Kernels.Numerics;

/// <summary>
/// Philox4x32-10, a counter-based generator: one 128-bit counter and one 64-bit key give four independent 32-bit words.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
/// </summary>
public static class PhiloxReference
{
    /// <summary>Multiplier of counter word 0.</summary>
    internal const uint Multiplier0 = 0xD2511F53;

    /// <summary>Multiplier of counter word 2.</summary>
    internal const uint Multiplier1 = 0xCD9E8D57;

    /// <summary>Added to key word 0 after each round.</summary>
    internal const uint Weyl0 = 0x9E3779B9;

    /// <summary>Added to key word 1 after each round.</summary>
    internal const uint Weyl1 = 0xBB67AE85;

    /// <summary>Rounds of the full-strength generator.</summary>
    internal const int Rounds = 10;

    /// <summary>The four words of one counter.</summary>
    public static void Block(RandomKey key, uint c0, uint c1, uint c2, uint c3, out uint w0, out uint w1, out uint w2, out uint w3)
    {
        var (k0, k1) = key;
        for (var round = 0; round < Rounds; round++)
        {
            var p0 = (ulong)Multiplier0 * c0;
            var p1 = (ulong)Multiplier1 * c2;
            c0 = (uint)(p1 >> 32) ^ c1 ^ k0;
            c1 = (uint)p1;
            c2 = (uint)(p0 >> 32) ^ c3 ^ k1;
            c3 = (uint)p0;
            k0 += Weyl0;
            k1 += Weyl1;
        }

        w0 = c0;
        w1 = c1;
        w2 = c2;
        w3 = c3;
    }
}
