using System.Buffers.Binary;

namespace Tessera.Protocol.Wire;

/// <summary>The first eight bytes of every frame: how long the rest is and how much of it is the header. What follows the header is the tensor.</summary>
/// <param name="HeaderBytes">Bytes of the header, 0 or more; 0 in a frame that only says that its sender is alive.</param>
/// <param name="PayloadBytes">Bytes of the tensor, 0 or more.</param>
public readonly record struct FrameHead(int HeaderBytes, int PayloadBytes)
{
    /// <summary>Bytes of the head itself: two 32-bit numbers, little-endian.</summary>
    public const int Bytes = 2 * sizeof(uint);

    /// <summary>A frame without header and tensor: its sender is alive.</summary>
    public static readonly FrameHead Ping = default;

    /// <summary>Whether the frame says nothing but that its sender is alive.</summary>
    public bool IsPing => HeaderBytes == 0;

    /// <summary>Reads and checks a head.</summary>
    /// <param name="bytes">Its bytes, <see cref="Bytes"/> or more.</param>
    /// <param name="limits">What is taken at most.</param>
    /// <exception cref="WireFormatException">The lengths contradict each other or exceed a limit.</exception>
    public static FrameHead Read(ReadOnlySpan<byte> bytes, FrameLimits limits) => Read(bytes, limits.FrameBytesMax, limits.HeaderBytesMax);

    /// <summary>Reads and checks a head of the handshake, which has no tensor.</summary>
    /// <param name="bytes">Its bytes, <see cref="Bytes"/> or more.</param>
    /// <param name="limits">What is taken at most.</param>
    /// <exception cref="WireFormatException">The lengths contradict each other or exceed a limit.</exception>
    public static FrameHead ReadHandshake(ReadOnlySpan<byte> bytes, FrameLimits limits)
    {
        var head = Read(bytes, limits.HandshakeBytesMax, limits.HandshakeBytesMax);
        return head.PayloadBytes == 0 && !head.IsPing
            ? head
            : throw new WireFormatException(
                $"A frame has a header of {head.HeaderBytes} bytes and {head.PayloadBytes} more before the handshake is done; it must have a header alone.");
    }

    /// <summary>Writes the head.</summary>
    /// <param name="bytes">Where to, <see cref="Bytes"/> or more.</param>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, checked((uint)(sizeof(uint) + HeaderBytes + PayloadBytes)));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[sizeof(uint)..], (uint)HeaderBytes);
    }

    private static FrameHead Read(ReadOnlySpan<byte> bytes, int frameBytesMax, int headerBytesMax)
    {
        var rest = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var header = BinaryPrimitives.ReadUInt32LittleEndian(bytes[sizeof(uint)..]);
        if (rest < sizeof(uint) || rest > (uint)frameBytesMax)
        {
            throw new WireFormatException(
                $"A frame says that {rest} bytes follow; {sizeof(uint)} to {frameBytesMax} are possible. Either it is not a frame of this protocol, or the "
                + "other side's limit is higher.");
        }

        if (header > rest - sizeof(uint) || header > (uint)headerBytesMax)
        {
            throw new WireFormatException(
                $"A frame of {rest} bytes says that its header has {header}; 0 to {Math.Min(rest - sizeof(uint), (uint)headerBytesMax)} are possible.");
        }

        var payload = rest - sizeof(uint) - header;
        return header > 0 || payload == 0
            ? new FrameHead((int)header, (int)payload)
            : throw new WireFormatException($"A frame has {payload} bytes of numbers but no header that says what they are.");
    }
}
