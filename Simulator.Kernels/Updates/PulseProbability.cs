using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// From |v| times its scale to a pulse probability, with the optional bins of <c>res</c> and stochastic rounding (spec update, section 5),
/// and from there to the 32-bit threshold a random word is compared with.
/// </summary>
public static class PulseProbability
{
    /// <summary>2^32: one more than the largest random word.</summary>
    private const float WordCount = 4294967296f;

    /// <summary>The largest float below 2^32.</summary>
    private const float WordCountBelow = 4294967040f;

    /// <summary>Probability of one slot; may exceed 1 (always fires) or, from stochastic rounding, be slightly negative (never fires).</summary>
    /// <param name="magnitude">|x| or |d|.</param>
    /// <param name="scale">B or A.</param>
    /// <param name="resolution">Bin width; 0 or less is off.</param>
    /// <param name="dither">Uniform draw in [0,1), or 0.5 for plain rounding.</param>
    public static float Quantise(float magnitude, float scale, float resolution, float dither)
    {
        var p = magnitude * scale;
        return resolution > 0 ? resolution * MathF.Round((p / resolution) + (dither - 0.5f), MidpointRounding.ToEven) : p;
    }

    /// <summary>Number of the 2^32 words that fire: 0 never, 2^32 always.</summary>
    public static ulong FiringWords(float probability) => probability switch
    {
        >= 1 => 1UL << 32,
        > 0 => (ulong)(probability * WordCount),
        _ => 0,
    };

    /// <summary>16 lanes of <see cref="Quantise(float, float, float, float)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Quantise(Vector512<float> magnitude, float scale, float resolution, Vector512<float> dither)
    {
        var p = magnitude * scale;
        return resolution > 0
            ? Vector512.Round((p / resolution) + (dither - Vector512.Create(0.5f))) * resolution
            : p;
    }

    /// <summary>
    /// The largest word that fires (compare word &lt;= threshold) and, as a lane mask, whether any fires. A slot fires exactly if its word is
    /// below <see cref="FiringWords"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<uint> LastFiringWord(Vector512<float> probability, out Vector512<uint> fires)
    {
        var scaled = Vector512.Min(Vector512.Max(probability, Vector512<float>.Zero) * WordCount, Vector512.Create(WordCountBelow));
        var words = Vector512.ConvertToUInt32(scaled);
        var always = Vector512.GreaterThanOrEqual(probability, Vector512<float>.One).AsUInt32();
        fires = always | ~Vector512.Equals(words, Vector512<uint>.Zero);
        return (words - Vector512<uint>.One) | always;
    }
}
