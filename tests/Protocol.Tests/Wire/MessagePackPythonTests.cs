using System.Diagnostics;
using Tessera.Protocol.Wire;

namespace Tessera.Protocol.Tests.Wire;

public class MessagePackPythonTests
{
    private const string Python = "/usr/bin/python3";

    private const string Reader = """
        import msgpack, sys
        unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
        unpacker.feed(bytes.fromhex(sys.argv[1]))
        for value in unpacker:
            print(repr(value))
        """;

    private const string Writer = """
        import msgpack
        values = [None, True, False, 0, 127, 128, 65536, 2**63, 2**64 - 1, -1, -33, -129, -2**31, -2**63, 1.5, 'ä' * 20, b'\x01' * 300,
                  list(range(20)), {i: str(i) for i in range(20)}, msgpack.ExtType(5, b'abc'), msgpack.ExtType(6, b'x' * 16), msgpack.Timestamp(1, 2)]
        print(''.join(msgpack.packb(v).hex() for v in values) + msgpack.packb(2.5, use_single_float=True).hex())
        """;

    [SkippableFact]
    public void Python_reads_what_is_written()
    {
        var writer = new MessagePackWriter();
        writer.WriteNil();
        writer.WriteBoolean(true);
        writer.WriteUInt64(ulong.MaxValue);
        foreach (var value in new[] { 0, 127, 128, 256, 65536, long.MaxValue, -1, -32, -33, -128, -129, -32769, long.MinValue })
        {
            writer.WriteInt64(value);
        }

        writer.WriteSingle(0.25f);
        writer.WriteDouble(0.1);
        writer.WriteString(new string('x', 40) + "ä");
        writer.WriteBinary([1, 2]);
        writer.WriteArrayHeader(2);
        writer.WriteInt64(1);
        writer.WriteString("a");
        var map = writer.BeginMap();
        writer.WriteInt64(7);
        writer.WriteMapHeader(0);
        writer.EndMap(map, 1);

        var expected = "None\nTrue\n18446744073709551615\n0\n127\n128\n256\n65536\n9223372036854775807\n-1\n-32\n-33\n-128\n-129\n-32769\n"
            + "-9223372036854775808\n0.25\n0.1\n'" + new string('x', 40) + "ä'\nb'\\x01\\x02'\n[1, 'a']\n{7: {}}\n";
        Assert.Equal(expected, Run(Reader, Convert.ToHexString(writer.Written)));
    }

    [SkippableFact]
    public void What_python_writes_is_read()
    {
        var reader = new MessagePackReader(Convert.FromHexString(Run(Writer).Trim()));

        Assert.True(reader.TryReadNil());
        Assert.True(reader.ReadBoolean());
        Assert.False(reader.ReadBoolean());
        foreach (var value in new ulong[] { 0, 127, 128, 65536, 1UL << 63, ulong.MaxValue })
        {
            Assert.Equal(value, reader.ReadUInt64());
        }

        foreach (var value in new[] { -1, -33, -129, int.MinValue, long.MinValue })
        {
            Assert.Equal(value, reader.ReadInt64());
        }

        Assert.Equal(1.5, reader.ReadDouble());
        Assert.Equal(40, reader.ReadString(40, "text").Length);
        Assert.Equal(300, reader.ReadBinary().Length);
        for (var i = 0; i < 5; i++)
        {
            reader.Skip();
        }

        Assert.Equal(2.5f, reader.ReadSingle());
        reader.ExpectEnd();
    }

    private static string Run(params string[] arguments)
    {
        Skip.IfNot(File.Exists(Python), $"{Python} is not installed; MessagePack was not compared with an independent implementation.");
        var start = new ProcessStartInfo(Python) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        start.ArgumentList.Add("-c");
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var python = Process.Start(start)!;
        var output = python.StandardOutput.ReadToEnd();
        var errors = python.StandardError.ReadToEnd();
        python.WaitForExit();
        Skip.If(
            errors.Contains("No module named 'msgpack'", StringComparison.Ordinal),
            "python3-msgpack is not installed; MessagePack was not compared with an independent implementation.");
        Assert.True(python.ExitCode == 0, errors);
        return output;
    }
}
