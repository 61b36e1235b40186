namespace Tessera.Protocol.Wire;

/// <summary>Why a handshake failed, for counters.</summary>
public enum HandshakeRefusal
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>The bytes are not a handshake of this protocol.</summary>
    Malformed,

    /// <summary>The two sides have no version of the protocol in common.</summary>
    Version,

    /// <summary>One side lacks the shared secret, or has another.</summary>
    Secret,

    /// <summary>Another process answered than the one that was called.</summary>
    Identity,

    /// <summary>The other side refused.</summary>
    ByPeer,
}
