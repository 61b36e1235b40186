using Tessera.Protocol.Identity;

namespace Tessera.Actors.Machines;

/// <summary>Which vectors of a mini-batch have arrived. Adding one again changes nothing.</summary>
internal sealed class VectorSet(int capacity)
{
    private readonly bool[] _present = new bool[capacity];

    public void Clear() => Array.Clear(_present);

    public void Add(VectorRange range) => _present.AsSpan(range.First, range.Count).Fill(true);

    /// <summary>The first vector below <paramref name="count"/> that is missing, or -1.</summary>
    public int FirstMissing(int count) => _present.AsSpan(0, count).IndexOf(false);

    /// <summary>Whether all vectors of a range are there.</summary>
    public bool Covers(VectorRange range) => !_present.AsSpan(range.First, range.Count).Contains(false);
}
