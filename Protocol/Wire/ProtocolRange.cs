namespace Tessera.Protocol.Wire;

/// <summary>Versions of the protocol that a process speaks.</summary>
/// <param name="Min">Oldest, 1 or more.</param>
/// <param name="Max">Newest, not below <paramref name="Min"/>.</param>
public readonly record struct ProtocolRange(int Min, int Max)
{
    /// <summary>What this program speaks.</summary>
    public static readonly ProtocolRange Supported = new(1, 1);

    /// <summary>The newest version that both speak; 0 if there is none.</summary>
    public int Common(ProtocolRange other)
    {
        var version = Math.Min(Max, other.Max);
        return version >= Math.Max(Min, other.Min) ? version : 0;
    }

    /// <inheritdoc/>
    public override string ToString() => Min == Max ? $"version {Min}" : $"versions {Min} to {Max}";
}
