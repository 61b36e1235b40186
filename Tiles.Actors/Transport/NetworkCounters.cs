namespace Tessera.Actors.Transport;

/// <summary>What a network did since it was created, as seen at one moment.</summary>
public sealed record NetworkCounters
{
    /// <summary>Bytes that sockets took, everything included.</summary>
    public required long BytesSent { get; init; }

    /// <summary>Bytes that sockets gave, everything included.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>Bytes of numbers in messages that were sent.</summary>
    public required long PayloadBytesSent { get; init; }

    /// <summary>Bytes of numbers in messages that were delivered.</summary>
    public required long PayloadBytesReceived { get; init; }

    /// <summary>Messages that were sent or wait for a socket.</summary>
    public required long MessagesSent { get; init; }

    /// <summary>Messages that were delivered.</summary>
    public required long MessagesReceived { get; init; }

    /// <summary>Messages to peers that are not known, or whose connection was lost before they could be sent.</summary>
    public required long MessagesDropped { get; init; }

    /// <summary>Connections whose handshake is done, now.</summary>
    public required int Connections { get; init; }

    /// <summary>Connections that ended, by reason.</summary>
    public required IReadOnlyDictionary<ConnectionEnd, long> Ended { get; init; }
}
