using System.Text;
using Tessera.Protocol.Snapshots;

namespace Tessera.Protocol.Tests.Snapshots;

public class ManifestCodecTests
{
    [Fact]
    public void What_is_read_is_what_was_written()
    {
        var manifest = Sample() with { NumericsChanges = [new NumericsChange(12, 1, 2), new NumericsChange(40, 2, 4)] };
        var read = ManifestCodec.Read(ManifestCodec.Write(manifest), "manifest.json");

        Assert.Equal(manifest with { Blobs = [], NumericsChanges = [] }, read with { Blobs = [], NumericsChanges = [] });
        Assert.Equal(manifest.Blobs, read.Blobs);
        Assert.Equal(manifest.NumericsChanges, read.NumericsChanges);
    }

    [Fact]
    public void Every_flipped_byte_is_noticed()
    {
        var bytes = ManifestCodec.Write(Sample());
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i] ^= 1;
            Assert.Throws<SnapshotFormatException>(() => ManifestCodec.Read(damaged, "manifest.json"));
        }
    }

    [Fact]
    public void Every_truncation_is_noticed()
    {
        var bytes = ManifestCodec.Write(Sample());
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<SnapshotFormatException>(() => ManifestCodec.Read(bytes[..length], "manifest.json"));
        }
    }

    [Fact]
    public void Another_format_is_refused_by_its_number()
    {
        var bytes = ManifestCodec.Write(Sample() with { Format = 2 });

        var error = Assert.Throws<SnapshotFormatException>(() => ManifestCodec.Read(bytes, "manifest.json"));

        Assert.Contains("format 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("reads format 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_is_readable_text() =>
        Assert.Contains("\"step\": 840,", Encoding.UTF8.GetString(ManifestCodec.Write(Sample())), StringComparison.Ordinal);

    private static RunManifest Sample() => new()
    {
        NumericsVersion = 1,
        ConfigurationHash = BlobHash.Of([1]).Hex,
        Step = 840,
        Term = 3,
        Blobs = [new ManifestBlob("tile", "hidden1/T0", BlobHash.Of([2])), new ManifestBlob("losses", "losses", BlobHash.Of([3]))],
    };
}
