namespace Tessera.Protocol.Wire;

/// <summary>What follows from bytes of a handshake. Several members may be set: whoever accepts sends its last word and is done.</summary>
public readonly struct HandshakeResult
{
    /// <summary>Bytes of the input that were used; 0 if a whole frame is not there yet.</summary>
    public int Consumed { get; init; }

    /// <summary>Bytes to send to the other side now; may be empty.</summary>
    public ReadOnlyMemory<byte> Reply { get; init; }

    /// <summary>Who the other side is, when the handshake is done: messages may follow.</summary>
    public RemotePeer? Established { get; init; }

    /// <summary>Why it failed; send <see cref="Reply"/> and close. <see cref="HandshakeRefusal.None"/> if it did not.</summary>
    public HandshakeRefusal Refusal { get; init; }

    /// <summary>What was seen, what was expected and the way out, where it failed.</summary>
    public string? Reason { get; init; }
}
