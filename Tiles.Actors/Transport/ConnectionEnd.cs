namespace Tessera.Actors.Transport;

/// <summary>Why a connection ended, for counters.</summary>
public enum ConnectionEnd
{
    /// <summary>This process closed it in the course of things.</summary>
    Quiet,

    /// <summary>The other side closed it, or the network did.</summary>
    ByPeer,

    /// <summary>Nothing came for too long.</summary>
    Silent,

    /// <summary>A newer connection of the same peer took its place.</summary>
    Replaced,

    /// <summary>The other side did not read fast enough for the bytes that wait for it.</summary>
    Overflow,

    /// <summary>Whoever takes the messages failed.</summary>
    InboxFailed,

    /// <summary>Refused: there are too many connections.</summary>
    TooMany,

    /// <summary>Refused: the handshake took too long.</summary>
    HandshakeTime,

    /// <summary>Refused: the bytes are not frames of this protocol, or exceed a limit.</summary>
    Malformed,

    /// <summary>Refused: no version of the protocol in common.</summary>
    Version,

    /// <summary>Refused: a shared secret is missing or differs.</summary>
    Secret,

    /// <summary>Refused: another process than the one that was called.</summary>
    Identity,

    /// <summary>The other side refused.</summary>
    RefusedByPeer,
}
