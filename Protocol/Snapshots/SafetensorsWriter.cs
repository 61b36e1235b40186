using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tessera.Protocol.Snapshots;

/// <summary>
/// Writes a safetensors file from arrays that are handed over one after the other and copied at once: convenient for small data.
/// <see cref="SafetensorsLayout"/> does it with one copy.
/// </summary>
public sealed class SafetensorsWriter
{
    private readonly SafetensorsLayout _layout = new();
    private readonly List<byte[]> _arrays = [];

    /// <summary>Adds one line of metadata.</summary>
    public void AddMetadata(string key, string value) => _layout.AddMetadata(key, value);

    /// <summary>Adds a matrix whose rows lie <paramref name="stride"/> floats apart; padding is not written.</summary>
    public void AddFloats(string name, int rows, int columns, int stride, ReadOnlySpan<float> values)
    {
        _layout.Declare(name, SafetensorsType.F32, rows, columns);
        var bytes = new byte[rows * columns * sizeof(float)];
        for (var row = 0; row < rows; row++)
        {
            Copy(values.Slice(row * stride, columns), bytes.AsSpan(row * columns * sizeof(float)));
        }

        _arrays.Add(bytes);
    }

    /// <summary>Adds a vector of floats.</summary>
    public void AddFloats(string name, ReadOnlySpan<float> values)
    {
        _layout.Declare(name, SafetensorsType.F32, values.Length);
        var bytes = new byte[values.Length * sizeof(float)];
        Copy(values, bytes);
        _arrays.Add(bytes);
    }

    /// <summary>Adds a vector of 64-bit counters.</summary>
    public void AddCounters(string name, ReadOnlySpan<ulong> values)
    {
        _layout.Declare(name, SafetensorsType.U64, values.Length);
        var bytes = new byte[values.Length * sizeof(ulong)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), values[i]);
        }

        _arrays.Add(bytes);
    }

    /// <summary>The whole file; nothing can be added afterwards.</summary>
    public byte[] ToArray()
    {
        var file = _layout.Allocate();
        for (var i = 0; i < _arrays.Count; i++)
        {
            _layout.WriteBytes(i, _arrays[i]);
        }

        return file;
    }

    private static void Copy(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(values).CopyTo(bytes);
            return;
        }

        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes[(i * sizeof(float))..], values[i]);
        }
    }
}
