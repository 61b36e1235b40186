namespace Tessera.Coordination.Data.Digits;

/// <summary>The random words of one sample's style, taken one after the other in the order in which the drawing asks for them.</summary>
internal ref struct StyleDraws
{
    private readonly ReadOnlySpan<uint> _words;
    private int _next;

    public StyleDraws(ReadOnlySpan<uint> words)
    {
        _words = words;
        _next = 0;
    }

    /// <summary>A whole number from 0 to below the bound; off the uniform distribution by less than bound / 2^32.</summary>
    public int Below(int bound) => (int)(((ulong)_words[_next++] * (uint)bound) >> 32);

    /// <summary>Uniform from low to below high.</summary>
    public float Between(float low, float high) => low + ((high - low) * ((_words[_next++] >> 8) * (1f / (1 << 24))));

    /// <summary>Bell-shaped with mean 0 and variance 1, never beyond 3.46.</summary>
    public float Bell() => Bell(_words[_next++]);

    /// <summary>
    /// Sum of the four bytes of a word, centred and scaled: mean 0, variance 1, limits +-3.46. A pen's deviations need no tails, and a
    /// bounded deviation keeps every digit on the canvas.
    /// </summary>
    public static float Bell(uint word)
    {
        var sum = (int)((word & 255) + ((word >> 8) & 255) + ((word >> 16) & 255) + (word >> 24));
        return (sum - 510) * (1f / 147.7972f); // sqrt(4 (256^2 - 1) / 12)
    }
}
