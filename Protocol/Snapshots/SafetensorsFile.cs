using System.Buffers.Binary;
using System.Text.Json;

namespace Tessera.Protocol.Snapshots;

/// <summary>
/// A safetensors file in memory. Parsing checks everything that can be checked: lengths, types, shapes, and that the arrays tile the data exactly.
/// </summary>
public sealed class SafetensorsFile
{
    internal const string MetadataKey = "__metadata__";
    private readonly Dictionary<string, SafetensorsArray> _arrays;

    private SafetensorsFile(IReadOnlyDictionary<string, string> metadata, List<SafetensorsArray> arrays)
    {
        Metadata = metadata;
        Arrays = arrays;
        _arrays = arrays.ToDictionary(array => array.Name, StringComparer.Ordinal);
    }

    /// <summary>Metadata by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Arrays in the order of the header.</summary>
    public IReadOnlyList<SafetensorsArray> Arrays { get; }

    /// <summary>Parses a file.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="source">What to call it in an error, for instance its path.</param>
    /// <exception cref="SnapshotFormatException">The bytes are no such file.</exception>
    public static SafetensorsFile Parse(byte[] bytes, string source)
    {
        if (bytes.Length < sizeof(ulong))
        {
            throw Damaged(source, $"it has {bytes.Length} bytes, expected at least 8");
        }

        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (headerLength > (ulong)(bytes.Length - sizeof(ulong)))
        {
            throw Damaged(source, $"its header claims {headerLength} bytes, but only {bytes.Length - sizeof(ulong)} follow");
        }

        var data = bytes.AsMemory(sizeof(ulong) + (int)headerLength);
        try
        {
            using var header = JsonDocument.Parse(bytes.AsMemory(sizeof(ulong), (int)headerLength));
            return Read(header.RootElement, data, source);
        }
        catch (Exception error) when (error
            is JsonException or ArgumentException or InvalidOperationException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw new SnapshotFormatException(Text(source, $"its header cannot be read ({error.Message})"), error);
        }
    }

    /// <summary>An array that must be there.</summary>
    /// <exception cref="SnapshotFormatException">It is not.</exception>
    public SafetensorsArray Array(string name) => _arrays.TryGetValue(name, out var array)
        ? array
        : throw new SnapshotFormatException(
            $"No array '{name}' in the snapshot, only: {string.Join(", ", _arrays.Keys)}. Restore with the version that wrote it.");

    private static SafetensorsFile Read(JsonElement header, ReadOnlyMemory<byte> data, string source)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var arrays = new List<SafetensorsArray>();
        long expectedBegin = 0;
        foreach (var property in header.EnumerateObject())
        {
            if (property.NameEquals(MetadataKey))
            {
                foreach (var line in property.Value.EnumerateObject())
                {
                    metadata[line.Name] = line.Value.GetString() ?? throw Damaged(source, $"metadata '{line.Name}' is null, expected text");
                }

                continue;
            }

            if (!names.Add(property.Name))
            {
                throw Damaged(source, $"it has two arrays named '{property.Name}'");
            }

            var array = ReadArray(property, data, expectedBegin, source);
            expectedBegin += array.Bytes.Length;
            arrays.Add(array);
        }

        return expectedBegin == data.Length
            ? new SafetensorsFile(metadata, arrays)
            : throw Damaged(source, $"its arrays take {expectedBegin} bytes, but {data.Length} bytes of data follow the header");
    }

    private static SafetensorsArray ReadArray(JsonProperty property, ReadOnlyMemory<byte> data, long expectedBegin, string source)
    {
        var typeName = property.Value.GetProperty("dtype").GetString();
        if (!Enum.TryParse<SafetensorsType>(typeName, out var type) || type.ToString() != typeName)
        {
            throw Damaged(source, $"array '{property.Name}' has type '{typeName}', expected F32, F16 or U64");
        }

        var shape = property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()).ToArray();
        var offsets = property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64()).ToArray();
        var expected = shape.Aggregate((long)type.Size(), (product, size) => checked(product * size));
        if (System.Array.Exists(shape, size => size < 0) || offsets.Length != 2
            || offsets[0] != expectedBegin || offsets[1] - offsets[0] != expected || offsets[1] > data.Length)
        {
            throw Damaged(
                source,
                $"array '{property.Name}' of {typeName} [{string.Join(", ", shape)}] lies at [{string.Join(", ", offsets)}], "
                + $"expected [{expectedBegin}, {expectedBegin + expected}] within {data.Length} bytes");
        }

        return new SafetensorsArray(property.Name, type, shape, data.Slice((int)offsets[0], (int)expected));
    }

    private static SnapshotFormatException Damaged(string source, string what) => new(Text(source, what));

    private static string Text(string source, string what) =>
        $"'{source}' is not a readable safetensors file: {what}. Restore it from a backup or repeat the run.";
}
