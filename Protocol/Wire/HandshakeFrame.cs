using System.Text;

namespace Tessera.Protocol.Wire;

/// <summary>Frames that are no messages: the words of a handshake, and the reason for which a side is about to close the connection.</summary>
public static class HandshakeFrame
{
    /// <summary>The frame that says why the connection is about to be closed; its header is a text. It may come at any time.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="limits">What is sent at most.</param>
    public static byte[] Refusal(string reason, FrameLimits limits)
    {
        var writer = new MessagePackWriter();
        writer.Reserve(FrameHead.Bytes);
        writer.WriteString(reason, Math.Min(limits.DetailBytesMax, limits.HandshakeBytesMax / 2));
        return Finish(writer);
    }

    /// <summary>Whether a header is a reason instead of a word or a message.</summary>
    public static bool IsRefusal(ReadOnlySpan<byte> header) => new MessagePackReader(header).Next == MessagePackType.String;

    /// <summary>The reason in a header that <see cref="IsRefusal"/>; control characters become spaces.</summary>
    /// <exception cref="WireFormatException">It is longer than the limits or not text.</exception>
    public static string ReadRefusal(ReadOnlySpan<byte> header, FrameLimits limits)
    {
        var reader = new MessagePackReader(header);
        var reason = Encoding.UTF8.GetString(reader.ReadString(limits.DetailBytesMax, "a reason"));
        reader.ExpectEnd();
        return string.Create(reason.Length, reason, (characters, text) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                characters[i] = char.IsControl(text[i]) ? ' ' : text[i];
            }
        });
    }

    internal static byte[] Finish(MessagePackWriter writer)
    {
        new FrameHead(writer.Length - FrameHead.Bytes, 0).Write(writer.At(0, FrameHead.Bytes));
        return writer.Written.ToArray();
    }
}
