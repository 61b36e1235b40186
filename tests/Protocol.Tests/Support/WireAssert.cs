using System.Runtime.InteropServices;
using System.Text.Json;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Messages;

namespace Tessera.Protocol.Tests.Support;

/// <summary>Equality of messages in everything that travels.</summary>
internal static class WireAssert
{
    public static void Same(in Message sent, in Message seen, object context)
    {
        Assert.True(Text(sent) == Text(seen), $"{context}:\n{Text(sent)}\n{Text(seen)}");
        Assert.Equal(Bytes(sent.Payload), Bytes(seen.Payload));
    }

    private static string Text(in Message message) => string.Join(
        '|', message.Kind, message.To, message.Refusal, message.Purpose, message.WantsInputGradient, message.SnapshotAfter, message.Tile.Index, message.ReplyTo,
        message.Term, message.Step, message.Vectors, message.Operation, BitConverter.SingleToUInt32Bits(message.Scalar), message.Hash.Hex ?? "none",
        message.Detail ?? "none", message.Payload.Rows, message.Payload.Columns, JsonSerializer.Serialize(message.Body as TileAssignment));

    private static byte[] Bytes(Tensor tensor)
    {
        var values = new float[tensor.Rows * tensor.Columns];
        if (values.Length > 0)
        {
            tensor.CopyTo(values);
        }

        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }
}
