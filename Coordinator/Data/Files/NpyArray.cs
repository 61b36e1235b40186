using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tessera.Coordination.Data.Files;

/// <summary>Element types that are read from NPY files.</summary>
internal enum NpyType
{
    /// <summary>32-bit float, little-endian.</summary>
    Float32,

    /// <summary>64-bit float, little-endian.</summary>
    Float64,

    /// <summary>Unsigned byte.</summary>
    UInt8,

    /// <summary>32-bit integer, little-endian.</summary>
    Int32,

    /// <summary>64-bit integer, little-endian.</summary>
    Int64,
}

/// <summary>
/// An array in NumPy's NPY format, versions 1 to 3: magic, version, length of the header, the header as a Python dictionary, then the values
/// in C order.
/// </summary>
/// <param name="File">Path, for messages.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Lengths, outermost first; empty for a single number.</param>
/// <param name="Values">Little-endian values, without the header.</param>
internal sealed partial record NpyArray(string File, NpyType Type, int[] Shape, ReadOnlyMemory<byte> Values)
{
    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Values of the array.</summary>
    public int Count => Values.Length / SizeOf(Type);

    /// <summary>Reads and checks a whole file.</summary>
    /// <exception cref="DataException">The file is missing, not NPY, of an unread type or order, or longer or shorter than its header says.</exception>
    public static NpyArray Read(string file)
    {
        var bytes = DataFile.ReadAllBytes(file);
        if (bytes.Length < 10 || !bytes.AsSpan(0, 6).SequenceEqual(Magic))
        {
            throw DataException.About(file, "it does not begin with \\x93NUMPY", "an NPY file", "Write it with numpy.save.");
        }

        var version = bytes[6];
        if (version is < 1 or > 3)
        {
            throw DataException.About(file, $"its format version is {version}.{bytes[7]}", "version 1, 2 or 3", "Write it with numpy.save.");
        }

        var prefix = version == 1 ? 10 : 12;
        var headerBytes = version == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8))
            : bytes.Length < 12 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        if (prefix + (long)headerBytes > bytes.Length)
        {
            throw DataException.About(file, $"it ends after {bytes.Length} bytes", "a whole header", DataFile.CopyAgain);
        }

        var header = Encoding.UTF8.GetString(bytes, prefix, (int)headerBytes);
        var type = ParseType(file, header);
        var shape = ParseShape(file, header);
        CheckOrder(file, header, shape);
        var values = bytes.AsMemory(prefix + (int)headerBytes);
        var expected = shape.Aggregate((long)SizeOf(type), (product, length) => checked(product * length));
        if (values.Length != expected)
        {
            throw DataException.About(
                file, $"{values.Length:N0} bytes follow the header", $"{expected:N0} for shape ({string.Join(", ", shape)})", DataFile.CopyAgain);
        }

        return new NpyArray(file, type, shape, values);
    }

    /// <summary>Value at a place of the flattened array.</summary>
    public double this[int index]
    {
        get
        {
            var bytes = Values.Span[(index * SizeOf(Type))..];
            return Type switch
            {
                NpyType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
                NpyType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
                NpyType.UInt8 => bytes[0],
                NpyType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
                _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            };
        }
    }

    private static int SizeOf(NpyType type) => type switch
    {
        NpyType.UInt8 => 1,
        NpyType.Float64 or NpyType.Int64 => 8,
        _ => 4,
    };

    private static NpyType ParseType(string file, string header)
    {
        var name = DescriptionPattern().Match(header).Groups[1].Value;
        return name switch
        {
            "<f4" => NpyType.Float32,
            "<f8" => NpyType.Float64,
            "|u1" => NpyType.UInt8,
            "<i4" => NpyType.Int32,
            "<i8" => NpyType.Int64,
            _ => throw DataException.About(
                file, $"its element type is '{name}'", "<f4, <f8, |u1, <i4 or <i8", "Convert it, for instance with array.astype('<f4')."),
        };
    }

    private static void CheckOrder(string file, string header, int[] shape)
    {
        var order = OrderPattern().Match(header).Groups[1].Value;
        if (order == "False" || (order == "True" && shape.Length < 2))
            return;
        throw DataException.About(
            file, order.Length == 0 ? "its header names no order" : "its values are in Fortran order", "C order", "Save numpy.ascontiguousarray(array).");
    }

    private static int[] ParseShape(string file, string header)
    {
        var match = ShapePattern().Match(header);
        var fields = match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var shape = new int[fields.Length];
        var product = 1L;
        for (var i = 0; i < fields.Length; i++)
        {
            if (!int.TryParse(fields[i], NumberStyles.None, CultureInfo.InvariantCulture, out shape[i])
                || shape[i] == 0
                || (product *= shape[i]) > int.MaxValue)
            {
                throw DataException.About(
                    file, $"its shape is ({match.Groups[1].Value})", "lengths from 1 up and fewer than 2^31 values in all", "Check the array before saving it.");
            }
        }

        return match.Success ? shape : throw DataException.About(file, "its header names no shape", "an NPY header", "Write it with numpy.save.");
    }

    [GeneratedRegex("""['"]descr['"]\s*:\s*['"]([^'"]*)['"]""")]
    private static partial Regex DescriptionPattern();

    [GeneratedRegex("""['"]fortran_order['"]\s*:\s*(True|False)""")]
    private static partial Regex OrderPattern();

    [GeneratedRegex("""['"]shape['"]\s*:\s*\(([^)]*)\)""")]
    private static partial Regex ShapePattern();
}
