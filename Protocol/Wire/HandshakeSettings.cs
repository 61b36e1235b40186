using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Wire;

/// <summary>How a process presents itself to others.</summary>
public sealed record HandshakeSettings
{
    /// <summary>Its identity, in this incarnation; 1 or more.</summary>
    public required PeerId Self { get; init; }

    /// <summary>Its name for people; at most 256 bytes of UTF-8.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, for people; at most 256 bytes of UTF-8.</summary>
    public string Role { get; init; } = string.Empty;

    /// <summary>The shared secret; empty if there is none, and then none is asked for.</summary>
    public ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>Versions of the protocol that it speaks.</summary>
    public ProtocolRange Versions { get; init; } = ProtocolRange.Supported;

    /// <summary>What it takes at most.</summary>
    public FrameLimits Limits { get; init; } = FrameLimits.Default;
}
