namespace Tessera.Protocol.Wire;

/// <summary>
/// What a receiver takes at most, so that no frame, however it was made, lets a process grow without bound. Both sides of a connection should have the
/// same ones: what one side may send and the other does not take closes the connection.
/// </summary>
public sealed record FrameLimits
{
    /// <summary>The limits unless told otherwise.</summary>
    public static readonly FrameLimits Default = new();

    /// <summary>Most bytes of a frame after its length word: header and tensor. Bytes, 4 or more; 256 MiB by default.</summary>
    public int FrameBytesMax { get; init; } = 256 << 20;

    /// <summary>Most bytes of a header; assignments need the most. Bytes, 1 or more; 16 MiB by default.</summary>
    public int HeaderBytesMax { get; init; } = 16 << 20;

    /// <summary>Most bytes of a frame before the handshake is done. Bytes, 512 or more; 4,096 by default.</summary>
    public int HandshakeBytesMax { get; init; } = 4096;

    /// <summary>Most bytes of a detail or of a reason, in UTF-8; a longer one is cut when it is sent. Bytes; 4,096 by default.</summary>
    public int DetailBytesMax { get; init; } = 4096;

    /// <summary>Most bytes of a stage's name, in UTF-8. Bytes; 1,024 by default.</summary>
    public int NameBytesMax { get; init; } = 1024;

    /// <summary>Most stages of an assignment, and most configurations of physics. 4,096 by default.</summary>
    public int StagesMax { get; init; } = 4096;

    /// <summary>Most tiles of all stages of an assignment; identities of tiles are below it. 65,536 by default, which costs about 15 MB when decoded.</summary>
    public int TilesMax { get; init; } = 65536;
}
