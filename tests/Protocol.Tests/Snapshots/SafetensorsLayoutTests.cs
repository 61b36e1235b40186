using Tessera.Protocol.Snapshots;

namespace Tessera.Protocol.Tests.Snapshots;

public class SafetensorsLayoutTests
{
    [Fact]
    public void The_bytes_are_those_of_the_writer()
    {
        float[] values = [1f, 2f, 99f, -0f, float.NaN, 99f];
        var layout = new SafetensorsLayout();
        layout.AddMetadata("b", "2");
        layout.AddMetadata("a", "1");
        var floats = layout.Declare("floats", SafetensorsType.F32, 2, 2);
        var counters = layout.Declare("counters", SafetensorsType.U64, 1);
        var file = layout.Allocate();
        layout.WriteBytes(counters, BitConverter.GetBytes(7UL)); // in any order
        layout.WriteFloats(floats, 2, 2, 3, values);

        var writer = new SafetensorsWriter();
        writer.AddMetadata("a", "1");
        writer.AddMetadata("b", "2");
        writer.AddFloats("floats", 2, 2, 3, values);
        writer.AddCounters("counters", [7]);

        Assert.Equal(writer.ToArray(), file);
    }

    [Fact]
    public void Halves_are_written_without_padding_and_read_back()
    {
        Half[] values = [(Half)1f, (Half)(-2f), Half.MaxValue, (Half)0.1f, Half.Epsilon, Half.MaxValue];
        var layout = new SafetensorsLayout();
        var index = layout.Declare("halves", SafetensorsType.F16, 2, 2);
        var file = layout.Allocate();
        layout.WriteHalves(index, 2, 2, 3, values);

        var array = SafetensorsFile.Parse(file, "halves").Array("halves");
        Assert.Equal([0x00, 0x3C, 0x00, 0xC0, 0x66, 0x2E, 0x01, 0x00], array.Bytes.ToArray());
        var read = new Half[3];
        array.CopyHalves(1, read);
        Assert.Equal([(Half)(-2f), (Half)0.1f, Half.Epsilon], read);
        Assert.Throws<ArgumentException>(() => layout.WriteFloats(index, 2, 2, 2, new float[4]));
    }

    [Fact]
    public void What_was_not_declared_cannot_be_written()
    {
        var layout = new SafetensorsLayout();
        layout.Declare("a", SafetensorsType.F32, 2, 2);
        layout.Allocate();

        Assert.Throws<ArgumentException>(() => layout.WriteFloats(0, 2, 3, 3, new float[6]));
        Assert.Throws<ArgumentException>(() => layout.WriteBytes(0, new byte[12]));
        Assert.Throws<InvalidOperationException>(() => layout.Declare("b", SafetensorsType.F32, 1));
    }

    [Fact]
    public void A_state_that_no_blob_can_hold_is_refused_with_its_size()
    {
        var layout = new SafetensorsLayout();
        layout.Declare("a", SafetensorsType.F32, 50_000, 50_000);

        Assert.Contains("smaller tiles", Assert.Throws<SnapshotFormatException>(layout.Allocate).Message, StringComparison.Ordinal);
    }
}
