using System.Buffers.Binary;
using System.Text;
using Tessera.Protocol.Snapshots;

namespace Tessera.Protocol.Tests.Snapshots;

public class SafetensorsFileTests
{
    [Fact]
    public void What_is_read_is_what_was_written()
    {
        var file = SafetensorsFile.Parse(Sample(), "sample");

        Assert.Equal("T0 \u00e9", file.Metadata["name"]);
        Assert.Equal(["weights", "empty", "counters"], file.Arrays.Select(array => array.Name));
        Assert.Equal([2, 3], file.Array("weights").Shape);
        Assert.Equal([1f, 2f, 3f, -0f, float.NaN, float.MaxValue], file.Array("weights").Floats());
        Assert.Equal(0x80000000u, BinaryPrimitives.ReadUInt32LittleEndian(file.Array("weights").Bytes.Span[12..]));
        Assert.Equal([7UL, ulong.MaxValue], file.Array("counters").Counters());
        Assert.Empty(file.Array("empty").Floats());
    }

    [Fact]
    public void Equal_input_gives_equal_bytes() => Assert.Equal(Sample(), Sample());

    [Fact]
    public void The_header_starts_with_its_length_and_data_is_aligned()
    {
        var bytes = Sample();
        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);

        Assert.Equal(0UL, length % 8);
        Assert.Equal((byte)'{', bytes[8]);
        Assert.Equal(24 + 16, bytes.Length - 8 - (int)length);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var bytes = Sample();
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<SnapshotFormatException>(() => SafetensorsFile.Parse(bytes[..length], "cut"));
        }
    }

    [Theory]
    [InlineData("F32", "F64", "has type 'F64', expected F32, F16 or U64")]
    [InlineData("[2,3]", "[3,3]", "expected [0, 36]")]
    [InlineData("[2,3]", "[2,2]", "expected [0, 16]")]
    [InlineData("\"shape\"", "\"shapf\"", "header cannot be read")]
    [InlineData("data_offsets\":[0", "data_offsets\":[4", "lies at [4")]
    [InlineData("\"shape\":[2,3],\"data_offsets\":[0,24]", "\"shape\":[-1 ],\"data_offsets\":[0,-4]", "[-1]")]
    [InlineData("{\"__meta", "[\"__meta", "header cannot be read")]
    public void A_header_that_lies_is_refused(string from, string to, string expected)
    {
        var bytes = Sample();
        var text = Encoding.Latin1.GetString(bytes);
        var at = text.IndexOf(from, StringComparison.Ordinal);
        Encoding.Latin1.GetBytes(to).CopyTo(bytes, at);

        var error = Assert.Throws<SnapshotFormatException>(() => SafetensorsFile.Parse(bytes, "liar"));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("'liar'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_arrays_of_one_name_are_refused()
    {
        var bytes = Sample();
        var at = Encoding.Latin1.GetString(bytes).IndexOf("counters", StringComparison.Ordinal);
        Encoding.Latin1.GetBytes("empty\"  ").CopyTo(bytes, at);
        Encoding.Latin1.GetBytes(" :").CopyTo(bytes, at + 8);

        var error = Assert.Throws<SnapshotFormatException>(() => SafetensorsFile.Parse(bytes, "twice"));

        Assert.Contains("two arrays named 'empty'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Spare_bytes_behind_the_arrays_are_refused()
    {
        byte[] bytes = [.. Sample(), 0];

        Assert.Throws<SnapshotFormatException>(() => SafetensorsFile.Parse(bytes, "long"));
    }

    [Fact]
    public void A_name_can_be_used_once()
    {
        var writer = new SafetensorsWriter();
        writer.AddFloats("a", [1f]);

        Assert.Throws<ArgumentException>(() => writer.AddFloats("a", [2f]));
    }

    private static byte[] Sample()
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("name", "T0 \u00e9");
        writer.AddFloats("weights", 2, 3, 4, [1f, 2f, 3f, 99f, -0f, float.NaN, float.MaxValue, 99f]);
        writer.AddFloats("empty", []);
        writer.AddCounters("counters", [7, ulong.MaxValue]);
        return writer.ToArray();
    }
}
