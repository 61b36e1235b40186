using System.Diagnostics;
using System.Globalization;
using Tessera.Protocol.Snapshots;

namespace Tessera.Protocol.Tests.Snapshots;

public class SafetensorsPythonTests
{
    private const string Reader = """
        import json, struct, sys
        blob = open(sys.argv[1], 'rb').read()
        length, = struct.unpack('<Q', blob[:8])
        header = json.loads(blob[8:8 + length])
        data = blob[8 + length:]
        print(header.pop('__metadata__')['name'])
        for name, entry in header.items():
            begin, end = entry['data_offsets']
            count = (end - begin) // 4
            print(name, entry['dtype'], entry['shape'], *struct.unpack(f'<{count}f', data[begin:end]))
        """;

    [SkippableFact]
    public void Pythons_standard_library_reads_a_blob_in_ten_lines()
    {
        var path = Path.Combine(Path.GetTempPath(), $"tessera-{Guid.NewGuid():N}.safetensors");
        var writer = new SafetensorsWriter();
        writer.AddMetadata("name", "hidden1/T2");
        writer.AddFloats("weights", 2, 2, 16, [1.5f, -2f, .. new float[14], 0.25f, 1e-3f, .. new float[14]]);
        writer.AddFloats("hidden.bias", [3f]);
        File.WriteAllBytes(path, writer.ToArray());
        try
        {
            var lines = RunPython(path).Split('\n', StringSplitOptions.RemoveEmptyEntries);

            Assert.Equal("hidden1/T2", lines[0]);
            Assert.Equal("weights F32 [2, 2] 1.5 -2.0 0.25 " + 0.0010000000474974513.ToString("R", CultureInfo.InvariantCulture), lines[1]);
            Assert.Equal("hidden.bias F32 [1] 3.0", lines[2]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string RunPython(string path)
    {
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Reader);
        start.ArgumentList.Add(path);
        Process? python = null;
        try
        {
            python = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skip.If(true, "python3 is not installed; the blob was not read by an independent reader.");
        }

        using (python)
        {
            var output = python!.StandardOutput.ReadToEnd();
            var errors = python.StandardError.ReadToEnd();
            python.WaitForExit();
            Assert.True(python.ExitCode == 0, errors);
            return output;
        }
    }
}
