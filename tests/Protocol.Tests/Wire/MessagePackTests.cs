using System.Text;
using Tessera.Protocol.Wire;

namespace Tessera.Protocol.Tests.Wire;

public class MessagePackTests
{
    [Fact]
    public void Whole_numbers_come_back_at_every_boundary()
    {
        for (var bits = 0; bits < 64; bits++)
        {
            foreach (var offset in new[] { -33L, -32, -1, 0, 1 })
            {
                var value = unchecked((1UL << bits) + (ulong)offset);
                var writer = new MessagePackWriter();
                writer.WriteUInt64(value);
                writer.WriteInt64((long)value);
                var reader = new MessagePackReader(writer.Written);

                Assert.Equal(value, reader.ReadUInt64());
                Assert.Equal((long)value, reader.ReadInt64());
                reader.ExpectEnd();
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65535)]
    [InlineData(65536)]
    public void Text_bytes_arrays_and_maps_come_back_at_every_length(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)(i % 100)).ToArray();
        var writer = new MessagePackWriter();
        writer.WriteString(Encoding.UTF8.GetString(bytes));
        writer.WriteBinary(bytes);
        writer.WriteArrayHeader(length);
        WriteNils(writer, length);
        writer.WriteMapHeader(length);
        WriteNils(writer, 2 * length);
        var reader = new MessagePackReader(writer.Written);

        Assert.Equal(bytes, reader.ReadString(length, "text"));
        Assert.Equal(bytes, reader.ReadBinary());
        Assert.Equal(length, reader.ReadArrayHeader());
        SkipAll(ref reader, length);
        Assert.Equal(length, reader.ReadMapHeader());
        SkipAll(ref reader, 2 * length);
        reader.ExpectEnd();
    }

    [Fact]
    public void Floats_keep_their_bits()
    {
        var writer = new MessagePackWriter();
        writer.WriteSingle(BitConverter.UInt32BitsToSingle(0xffc12345));
        writer.WriteSingle(-0f);
        writer.WriteDouble(BitConverter.UInt64BitsToDouble(0x7ff8000012345678));
        var reader = new MessagePackReader(writer.Written);

        Assert.Equal(0xffc12345, BitConverter.SingleToUInt32Bits(reader.ReadSingle()));
        Assert.Equal(0x80000000, BitConverter.SingleToUInt32Bits(reader.ReadSingle()));
        Assert.Equal(0x7ff8000012345678u, BitConverter.DoubleToUInt64Bits(reader.ReadDouble()));
    }

    [Fact]
    public void Text_is_cut_between_two_characters()
    {
        var writer = new MessagePackWriter();
        writer.WriteString("aä€🎲", 9);
        var reader = new MessagePackReader(writer.Written);

        Assert.Equal("aä€", Encoding.UTF8.GetString(reader.ReadString(10, "text")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("c1")]
    [InlineData("dc")]
    [InlineData("ddffffffff")]
    [InlineData("dd7fffffff00")]
    [InlineData("dfffffffff")]
    [InlineData("c6ffffffff")]
    [InlineData("c9ffffffff01")]
    [InlineData("d801")]
    [InlineData("a5616263")]
    [InlineData("cf00")]
    public void What_is_cut_off_or_impossible_is_refused(string hex)
    {
        Assert.Throws<WireFormatException>(() =>
        {
            var reader = new MessagePackReader(Convert.FromHexString(hex));
            if (reader.Next == MessagePackType.End)
            {
                reader.ReadBoolean();
            }

            reader.Skip();
            reader.ExpectEnd();
        });
    }

    [Fact]
    public void Values_nested_too_deeply_are_refused_instead_of_exhausting_the_stack()
    {
        var deep = new byte[1 << 20];
        Array.Fill(deep, (byte)0x91);

        Assert.Throws<WireFormatException>(() => new MessagePackReader(deep).Skip());
        deep = [.. Enumerable.Repeat((byte)0x91, MessagePackReader.NestingMax), 0xc0];
        var reader = new MessagePackReader(deep);
        reader.Skip();
        reader.ExpectEnd();
    }

    [Fact]
    public void Numbers_outside_of_what_is_asked_for_are_refused()
    {
        Assert.Throws<WireFormatException>(() => new MessagePackReader([0xff]).ReadUInt64());
        Assert.Throws<WireFormatException>(() => new MessagePackReader([0xcf, 0xff, 0, 0, 0, 0, 0, 0, 0]).ReadInt64());
        Assert.Throws<WireFormatException>(() => new MessagePackReader([5]).ReadInt32(0, 4, "x"));
        Assert.Throws<WireFormatException>(() => new MessagePackReader([0xa1, 0xff]).ReadString(1, "x"));
    }

    private static void WriteNils(MessagePackWriter writer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            writer.WriteNil();
        }
    }

    private static void SkipAll(ref MessagePackReader reader, int count)
    {
        for (var i = 0; i < count; i++)
        {
            reader.Skip();
        }
    }
}
