using Tessera.Protocol.Cluster;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Protocol.Wire;

public static partial class MessageCodec
{
    // Members with their default value are left out, so that a header says no more than its kind of message needs.
    private static void WriteHeader(in Message message, MessagePackWriter writer, FrameLimits limits)
    {
        var map = writer.BeginMap();
        var count = 0;
        WriteNumber(writer, HeaderKey.Kind, (ulong)message.Kind, ref count);
        WriteNumber(writer, HeaderKey.To, (ulong)message.To, ref count);
        WriteNumber(writer, HeaderKey.Refusal, (ulong)message.Refusal, ref count);
        WriteNumber(writer, HeaderKey.Purpose, (ulong)message.Purpose, ref count);
        WriteFlag(writer, HeaderKey.WantsInputGradient, message.WantsInputGradient, ref count);
        WriteFlag(writer, HeaderKey.SnapshotAfter, message.SnapshotAfter, ref count);
        WriteSigned(writer, HeaderKey.Tile, message.Tile.Index, ref count);
        WriteSigned(writer, HeaderKey.ReplyStage, message.ReplyTo.Stage.Index, ref count);
        WriteSigned(writer, HeaderKey.ReplyPort, message.ReplyTo.Port, ref count);
        WriteNumber(writer, HeaderKey.Term, message.Term.Value, ref count);
        WriteNumber(writer, HeaderKey.Step, message.Step.Value, ref count);
        WriteSigned(writer, HeaderKey.VectorsFirst, message.Vectors.First, ref count);
        WriteSigned(writer, HeaderKey.VectorsCount, message.Vectors.Count, ref count);
        WriteNumber(writer, HeaderKey.Operation, message.Operation, ref count);
        if (BitConverter.SingleToUInt32Bits(message.Scalar) != 0)
        {
            Begin(writer, HeaderKey.Scalar, ref count);
            writer.WriteSingle(message.Scalar);
        }

        WriteTexts(message, writer, limits, ref count);
        if (PayloadBytes(message) > 0)
        {
            WriteSigned(writer, HeaderKey.Rows, message.Payload.Rows, ref count);
            WriteSigned(writer, HeaderKey.Columns, message.Payload.Columns, ref count);
        }

        writer.EndMap(map, count);
    }

    private static void WriteTexts(in Message message, MessagePackWriter writer, FrameLimits limits, ref int count)
    {
        if (message.Hash.Hex is { } hex)
        {
            Begin(writer, HeaderKey.Hash, ref count);
            WriteHash(hex, writer);
        }

        if (message.Detail is { } detail)
        {
            Begin(writer, HeaderKey.Detail, ref count);
            writer.WriteString(detail, limits.DetailBytesMax);
        }

        if (message.Body is TileAssignment assignment)
        {
            Begin(writer, HeaderKey.Assignment, ref count);
            AssignmentCodec.Write(assignment, writer);
        }
    }

    private static void WriteHash(string hex, MessagePackWriter writer)
    {
        if (!BlobHash.IsWellFormed(hex))
        {
            throw new WireFormatException($"A message names the blob '{hex}'; a hash of 64 lower-case hexadecimal digits was expected.");
        }

        Span<byte> hash = stackalloc byte[HashBytes];
        Convert.FromHexString(hex, hash, out _, out _);
        writer.WriteBinary(hash);
    }

    private static void WriteNumber(MessagePackWriter writer, int key, ulong value, ref int count)
    {
        if (value != 0)
        {
            Begin(writer, key, ref count);
            writer.WriteUInt64(value);
        }
    }

    private static void WriteSigned(MessagePackWriter writer, int key, int value, ref int count)
    {
        if (value != 0)
        {
            Begin(writer, key, ref count);
            writer.WriteInt64(value);
        }
    }

    private static void WriteFlag(MessagePackWriter writer, int key, bool value, ref int count)
    {
        if (value)
        {
            Begin(writer, key, ref count);
            writer.WriteBoolean(value);
        }
    }

    private static void Begin(MessagePackWriter writer, int key, ref int count)
    {
        writer.WriteUInt64((ulong)key);
        count++;
    }
}
