using Tessera.Protocol.Identity;
using Tessera.Protocol.Wire;

namespace Tessera.Actors.Transport;

/// <summary>Who this process is among others, and the bounds of its connections.</summary>
public sealed record PeerNetworkSettings
{
    /// <summary>Identity of this process in this incarnation; 1 or more.</summary>
    public required PeerId Self { get; init; }

    /// <summary>Its name for people.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, for people: node, coordinator.</summary>
    public string Role { get; init; } = string.Empty;

    /// <summary>What all processes of the cluster know; null where nothing is asked for, and then only this machine may connect.</summary>
    public SharedSecret? Secret { get; init; }

    /// <summary>Bounds of frames.</summary>
    public FrameLimits Frames { get; init; } = FrameLimits.Default;

    /// <summary>Versions of the protocol that are spoken.</summary>
    public ProtocolRange Versions { get; init; } = ProtocolRange.Supported;

    /// <summary>Most connections at a time, both ways together; 1,024 by default. Those that are dialled are never refused, but count.</summary>
    public int ConnectionsMax { get; init; } = 1024;

    /// <summary>Most accepted connections whose handshake is not done; 64 by default.</summary>
    public int UnauthenticatedMax { get; init; } = 64;

    /// <summary>How long a handshake may take, both ways; 5 s by default.</summary>
    public TimeSpan HandshakeTimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection on which nothing was sent for so long says that it is alive; 500 ms by default.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A connection from which nothing came for so long is lost; 2.5 s by default, several heartbeats of the other side.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromMilliseconds(2500);

    /// <summary>Time between two attempts to reach a peer; 500 ms by default.</summary>
    public TimeSpan RedialInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an attempt to reach a peer may take; 2 s by default.</summary>
    public TimeSpan DialTimeLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Most bytes that wait for one peer in this process, beside what the operating system holds; 512 MiB by default. One byte more closes the connection. Must hold
    /// the largest frame.
    /// </summary>
    public long BytesInFlightMax { get; init; } = 512L << 20;

    /// <summary>Most bytes of handled payloads that are kept for the next ones, all connections together; 256 MiB by default.</summary>
    public long KeptBytesMax { get; init; } = 256L << 20;

    /// <summary>Bytes that the operating system is asked to hold for each direction of a connection; it may grant less. 4 MiB by default.</summary>
    public int SocketBufferBytes { get; init; } = 4 << 20;

    internal HandshakeSettings ForHandshake() => new()
    {
        Self = Self,
        Name = Name,
        Role = Role,
        Secret = Secret?.Bytes ?? default,
        Versions = Versions,
        Limits = Frames,
    };
}
