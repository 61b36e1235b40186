namespace Tessera.Actors.Simulation;

/// <summary>
/// The only source of chance of a simulated world: SplitMix64. All decisions are drawn from it in the order of events, with integer
/// arithmetic alone, so that a seed means the same run on every machine.
/// </summary>
/// <param name="seed">Any value.</param>
public sealed class SimulationRandom(ulong seed)
{
    /// <summary>The scale of chances: a chance of this value is certain.</summary>
    public const int Certain = 1_000_000;

    private ulong _state = seed;

    /// <summary>64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        return Scramble(_state);
    }

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    /// <param name="count">1 or more.</param>
    public int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>A value from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public long Between(long least, long most) => most <= least ? least : least + (long)Math.BigMul(Next(), (ulong)(most - least) + 1, out _);

    /// <summary>A time from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) => new(Between(least.Ticks, most.Ticks));

    /// <summary>Whether something of a chance happens; draws nothing where it cannot.</summary>
    /// <param name="perMillion">0 is never, <see cref="Certain"/> is always.</param>
    public bool Chance(int perMillion) => perMillion > 0 && Below(Certain) < perMillion;

    /// <summary>A bijection of 64 bits in which every bit of the argument changes about half the bits of the value.</summary>
    internal static ulong Scramble(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
