using System.Diagnostics;
using System.Text;
using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Snapshots;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

public class SnapshotFormatPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "snapshot-format.md"));

    [SkippableFact]
    public void The_pages_python_reads_what_a_run_wrote()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File(SqliteRunStore.FileName);
        using (var store = SqliteRunStore.Create(path, Identity))
        {
            store.RaiseTerm();
            store.Commit(Manifest(839, 1, store.Put(Array("weights", [9f]))));
            store.Commit(Manifest(840, 1, store.Put(Array("weights", [1.5f, -2f, 0.1f])), store.Put(Counters())));
        }

        Assert.Equal(
            "840 tile T0 weights [1, 3] 1.5 -2.0 0.10000000149011612\n840 tile T1 counters [2] 7 18446744073709551615\n", RunPython(path));
    }

    [Fact]
    public void The_pages_example_is_what_is_written()
    {
        var layout = new SafetensorsLayout();
        foreach (var (key, value) in new[]
        {
            ("kind", "tessera-tile-1"), ("name", "hidden1/T0"), ("configuration_hash", Identity.ConfigurationHash), ("numerics_version", "3"),
            ("engine", "cpu"), ("step", "840"), ("operation", "1"),
        })
        {
            layout.AddMetadata(key, value);
        }

        layout.Declare("weights", SafetensorsType.F32, 1, 2);
        var blob = layout.Allocate();
        layout.WriteFloats(0, 1, 2, 2, [1.5f, -2f]);
        var length = (int)BitConverter.ToUInt64(blob);
        var header = Encoding.UTF8.GetString(blob, 8, length).TrimEnd();

        Assert.Contains($"{Hex(blob.AsSpan(0, 8))}                    length of the header, here {length}\n", Page, StringComparison.Ordinal);
        Assert.Contains(
            header.Replace(Identity.ConfigurationHash, "4bf5...459a", StringComparison.Ordinal),
            Page.Replace("\n ", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains($"{Hex(blob.AsSpan(8 + length))}                    1.5, -2.0\n", Page, StringComparison.Ordinal);

        var manifest = Manifest(840, 2) with { Blobs = [new ManifestBlob("tile", "hidden1/T0", BlobHash.Of([2]))] };
        var json = Encoding.UTF8.GetString(ManifestCodec.Write(manifest));
        Assert.Contains(json[..json.IndexOf("\"checksum\"", StringComparison.Ordinal)], Page, StringComparison.Ordinal);
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => string.Join(' ', bytes.ToArray().Select(value => $"{value:x2}"));

    private static byte[] Array(string name, float[] values)
    {
        var writer = new SafetensorsWriter();
        writer.AddFloats(name, 1, values.Length, values.Length, values);
        return writer.ToArray();
    }

    private static byte[] Counters()
    {
        var writer = new SafetensorsWriter();
        writer.AddCounters("counters", [7, ulong.MaxValue]);
        return writer.ToArray();
    }

    private static string RunPython(string path)
    {
        const string Fence = "```python\n";
        var begin = Page.IndexOf(Fence, StringComparison.Ordinal) + Fence.Length;
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "-c", Page[begin..Page.IndexOf("```", begin, StringComparison.Ordinal)], path })
        {
            start.ArgumentList.Add(argument);
        }

        Process python;
        try
        {
            python = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new SkipException("python3 is not installed; the page's reader was not run.");
        }

        using (python)
        {
            var output = python.StandardOutput.ReadToEnd();
            var errors = python.StandardError.ReadToEnd();
            python.WaitForExit();
            Assert.True(python.ExitCode == 0, errors);
            return output;
        }
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tessera.slnx")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds Tessera.slnx.");
        }

        return folder;
    }
}
