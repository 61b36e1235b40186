using System.Buffers.Binary;
using System.Text;

namespace Tessera.Protocol.Wire;

/// <summary>
/// Writes MessagePack into a buffer that grows and is used again, so that writing allocates nothing once it is large enough. Numbers take their shortest form.
/// </summary>
public sealed class MessagePackWriter
{
    private const int StartBytes = 256;
    private const int KeptBytesMax = 64 * 1024;
    private byte[] _buffer = new byte[StartBytes];
    private int _length;

    /// <summary>What was written since <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    /// <summary>Forgets what was written; keeps the buffer unless one large value made it large.</summary>
    public void Clear()
    {
        _length = 0;
        if (_buffer.Length > KeptBytesMax)
        {
            _buffer = new byte[StartBytes];
        }
    }

    /// <summary>Room for bytes that are filled in later, such as a length that is not known yet.</summary>
    /// <param name="count">Bytes, 0 or more.</param>
    /// <returns>Where they are.</returns>
    public int Reserve(int count)
    {
        var position = _length;
        Take(count).Clear();
        return position;
    }

    /// <summary>Bytes that were written before, to fill in.</summary>
    public Span<byte> At(int position, int count) => _buffer.AsSpan(0, _length).Slice(position, count);

    /// <summary>Writes bytes as they are.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>Writes nil.</summary>
    public void WriteNil() => WriteCode(MessagePackCode.Nil);

    /// <summary>Writes a truth value.</summary>
    public void WriteBoolean(bool value) => WriteCode(value ? MessagePackCode.True : MessagePackCode.False);

    /// <summary>Writes a number that is not negative.</summary>
    public void WriteUInt64(ulong value)
    {
        switch (value)
        {
            case <= MessagePackCode.PositiveFixMax:
                WriteCode((byte)value);
                break;
            case <= byte.MaxValue:
                WriteCode(MessagePackCode.UInt8);
                WriteCode((byte)value);
                break;
            case <= ushort.MaxValue:
                WriteCode(MessagePackCode.UInt16);
                BinaryPrimitives.WriteUInt16BigEndian(Take(sizeof(ushort)), (ushort)value);
                break;
            case <= uint.MaxValue:
                WriteCode(MessagePackCode.UInt32);
                BinaryPrimitives.WriteUInt32BigEndian(Take(sizeof(uint)), (uint)value);
                break;
            default:
                WriteCode(MessagePackCode.UInt64);
                BinaryPrimitives.WriteUInt64BigEndian(Take(sizeof(ulong)), value);
                break;
        }
    }

    /// <summary>Writes a number.</summary>
    public void WriteInt64(long value)
    {
        switch (value)
        {
            case >= 0:
                WriteUInt64((ulong)value);
                break;
            case >= MessagePackCode.NegativeFixMin:
                WriteCode((byte)value);
                break;
            case >= sbyte.MinValue:
                WriteCode(MessagePackCode.Int8);
                WriteCode((byte)value);
                break;
            case >= short.MinValue:
                WriteCode(MessagePackCode.Int16);
                BinaryPrimitives.WriteInt16BigEndian(Take(sizeof(short)), (short)value);
                break;
            case >= int.MinValue:
                WriteCode(MessagePackCode.Int32);
                BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), (int)value);
                break;
            default:
                WriteCode(MessagePackCode.Int64);
                BinaryPrimitives.WriteInt64BigEndian(Take(sizeof(long)), value);
                break;
        }
    }

    /// <summary>Writes a 32-bit float; its bits stay as they are.</summary>
    public void WriteSingle(float value)
    {
        WriteCode(MessagePackCode.Float32);
        BinaryPrimitives.WriteUInt32BigEndian(Take(sizeof(uint)), BitConverter.SingleToUInt32Bits(value));
    }

    /// <summary>Writes a 64-bit float; its bits stay as they are.</summary>
    public void WriteDouble(double value)
    {
        WriteCode(MessagePackCode.Float64);
        BinaryPrimitives.WriteUInt64BigEndian(Take(sizeof(ulong)), BitConverter.DoubleToUInt64Bits(value));
    }

    /// <summary>Writes text as UTF-8; half a surrogate pair becomes U+FFFD.</summary>
    public void WriteString(ReadOnlySpan<char> text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteStringHeader(length);
        Encoding.UTF8.GetBytes(text, Take(length));
    }

    /// <summary>Writes the longest beginning of a text that fits, cut between two characters.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytesMax">Most bytes of UTF-8, 0 or more.</param>
    public void WriteString(ReadOnlySpan<char> text, int bytesMax)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytesMax)
        {
            WriteString(text);
            return;
        }

        var characters = 0;
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (length + rune.Utf8SequenceLength > bytesMax)
            {
                break;
            }

            length += rune.Utf8SequenceLength;
            characters += rune.Utf16SequenceLength;
        }

        WriteString(text[..characters]);
    }

    /// <summary>Writes bytes.</summary>
    public void WriteBinary(ReadOnlySpan<byte> bytes)
    {
        WriteLength(bytes.Length, MessagePackCode.Bin8, MessagePackCode.Bin16, MessagePackCode.Bin32);
        WriteRaw(bytes);
    }

    /// <summary>Begins an array; its elements follow.</summary>
    public void WriteArrayHeader(int count)
    {
        if (count <= MessagePackCode.FixCountMax)
        {
            WriteCode((byte)(MessagePackCode.FixArray | count));
            return;
        }

        WriteLength(count, null, MessagePackCode.Array16, MessagePackCode.Array32);
    }

    /// <summary>Begins a map; its keys and values follow in turn.</summary>
    public void WriteMapHeader(int count)
    {
        if (count <= MessagePackCode.FixCountMax)
        {
            WriteCode((byte)(MessagePackCode.FixMap | count));
            return;
        }

        WriteLength(count, null, MessagePackCode.Map16, MessagePackCode.Map32);
    }

    /// <summary>Begins a map of a size that is not known yet.</summary>
    /// <returns>What <see cref="EndMap"/> wants.</returns>
    public int BeginMap()
    {
        WriteCode(MessagePackCode.Map16);
        return Reserve(sizeof(ushort));
    }

    /// <summary>Ends a map.</summary>
    /// <param name="position">What <see cref="BeginMap"/> returned.</param>
    /// <param name="count">Pairs that were written, at most 65,535.</param>
    public void EndMap(int position, int count) => BinaryPrimitives.WriteUInt16BigEndian(At(position, sizeof(ushort)), checked((ushort)count));

    private void WriteStringHeader(int length)
    {
        if (length <= MessagePackCode.FixStringMax)
        {
            WriteCode((byte)(MessagePackCode.FixString | length));
            return;
        }

        WriteLength(length, MessagePackCode.String8, MessagePackCode.String16, MessagePackCode.String32);
    }

    private void WriteLength(int length, byte? code8, byte code16, byte code32)
    {
        if (code8 is { } code && length <= byte.MaxValue)
        {
            WriteCode(code);
            WriteCode((byte)length);
        }
        else if (length <= ushort.MaxValue)
        {
            WriteCode(code16);
            BinaryPrimitives.WriteUInt16BigEndian(Take(sizeof(ushort)), (ushort)length);
        }
        else
        {
            WriteCode(code32);
            BinaryPrimitives.WriteUInt32BigEndian(Take(sizeof(uint)), (uint)length);
        }
    }

    private void WriteCode(byte code) => Take(1)[0] = code;

    private Span<byte> Take(int count)
    {
        var end = checked(_length + count);
        if (end > _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(2L * _buffer.Length, end)));
        }

        var span = _buffer.AsSpan(_length, count);
        _length = end;
        return span;
    }
}
