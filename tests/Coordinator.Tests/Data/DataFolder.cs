using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;

namespace Tessera.Coordination.Tests.Data;

/// <summary>A folder of data files that lives as long as a test.</summary>
internal sealed class DataFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tessera-data-").FullName;

    public static byte[] Idx(byte type, int[] dimensions, byte[] values)
    {
        var bytes = new byte[4 + (4 * dimensions.Length) + values.Length];
        (bytes[2], bytes[3]) = (type, (byte)dimensions.Length);
        for (var i = 0; i < dimensions.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + (4 * i)), dimensions[i]);
        }

        values.CopyTo(bytes, 4 + (4 * dimensions.Length));
        return bytes;
    }

    public static byte[] Images(int count, int features = 4) =>
        Idx(8, [count, 2, features / 2], [.. Enumerable.Range(0, count * features).Select(i => (byte)(i * 7))]);

    public static byte[] Labels(params byte[] labels) => Idx(8, [labels.Length], labels);

    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    /// <summary>An NPY file as NumPy writes it; the header is given whole, so that tests can spoil it.</summary>
    public static byte[] Npy(string header, byte[] values, byte version = 1)
    {
        var text = Encoding.UTF8.GetBytes(header + "\n");
        var prefix = version == 1 ? new byte[10] : new byte[12];
        new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', version, 0 }.CopyTo(prefix, 0);
        if (version == 1)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(prefix.AsSpan(8), (ushort)text.Length);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(8), text.Length);
        }

        return [.. prefix, .. text, .. values];
    }

    public static string NpyHeader(string type, string shape, string order = "False") =>
        $"{{'descr': '{type}', 'fortran_order': {order}, 'shape': ({shape}), }}";

    public static byte[] Bytes(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    public static byte[] Bytes(params long[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    public DataFolder With(string name, byte[] bytes)
    {
        File.WriteAllBytes(System.IO.Path.Combine(Path, name), bytes);
        return this;
    }

    public DataFolder With(string name, string text) => With(name, Encoding.UTF8.GetBytes(text));

    public DataPair Load(DataSource source, string? train = null, string? test = null) =>
        DataLoader.Load(new DataConfig { Source = source, Folder = Path, Train = train, Test = test }, 1, 1);

    /// <summary>Loads, expects a refusal, and checks that its one message says all that it must.</summary>
    public void AssertRefused(DataSource source, string? train, string? test, params string[] parts)
    {
        var message = Assert.Throws<DataException>(() => Load(source, train, test)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', message);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
    }

    public static float[] Features(SampleSet set, int index)
    {
        var features = new float[set.Features];
        set.CopyFeatures(index, features);
        return features;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
