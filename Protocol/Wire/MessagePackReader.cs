using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text.Unicode;

namespace Tessera.Protocol.Wire;

/// <summary>
/// Reads MessagePack where it lies. Whatever the bytes are, a method returns a value that fits or throws <see cref="WireFormatException"/>, and a count is
/// never larger than what the remaining bytes can hold.
/// </summary>
public ref struct MessagePackReader
{
    /// <summary>How deep arrays and maps may lie in each other in a value that is skipped.</summary>
    public const int NestingMax = 32;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;

    /// <summary>Starts at the first byte.</summary>
    public MessagePackReader(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
    }

    /// <summary>Bytes that were read.</summary>
    public readonly int Position => _position;

    /// <summary>Bytes that are left.</summary>
    public readonly int Remaining => _bytes.Length - _position;

    /// <summary>What kind of value comes next; <see cref="MessagePackType.End"/> behind the last.</summary>
    public readonly MessagePackType Next => Remaining == 0 ? MessagePackType.End : TypeOf(_bytes[_position]);

    /// <summary>Takes nil if it comes next.</summary>
    public bool TryReadNil()
    {
        if (Next != MessagePackType.Nil)
        {
            return false;
        }

        _position++;
        return true;
    }

    /// <summary>Reads a truth value.</summary>
    public bool ReadBoolean()
    {
        var code = ReadCode();
        return code switch
        {
            MessagePackCode.True => true,
            MessagePackCode.False => false,
            _ => throw Unexpected("a truth value", code),
        };
    }

    /// <summary>Reads a whole number from 0 to 2^64 - 1 in any of its forms.</summary>
    public ulong ReadUInt64()
    {
        var (negative, bits) = ReadInteger();
        return negative ? throw Invalid($"the number {(long)bits} where none below 0 is possible") : bits;
    }

    /// <summary>Reads a whole number from -2^63 to 2^63 - 1 in any of its forms.</summary>
    public long ReadInt64()
    {
        var (negative, bits) = ReadInteger();
        return negative || bits <= long.MaxValue ? (long)bits : throw Invalid($"the number {bits}, above 2^63 - 1");
    }

    /// <summary>Reads a whole number of a range.</summary>
    /// <param name="min">Smallest.</param>
    /// <param name="max">Largest.</param>
    /// <param name="what">What it is, for the error.</param>
    public int ReadInt32(int min, int max, string what)
    {
        var value = ReadInt64();
        if (value < min || value > max)
        {
            ThrowOutOfRange(value, min, max, what);
        }

        return (int)value;
    }

    /// <summary>Reads a 32-bit float, bit by bit.</summary>
    public float ReadSingle()
    {
        var code = ReadCode();
        return code == MessagePackCode.Float32
            ? BitConverter.UInt32BitsToSingle(BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint))))
            : throw Unexpected("a 32-bit float", code);
    }

    /// <summary>Reads a 64-bit float, bit by bit.</summary>
    public double ReadDouble()
    {
        var code = ReadCode();
        return code == MessagePackCode.Float64
            ? BitConverter.UInt64BitsToDouble(BinaryPrimitives.ReadUInt64BigEndian(Take(sizeof(ulong))))
            : throw Unexpected("a 64-bit float", code);
    }

    /// <summary>Reads the UTF-8 bytes of a text, checked.</summary>
    /// <param name="bytesMax">Most bytes.</param>
    /// <param name="what">What it is, for the error.</param>
    public ReadOnlySpan<byte> ReadString(int bytesMax, string what)
    {
        var code = ReadCode();
        var length = code switch
        {
            >= MessagePackCode.FixString and < MessagePackCode.Nil => code & MessagePackCode.FixStringMax,
            MessagePackCode.String8 => ReadCode(),
            MessagePackCode.String16 => ReadBig16(),
            MessagePackCode.String32 => ReadBig32(),
            _ => throw Unexpected(what, code),
        };
        if (length > bytesMax)
        {
            ThrowOutOfRange(length, 0, bytesMax, what);
        }

        var text = Take(length);
        return Utf8.IsValid(text) ? text : throw Invalid($"bytes that are not UTF-8 where {what} was expected");
    }

    /// <summary>Reads bytes.</summary>
    public ReadOnlySpan<byte> ReadBinary()
    {
        var code = ReadCode();
        return Take(code switch
        {
            MessagePackCode.Bin8 => ReadCode(),
            MessagePackCode.Bin16 => ReadBig16(),
            MessagePackCode.Bin32 => ReadBig32(),
            _ => throw Unexpected("bytes", code),
        });
    }

    /// <summary>Reads the number of elements of an array; at most what the remaining bytes can hold.</summary>
    public int ReadArrayHeader()
    {
        var code = ReadCode();
        return CheckCount(code switch
        {
            >= MessagePackCode.FixArray and < MessagePackCode.FixString => code & MessagePackCode.FixCountMax,
            MessagePackCode.Array16 => ReadBig16(),
            MessagePackCode.Array32 => ReadBig32(),
            _ => throw Unexpected("an array", code),
        }, bytesEach: 1);
    }

    /// <summary>Reads the number of pairs of a map; at most what the remaining bytes can hold.</summary>
    public int ReadMapHeader()
    {
        var code = ReadCode();
        return CheckCount(code switch
        {
            >= MessagePackCode.FixMap and < MessagePackCode.FixArray => code & MessagePackCode.FixCountMax,
            MessagePackCode.Map16 => ReadBig16(),
            MessagePackCode.Map32 => ReadBig32(),
            _ => throw Unexpected("a map", code),
        }, bytesEach: 2);
    }

    /// <summary>Passes over one value, whatever it is.</summary>
    public void Skip() => Skip(NestingMax);

    /// <summary>Refuses bytes behind the last value.</summary>
    public readonly void ExpectEnd()
    {
        if (Remaining > 0)
        {
            throw Invalid($"{Remaining} bytes behind the last value");
        }
    }

    private static MessagePackType TypeOf(byte code) => code switch
    {
        <= MessagePackCode.PositiveFixMax or >= MessagePackCode.NegativeFix or (>= MessagePackCode.UInt8 and <= MessagePackCode.Int64)
            => MessagePackType.Integer,
        < MessagePackCode.FixArray or MessagePackCode.Map16 or MessagePackCode.Map32 => MessagePackType.Map,
        < MessagePackCode.FixString or MessagePackCode.Array16 or MessagePackCode.Array32 => MessagePackType.Array,
        < MessagePackCode.Nil or (>= MessagePackCode.String8 and <= MessagePackCode.String32) => MessagePackType.String,
        MessagePackCode.Nil => MessagePackType.Nil,
        MessagePackCode.False or MessagePackCode.True => MessagePackType.Boolean,
        >= MessagePackCode.Bin8 and <= MessagePackCode.Bin32 => MessagePackType.Binary,
        MessagePackCode.Float32 or MessagePackCode.Float64 => MessagePackType.Float,
        (>= MessagePackCode.Ext8 and <= MessagePackCode.Ext32) or (>= MessagePackCode.FixExt1 and <= MessagePackCode.FixExt16)
            => MessagePackType.Extension,
        _ => MessagePackType.Invalid,
    };

    private static WireFormatException Unexpected(string expected, byte code) =>
        Invalid($"the type byte 0x{code:x2} where {expected} was expected");

    private static WireFormatException Invalid(string seen) => new($"A MessagePack value holds {seen}.");

    [DoesNotReturn]
    private static void ThrowOutOfRange(long value, long min, long max, string what) =>
        throw new WireFormatException($"A frame says {value} for {what}; {min} to {max} are possible.");

    private void Skip(int levels)
    {
        var type = Next;
        switch (type)
        {
            case MessagePackType.Map or MessagePackType.Array:
                if (levels == 0)
                {
                    throw Invalid($"arrays and maps more than {NestingMax} deep");
                }

                var values = type == MessagePackType.Map ? 2L * ReadMapHeader() : ReadArrayHeader();
                for (; values > 0; values--)
                {
                    Skip(levels - 1);
                }

                break;
            case MessagePackType.String:
                SkipString();
                break;
            case MessagePackType.Binary:
                ReadBinary();
                break;
            case MessagePackType.Extension:
                SkipExtension();
                break;
            case MessagePackType.Integer:
                ReadInteger();
                break;
            case MessagePackType.Float:
                Take(ReadCode() == MessagePackCode.Float32 ? sizeof(float) : sizeof(double));
                break;
            default:
                var code = ReadCode();
                if (type == MessagePackType.Invalid)
                {
                    throw Unexpected("a value", code);
                }

                break;
        }
    }

    // Text that is skipped need not be UTF-8.
    private void SkipString()
    {
        var code = ReadCode();
        Take(code switch
        {
            MessagePackCode.String8 => ReadCode(),
            MessagePackCode.String16 => ReadBig16(),
            MessagePackCode.String32 => ReadBig32(),
            _ => code & MessagePackCode.FixStringMax,
        });
    }

    private void SkipExtension()
    {
        var code = ReadCode();
        var length = code switch
        {
            MessagePackCode.Ext8 => ReadCode(),
            MessagePackCode.Ext16 => ReadBig16(),
            MessagePackCode.Ext32 => ReadBig32(),
            _ => 1 << (code - MessagePackCode.FixExt1),
        };
        Take(1);
        Take(length);
    }

    private (bool Negative, ulong Bits) ReadInteger()
    {
        var code = ReadCode();
        var value = code switch
        {
            <= MessagePackCode.PositiveFixMax => code,
            MessagePackCode.UInt8 => ReadCode(),
            MessagePackCode.UInt16 => BinaryPrimitives.ReadUInt16BigEndian(Take(sizeof(ushort))),
            MessagePackCode.UInt32 => BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint))),
            >= MessagePackCode.NegativeFix => (sbyte)code,
            MessagePackCode.Int8 => (sbyte)ReadCode(),
            MessagePackCode.Int16 => BinaryPrimitives.ReadInt16BigEndian(Take(sizeof(short))),
            MessagePackCode.Int32 => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int))),
            MessagePackCode.UInt64 or MessagePackCode.Int64 => BinaryPrimitives.ReadInt64BigEndian(Take(sizeof(long))),
            _ => throw Unexpected("a whole number", code),
        };
        return (value < 0 && code != MessagePackCode.UInt64, (ulong)value);
    }

    private readonly int CheckCount(int count, int bytesEach) => (long)count * bytesEach <= Remaining
        ? count
        : throw Invalid($"a count of {count}, more than its {Remaining} remaining bytes can hold");

    private int ReadBig16() => BinaryPrimitives.ReadUInt16BigEndian(Take(sizeof(ushort)));

    private int ReadBig32()
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint)));
        return length <= int.MaxValue ? (int)length : throw Invalid($"a length of {length}");
    }

    private byte ReadCode() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining)
        {
            throw Invalid($"{Remaining} bytes where {count} were expected");
        }

        var bytes = _bytes.Slice(_position, count);
        _position += count;
        return bytes;
    }
}
