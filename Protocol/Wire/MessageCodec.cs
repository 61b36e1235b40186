using System.Runtime.InteropServices;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Messages;

namespace Tessera.Protocol.Wire;

/// <summary>
/// Messages as frames: a head, a header in MessagePack, and the payload as little-endian floats without gaps; docs/protocol.md describes the bytes. Who sent
/// a message is not in it: that is whoever owns the connection. <see cref="Message.Peer"/>, <see cref="Message.From"/> and <see cref="Message.Blob"/> do not travel.
/// </summary>
/// <remarks>
/// A header is written and read without allocation, except for hashes, details and assignments. The numbers are not touched here, so that a
/// transport moves them between the tensor and the socket without a copy.
/// </remarks>
public static partial class MessageCodec
{
    private const int HashBytes = 32;

    /// <summary>Bytes that the payload of a message takes in a frame.</summary>
    public static long PayloadBytes(in Message message) => (long)message.Payload.Rows * message.Payload.Columns * sizeof(float);

    /// <summary>Appends head and header of a message's frame; the payload has to follow.</summary>
    /// <param name="message">The message.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="limits">What the other side takes at most.</param>
    /// <exception cref="WireFormatException">The message cannot travel. Nothing that was appended is of use then.</exception>
    public static void WriteHead(in Message message, MessagePackWriter writer, FrameLimits limits)
    {
        CheckTravels(message, limits);
        var start = writer.Reserve(FrameHead.Bytes);
        WriteHeader(message, writer, limits);
        var header = writer.Length - start - FrameHead.Bytes;
        if (header > limits.HeaderBytesMax || PayloadBytes(message) > limits.FrameBytesMax - sizeof(uint) - header)
        {
            throw new WireFormatException(
                $"A {message.Kind} needs a header of {header} bytes and {PayloadBytes(message)} for its numbers; frames take {limits.HeaderBytesMax} and "
                + $"{limits.FrameBytesMax} together. Send fewer vectors at once.");
        }

        new FrameHead(header, (int)PayloadBytes(message)).Write(writer.At(start, FrameHead.Bytes));
    }

    /// <summary>Copies the payload as it follows the header.</summary>
    /// <param name="message">The message.</param>
    /// <param name="destination"><see cref="PayloadBytes"/> or more.</param>
    public static void WritePayload(in Message message, Span<byte> destination)
    {
        if (PayloadBytes(message) > 0)
        {
            message.Payload.CopyTo(MemoryMarshal.Cast<byte, float>(destination));
        }
    }

    /// <summary>A whole frame.</summary>
    /// <param name="message">The message.</param>
    /// <param name="limits">What the other side takes at most; <see cref="FrameLimits.Default"/> if null.</param>
    /// <exception cref="WireFormatException">The message cannot travel.</exception>
    public static byte[] Encode(in Message message, FrameLimits? limits = null)
    {
        var writer = new MessagePackWriter();
        WriteHead(message, writer, limits ?? FrameLimits.Default);
        var frame = new byte[writer.Length + (int)PayloadBytes(message)];
        writer.Written.CopyTo(frame);
        WritePayload(message, frame.AsSpan(writer.Length));
        return frame;
    }

    private static void CheckTravels(in Message message, FrameLimits limits)
    {
        if (message.To is not (Recipient.Tile or Recipient.Node or Recipient.Coordinator))
        {
            throw new WireFormatException(
                $"A {message.Kind} goes to {message.To}; only messages to Tile, Node and Coordinator travel between processes. This is a defect; please report it.");
        }

        if (message.Kind == MessageKind.None)
        {
            throw new WireFormatException($"A message to {message.To} has no kind. This is a defect; please report it.");
        }

        if (message.Body is not (null or TileAssignment))
        {
            throw new WireFormatException(
                $"A {message.Kind} has a body of {message.Body.GetType().Name}; only a {nameof(TileAssignment)} travels. This is a defect; please report it.");
        }

        if (PayloadBytes(message) > limits.FrameBytesMax)
        {
            throw new WireFormatException(
                $"A {message.Kind} has {message.Payload.Rows} x {message.Payload.Columns} numbers, {PayloadBytes(message)} bytes; a frame takes "
                + $"{limits.FrameBytesMax}. Send fewer vectors at once.");
        }
    }
}
