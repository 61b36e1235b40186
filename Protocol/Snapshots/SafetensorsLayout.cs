using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Tessera.Protocol.Snapshots;

/// <summary>
/// Writes a safetensors file with one copy of its data: first all arrays are declared, then <see cref="Allocate"/> makes the file with its header,
/// then the values of each array go to their place. The file is the header's length (8 bytes, little-endian), a JSON header padded with spaces to
/// whole 8 bytes, and the raw little-endian arrays in the order of their declaration. Equal input gives equal bytes.
/// </summary>
public sealed class SafetensorsLayout
{
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly List<Entry> _entries = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal) { SafetensorsFile.MetadataKey };
    private byte[]? _file;
    private int _dataStart;
    private long _dataLength;

    /// <summary>Arrays declared.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds one line of metadata.</summary>
    public void AddMetadata(string key, string value) => _metadata.Add(key, value);

    /// <summary>Declares an array.</summary>
    /// <param name="name">Unique name.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Sizes, row-major.</param>
    /// <returns>Index of the array, for writing its values.</returns>
    /// <exception cref="ArgumentException">An array of this name is there.</exception>
    public int Declare(string name, SafetensorsType type, params ReadOnlySpan<int> shape)
    {
        if (_file is not null)
        {
            throw new InvalidOperationException($"Array '{name}' was declared after the file was allocated; declare all arrays first.");
        }

        if (!_names.Add(name))
        {
            throw new ArgumentException($"A second array named '{name}' was added to one safetensors file; names must be unique.", nameof(name));
        }

        long bytes = type.Size();
        foreach (var size in shape)
        {
            bytes = checked(bytes * size);
        }

        _entries.Add(new Entry(name, type, shape.ToArray(), _dataLength, _dataLength + bytes));
        _dataLength += bytes;
        return _entries.Count - 1;
    }

    /// <summary>
    /// Makes the file with its header; the arrays are undefined until their values are written.
    /// </summary>
    /// <exception cref="SnapshotFormatException">The arrays take more memory than one blob can.</exception>
    public byte[] Allocate()
    {
        var header = Header();
        var padded = (header.Length + 7) & -8;
        _dataStart = sizeof(ulong) + padded;
        if (_dataStart + _dataLength > System.Array.MaxLength)
        {
            throw new SnapshotFormatException(
                $"The state takes {_dataStart + _dataLength} bytes, one blob holds at most {System.Array.MaxLength}. Use smaller tiles.");
        }

        _file = GC.AllocateUninitializedArray<byte>((int)(_dataStart + _dataLength));
        BinaryPrimitives.WriteUInt64LittleEndian(_file, (ulong)padded);
        header.CopyTo(_file.AsSpan(sizeof(ulong)));
        _file.AsSpan(sizeof(ulong) + header.Length, padded - header.Length).Fill((byte)' ');
        return _file;
    }

    /// <summary>Writes the values of an F32 matrix whose rows lie <paramref name="stride"/> floats apart; padding is not written.</summary>
    public void WriteFloats(int index, int rows, int columns, int stride, ReadOnlySpan<float> values)
    {
        var destination = Place(index, SafetensorsType.F32, (long)rows * columns);
        if (rows == 1 || stride == columns)
        {
            Copy(MemoryMarshal.Cast<float, uint>(values[..(rows * columns)]), destination);
            return;
        }

        for (var row = 0; row < rows; row++)
        {
            Copy(MemoryMarshal.Cast<float, uint>(values.Slice(row * stride, columns)), destination[(row * columns * sizeof(float))..]);
        }
    }

    /// <summary>Writes the values of an F16 matrix whose rows lie <paramref name="stride"/> values apart; padding is not written.</summary>
    public void WriteHalves(int index, int rows, int columns, int stride, ReadOnlySpan<Half> values)
    {
        var destination = Place(index, SafetensorsType.F16, (long)rows * columns);
        for (var row = 0; row < rows; row++)
        {
            var source = values.Slice(row * stride, columns);
            var target = destination.Slice(row * columns * sizeof(ushort), columns * sizeof(ushort));
            for (var i = 0; !BitConverter.IsLittleEndian && i < columns; i++)
            {
                BinaryPrimitives.WriteHalfLittleEndian(target[(i * sizeof(ushort))..], source[i]);
            }

            if (BitConverter.IsLittleEndian)
            {
                MemoryMarshal.AsBytes(source).CopyTo(target);
            }
        }
    }

    /// <summary>Writes the bytes of an array as they are: little-endian values.</summary>
    public void WriteBytes(int index, ReadOnlySpan<byte> bytes)
    {
        var type = _entries[index].Type;
        bytes.CopyTo(Place(index, type, bytes.Length / type.Size()));
    }

    private static void Copy(ReadOnlySpan<uint> words, Span<byte> destination)
    {
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(words).CopyTo(destination);
            return;
        }

        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(i * sizeof(uint))..], words[i]);
        }
    }

    private Span<byte> Place(int index, SafetensorsType type, long count)
    {
        var entry = _entries[index];
        if (entry.Type != type || entry.End - entry.Begin != count * type.Size())
        {
            throw new ArgumentException(
                $"Array '{entry.Name}' was declared as {entry.Type} of {entry.End - entry.Begin} bytes, "
                + $"{count} values of {type} were written.", nameof(index));
        }

        return _file.AsSpan(_dataStart + (int)entry.Begin, (int)(entry.End - entry.Begin));
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
