using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tessera.Protocol.Snapshots;

/// <summary>One array of a safetensors file.</summary>
/// <param name="Name">Unique name.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes, row-major.</param>
/// <param name="Bytes">Raw little-endian values.</param>
public sealed record SafetensorsArray(string Name, SafetensorsType Type, IReadOnlyList<int> Shape, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The values of an F32 array.</summary>
    public float[] Floats()
    {
        Require(SafetensorsType.F32);
        var values = GC.AllocateUninitializedArray<float>(Bytes.Length / sizeof(float));
        CopyFloats(0, values);
        return values;
    }

    /// <summary>Copies values of an F32 array to where they are needed.</summary>
    /// <param name="first">Index of the first value.</param>
    /// <param name="destination">Filled with the values that follow.</param>
    public void CopyFloats(int first, Span<float> destination)
    {
        Require(SafetensorsType.F32);
        var bytes = Bytes.Span.Slice(first * sizeof(float), destination.Length * sizeof(float));
        if (BitConverter.IsLittleEndian)
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(destination));
            return;
        }

        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        }
    }

    /// <summary>Copies values of an F16 array to where they are needed.</summary>
    /// <param name="first">Index of the first value.</param>
    /// <param name="destination">Filled with the values that follow.</param>
    public void CopyHalves(int first, Span<Half> destination)
    {
        Require(SafetensorsType.F16);
        var bytes = Bytes.Span.Slice(first * sizeof(ushort), destination.Length * sizeof(ushort));
        if (BitConverter.IsLittleEndian)
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(destination));
            return;
        }

        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadHalfLittleEndian(bytes[(i * sizeof(ushort))..]);
        }
    }

    /// <summary>The values of a U64 array.</summary>
    public ulong[] Counters()
    {
        Require(SafetensorsType.U64);
        var values = new ulong[Bytes.Length / sizeof(ulong)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadUInt64LittleEndian(Bytes.Span[(i * sizeof(ulong))..]);
        }

        return values;
    }

    private void Require(SafetensorsType type)
    {
        if (Type != type)
        {
            throw new SnapshotFormatException($"Array '{Name}' is {Type}, expected {type}. Restore with the version that wrote it.");
        }
    }
}
