using Tessera.Kernels.Numerics;

namespace Tessera.Coordination.Data;

/// <summary>
/// The order in which an epoch visits the samples: a permutation that depends on the run's seed and the epoch alone, so that a resumed run
/// walks the same way.
/// </summary>
public static class EpochOrder
{
    private const int Chunk = 256;

    /// <summary>
    /// Fills the order with a permutation of 0 .. Length - 1 by Fisher and Yates: for i from the last place down to 1, place i is exchanged
    /// with place floor(r_i (i + 1) / 2^64), where r_i is the 64-bit number at address (seed, stream shuffle, step = epoch, vector = i / 256,
    /// columns 2 (i mod 256) and the next). Each place is off the uniform distribution by less than 2^-33.
    /// </summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="epoch">Pass over the data, 0 or more.</param>
    /// <param name="order">[samples], overwritten.</param>
    public static void Fill(ulong seed, int epoch, Span<int> order)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        var key = RandomKey.Derive(new TileIdentity(seed, 0), RandomStream.Shuffle, 0);
        Span<uint> words = stackalloc uint[2 * Chunk];
        for (var chunk = (order.Length - 1) / Chunk; chunk >= 0; chunk--)
        {
            // One row of 512 words for every 256 places: (vector = chunk) keeps columns below the address limit for any data set.
            RandomField.Words(key, new DrawAddress((uint)epoch, (uint)chunk, 0), 0, words);
            var first = chunk * Chunk;
            for (var i = Math.Min(first + Chunk, order.Length) - 1; i >= Math.Max(first, 1); i--)
            {
                var draw = ((ulong)words[2 * (i - first)] << 32) | words[(2 * (i - first)) + 1];
                var j = (int)Math.BigMul(draw, (ulong)(i + 1), out _);
                (order[i], order[j]) = (order[j], order[i]);
            }
        }
    }
}
