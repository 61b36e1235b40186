using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Tessera.Protocol.Snapshots;

/// <summary>
/// Writes a safetensors file: the header's length (8 bytes, little-endian), a JSON header padded with spaces to whole 8 bytes, then the raw
/// little-endian arrays in the order in which they were added. Equal input gives equal bytes.
/// </summary>
public sealed class SafetensorsWriter
{
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly List<Entry> _entries = [];
    private readonly MemoryStream _data = new();

    /// <summary>Adds one line of metadata.</summary>
    public void AddMetadata(string key, string value) => _metadata.Add(key, value);

    /// <summary>Adds a matrix whose rows lie <paramref name="stride"/> floats apart; padding is not written.</summary>
    public void AddFloats(string name, int rows, int columns, int stride, ReadOnlySpan<float> values)
    {
        var begin = _data.Length;
        for (var row = 0; row < rows; row++)
        {
            Write(MemoryMarshal.Cast<float, uint>(values.Slice(row * stride, columns)));
        }

        Close(name, SafetensorsType.F32, [rows, columns], begin);
    }

    /// <summary>Adds a vector of floats.</summary>
    public void AddFloats(string name, ReadOnlySpan<float> values)
    {
        var begin = _data.Length;
        Write(MemoryMarshal.Cast<float, uint>(values));
        Close(name, SafetensorsType.F32, [values.Length], begin);
    }

    /// <summary>Adds a vector of 64-bit counters.</summary>
    public void AddCounters(string name, ReadOnlySpan<ulong> values)
    {
        var begin = _data.Length;
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            _data.Write(bytes);
        }

        Close(name, SafetensorsType.U64, [values.Length], begin);
    }

    /// <summary>The whole file.</summary>
    public byte[] ToArray()
    {
        var header = Header();
        var padded = (header.Length + 7) & -8;
        var file = new byte[sizeof(ulong) + padded + _data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)padded);
        header.CopyTo(file.AsSpan(sizeof(ulong)));
        file.AsSpan(sizeof(ulong) + header.Length, padded - header.Length).Fill((byte)' ');
        _data.GetBuffer().AsSpan(0, (int)_data.Length).CopyTo(file.AsSpan(sizeof(ulong) + padded));
        return file;
    }

    private void Write(ReadOnlySpan<uint> words)
    {
        if (BitConverter.IsLittleEndian)
        {
            _data.Write(MemoryMarshal.AsBytes(words));
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        foreach (var word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
            _data.Write(bytes);
        }
    }

    private void Close(string name, SafetensorsType type, int[] shape, long begin)
    {
        if (name == SafetensorsFile.MetadataKey || _entries.Exists(entry => entry.Name == name))
        {
            throw new ArgumentException($"A second array named '{name}' was added to one safetensors file; names must be unique.", nameof(name));
        }

        _entries.Add(new Entry(name, type, shape, begin, _data.Length));
    }

    private byte[] Header()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(SafetensorsFile.MetadataKey);
            foreach (var (key, value) in _metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            foreach (var entry in _entries)
            {
                entry.Write(json);
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private sealed record Entry(string Name, SafetensorsType Type, int[] Shape, long Begin, long End)
    {
        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject(Name);
            json.WriteString("dtype", Type.ToString());
            json.WriteStartArray("shape");
            foreach (var size in Shape)
            {
                json.WriteNumberValue(size);
            }

            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(Begin);
            json.WriteNumberValue(End);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
