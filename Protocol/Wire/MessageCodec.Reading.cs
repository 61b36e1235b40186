using System.Runtime.InteropServices;
using System.Text;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Protocol.Wire;

public static partial class MessageCodec
{
    // Values of a message, one after the other as the keys come.
    private struct Fields
    {
        public MessageKind Kind;
        public Recipient To;
        public Refusal Refusal;
        public ReadPurpose Purpose;
        public bool WantsInputGradient;
        public bool SnapshotAfter;
        public int Tile;
        public int ReplyStage;
        public int ReplyPort;
        public ulong Term;
        public ulong Step;
        public int VectorsFirst;
        public int VectorsCount;
        public ulong Operation;
        public float Scalar;
        public BlobHash Hash;
        public string? Detail;
        public TileAssignment? Assignment;
        public int Rows;
        public int Columns;
    }

    /// <summary>
    /// Reads the header of a frame. The message's payload has its shape, dense, but no memory yet: <c>message with { Payload = ... }</c> gives it some.
    /// A kind of message that this version does not know is returned as a number; whoever it is for refuses it.
    /// </summary>
    /// <param name="header">The header's bytes.</param>
    /// <param name="payloadBytes">Bytes that follow it.</param>
    /// <param name="limits">What is taken at most.</param>
    /// <exception cref="WireFormatException">The bytes are not a header, or a value is impossible.</exception>
    public static Message ReadHeader(ReadOnlySpan<byte> header, int payloadBytes, FrameLimits limits)
    {
        var reader = new MessagePackReader(header);
        var keys = new KeySet(ref reader);
        Fields fields = default;
        while (keys.MoveNext(ref reader, HeaderKey.Columns, out var key))
        {
            ReadField(ref reader, key, ref fields, limits);
        }

        reader.ExpectEnd();
        keys.Require(HeaderKey.Kind, "its kind");
        keys.Require(HeaderKey.To, "whom it is for");
        Check(fields, payloadBytes);
        return ToMessage(fields);
    }

    /// <summary>A message from a whole frame, with memory of its own.</summary>
    /// <param name="frame">All bytes of the frame and no more.</param>
    /// <param name="limits">What is taken at most; <see cref="FrameLimits.Default"/> if null.</param>
    /// <exception cref="WireFormatException">The bytes are not a frame of a message.</exception>
    public static Message Decode(ReadOnlySpan<byte> frame, FrameLimits? limits = null)
    {
        limits ??= FrameLimits.Default;
        if (frame.Length < FrameHead.Bytes)
        {
            throw new WireFormatException($"A frame has {frame.Length} bytes; it takes {FrameHead.Bytes} or more.");
        }

        var head = FrameHead.Read(frame, limits);
        if (frame.Length - FrameHead.Bytes != head.HeaderBytes + head.PayloadBytes)
        {
            throw new WireFormatException(
                $"A frame has {frame.Length} bytes where its head says {FrameHead.Bytes} + {head.HeaderBytes} + {head.PayloadBytes}.");
        }

        var message = ReadHeader(frame.Slice(FrameHead.Bytes, head.HeaderBytes), head.PayloadBytes, limits);
        if (head.PayloadBytes == 0)
        {
            return message;
        }

        var values = new float[head.PayloadBytes / sizeof(float)];
        frame[(FrameHead.Bytes + head.HeaderBytes)..].CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return message with { Payload = message.Payload with { Values = values } };
    }

    private static void ReadField(ref MessagePackReader reader, int key, ref Fields fields, FrameLimits limits)
    {
        switch (key)
        {
            case HeaderKey.Kind:
                fields.Kind = (MessageKind)reader.ReadInt32(1, byte.MaxValue, "the kind of a message");
                break;
            case HeaderKey.To:
                fields.To = (Recipient)reader.ReadInt32(0, byte.MaxValue, "the recipient");
                break;
            case HeaderKey.Refusal:
                fields.Refusal = (Refusal)reader.ReadInt32(0, (int)Refusal.Full, "the reason of a refusal");
                break;
            case HeaderKey.Purpose:
                fields.Purpose = (ReadPurpose)reader.ReadInt32(0, (int)ReadPurpose.Evaluation, "the purpose of a read");
                break;
            case HeaderKey.WantsInputGradient:
                fields.WantsInputGradient = reader.ReadBoolean();
                break;
            case HeaderKey.SnapshotAfter:
                fields.SnapshotAfter = reader.ReadBoolean();
                break;
            case HeaderKey.Tile:
                fields.Tile = reader.ReadInt32(-1, limits.TilesMax - 1, "the tile");
                break;
            case HeaderKey.ReplyStage:
                fields.ReplyStage = reader.ReadInt32(-1, int.MaxValue, "the stage that asked");
                break;
            case HeaderKey.ReplyPort:
                fields.ReplyPort = reader.ReadInt32(0, int.MaxValue, "the port that asked");
                break;
            case HeaderKey.Term:
                fields.Term = reader.ReadUInt64();
                break;
            case HeaderKey.Step:
                fields.Step = reader.ReadUInt64();
                break;
            default:
                ReadSeldomField(ref reader, key, ref fields, limits);
                break;
        }
    }

    private static void ReadSeldomField(ref MessagePackReader reader, int key, ref Fields fields, FrameLimits limits)
    {
        switch (key)
        {
            case HeaderKey.VectorsFirst:
                fields.VectorsFirst = reader.ReadInt32(0, int.MaxValue, "the first vector");
                break;
            case HeaderKey.VectorsCount:
                fields.VectorsCount = reader.ReadInt32(0, int.MaxValue, "the number of vectors");
                break;
            case HeaderKey.Operation:
                fields.Operation = reader.ReadUInt64();
                break;
            case HeaderKey.Scalar:
                fields.Scalar = reader.ReadSingle();
                break;
            case HeaderKey.Hash:
                fields.Hash = ReadHash(ref reader);
                break;
            case HeaderKey.Detail:
                fields.Detail = Encoding.UTF8.GetString(reader.ReadString(limits.DetailBytesMax, "a detail"));
                break;
            case HeaderKey.Assignment:
                fields.Assignment = AssignmentCodec.Read(ref reader, limits);
                break;
            case HeaderKey.Rows:
                fields.Rows = reader.ReadInt32(1, int.MaxValue, "the rows of the payload");
                break;
            case HeaderKey.Columns:
                fields.Columns = reader.ReadInt32(1, int.MaxValue, "the columns of the payload");
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private static BlobHash ReadHash(ref MessagePackReader reader)
    {
        var hash = reader.ReadBinary();
        return hash.Length == HashBytes
            ? new BlobHash(Convert.ToHexStringLower(hash))
            : throw new WireFormatException($"A frame names a blob by {hash.Length} bytes; a hash has {HashBytes}.");
    }

    private static void Check(in Fields fields, int payloadBytes)
    {
        if (fields.To is not (Recipient.Tile or Recipient.Node or Recipient.Coordinator))
        {
            throw new WireFormatException($"A frame is for recipient {(int)fields.To}; only tiles, nodes and coordinators take messages of other processes.");
        }

        if ((long)fields.VectorsFirst + fields.VectorsCount > int.MaxValue)
        {
            throw new WireFormatException($"A frame has {fields.VectorsCount} vectors from {fields.VectorsFirst}, which ends above 2^31 - 1.");
        }

        // Neither factor is above 2^31 - 1, so that the product of both and 4 can exceed 63 bits; comparing values instead of bytes cannot.
        if (payloadBytes % sizeof(float) != 0 || (long)fields.Rows * fields.Columns != payloadBytes / sizeof(float))
        {
            throw new WireFormatException(
                $"A frame says that its payload has {fields.Rows} x {fields.Columns} numbers of {sizeof(float)} bytes, but {payloadBytes} bytes follow its header.");
        }

        if ((fields.Rows == 0) != (fields.Columns == 0))
        {
            throw new WireFormatException($"A frame gives its payload {fields.Rows} rows and {fields.Columns} columns; both or neither must be there.");
        }
    }

    private static Message ToMessage(in Fields fields) => new()
    {
        Kind = fields.Kind,
        To = fields.To,
        Refusal = fields.Refusal,
        Purpose = fields.Purpose,
        WantsInputGradient = fields.WantsInputGradient,
        SnapshotAfter = fields.SnapshotAfter,
        Tile = new TileId(fields.Tile),
        ReplyTo = new EdgeId(new StageId(fields.ReplyStage), fields.ReplyPort),
        Term = new Term(fields.Term),
        Step = new StepId(fields.Step),
        Vectors = new VectorRange(fields.VectorsFirst, fields.VectorsCount),
        Operation = fields.Operation,
        Scalar = fields.Scalar,
        Hash = fields.Hash,
        Detail = fields.Detail,
        Body = fields.Assignment,
        Payload = new Tensor(null!, 0, fields.Rows, fields.Columns, fields.Columns),
    };
}
