using System.Buffers.Binary;
using Tessera.Protocol.Wire;

namespace Tessera.Host.Faults.Taps;

/// <summary>The data plane: two words of a handshake each way, then messages (docs/protocol.md).</summary>
/// <param name="direction">Which way.</param>
internal sealed class DataProtocol(TapDirection direction) : ITapProtocol
{
    private const int HandshakeWords = 2; // hello and proof
    private int _frames;

    /// <summary>Both ways of a new connection.</summary>
    public static TapProtocols Create() => new(new DataProtocol(TapDirection.Forth), new DataProtocol(TapDirection.Back));

    /// <inheritdoc/>
    public int Measure(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FrameHead.Bytes) { return 0; }
        int all = checked(sizeof(uint) + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes));
        return bytes.Length >= all ? all : 0;
    }

    /// <inheritdoc/>
    public TapFrame Read(byte[] bytes)
    {
        if (_frames < HandshakeWords)
        {
            _frames++;
            return new TapFrame(direction, bytes);
        }

        FrameHead head = FrameHead.Read(bytes, FrameLimits.Default);
        ReadOnlySpan<byte> header = bytes.AsSpan(FrameHead.Bytes, head.HeaderBytes);
        return head.IsPing || HandshakeFrame.IsRefusal(header)
            ? new TapFrame(direction, bytes) { IsPing = head.IsPing }
            : new TapFrame(direction, bytes) { Message = MessageCodec.ReadHeader(header, head.PayloadBytes, FrameLimits.Default) };
    }
}
