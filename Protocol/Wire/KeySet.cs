using System.Diagnostics;

namespace Tessera.Protocol.Wire;

/// <summary>Walks the keys of a map: passes over pairs whose key is unknown and refuses one that comes twice.</summary>
internal struct KeySet
{
    private const int KnownMax = 63;
    private ulong _seen;
    private int _left;

    /// <summary>Begins a map.</summary>
    public KeySet(ref MessagePackReader reader)
    {
        _left = reader.ReadMapHeader();
    }

    /// <summary>Whether a key was there.</summary>
    public readonly bool Has(int key) => (_seen & (1UL << key)) != 0;

    /// <summary>Reads keys until one may be known; its value comes next.</summary>
    /// <param name="reader">Behind the map's last value.</param>
    /// <param name="known">Largest key that the caller knows, at most 63.</param>
    /// <param name="key">The key, 0 to <paramref name="known"/>.</param>
    /// <returns>False at the end of the map.</returns>
    public bool MoveNext(ref MessagePackReader reader, int known, out int key)
    {
        Debug.Assert(known <= KnownMax, "Keys are bits of one word.");
        for (key = 0; _left > 0;)
        {
            _left--;
            if (reader.Next != MessagePackType.Integer)
            {
                reader.Skip();
                reader.Skip();
                continue;
            }

            var value = reader.ReadInt64();
            if (value < 0 || value > known)
            {
                reader.Skip();
                continue;
            }

            key = (int)value;
            if (Has(key))
            {
                throw new WireFormatException($"A map of a header has the key {key} twice.");
            }

            _seen |= 1UL << key;
            return true;
        }

        return false;
    }

    /// <summary>Refuses a map without a key that has no default.</summary>
    public readonly void Require(int key, string what)
    {
        if (!Has(key))
        {
            throw new WireFormatException($"A header does not say {what} (key {key}).");
        }
    }
}
