using System.Globalization;
using System.Text.Json;
using Tessera.Coordination.Data;

namespace Tessera.Host.Conformance;

/// <summary>One value of a golden file that knows where it stands, so that a damaged file is explained.</summary>
/// <param name="Json">The value.</param>
/// <param name="Path">File and field, for messages.</param>
internal readonly record struct GoldenElement(JsonElement Json, string Path)
{
    /// <summary>Whether the value is an object.</summary>
    public bool IsObject => Json.ValueKind == JsonValueKind.Object;

    /// <summary>Fields of an object in the order written.</summary>
    public IEnumerable<(string Name, GoldenElement Value)> Fields
    {
        get
        {
            string path = Path;
            return IsObject
                ? Json.EnumerateObject().Select(entry => (entry.Name, new GoldenElement(entry.Value, $"{path}.{entry.Name}")))
                : throw Wrong("an object");
        }
    }

    /// <summary>Whether an object has a field.</summary>
    public bool Has(string name) => IsObject && Json.TryGetProperty(name, out _);

    /// <summary>A field that must exist.</summary>
    public GoldenElement this[string name] => Find(name)
        ?? throw new DataException($"{Path}: the field '{name}' is missing. The golden folder's README describes its files; fetch it again.");

    /// <summary>A field, or null.</summary>
    public GoldenElement? Find(string name) => IsObject && Json.TryGetProperty(name, out JsonElement value) ? new GoldenElement(value, $"{Path}.{name}") : null;

    /// <summary>A number; the texts inf, -inf and nan are numbers too.</summary>
    public double Number() => Json.ValueKind switch
    {
        JsonValueKind.Number => Json.GetDouble(),
        JsonValueKind.String when Json.GetString() is "inf" or "Infinity" => double.PositiveInfinity,
        JsonValueKind.String when Json.GetString() is "-inf" or "-Infinity" => double.NegativeInfinity,
        JsonValueKind.String when Json.GetString() is "nan" or "NaN" => double.NaN,
        _ => throw Wrong("a number"),
    };

    /// <summary>A whole number of at least a least value.</summary>
    public int Whole(int least) => Json.ValueKind == JsonValueKind.Number && Json.TryGetInt32(out int value) && value >= least
        ? value
        : throw Wrong($"a whole number of {least.ToString(CultureInfo.InvariantCulture)} or more");

    /// <summary>A text.</summary>
    public string Text() => Json.ValueKind == JsonValueKind.String ? Json.GetString()! : throw Wrong("a text");

    /// <summary>A list of numbers.</summary>
    /// <param name="length">Numbers expected; 0 takes any count above 0.</param>
    public double[] Vector(int length = 0)
    {
        if (Json.ValueKind != JsonValueKind.Array) { throw Wrong("a list of numbers"); }
        string path = Path;
        double[] values = [.. Json.EnumerateArray().Select((item, index) => new GoldenElement(item, $"{path}[{index}]").Number())];
        return values.Length > 0 && (length == 0 || values.Length == length)
            ? values
            : throw new DataException($"{Path}: has {values.Length} numbers, expected {(length == 0 ? "one or more" : length)}. Fetch the golden folder again.");
    }

    /// <summary>A list of rows, row-major, with their count and width.</summary>
    /// <param name="rows">Rows expected; 0 takes any count above 0.</param>
    /// <param name="columns">Width expected; 0 takes that of the first row.</param>
    public (double[] Dense, int Rows, int Columns) Matrix(int rows = 0, int columns = 0)
    {
        if (Json.ValueKind != JsonValueKind.Array || Json.GetArrayLength() == 0) { throw Wrong("a list of rows"); }
        if (rows > 0 && Json.GetArrayLength() != rows) { throw new DataException($"{Path}: has {Json.GetArrayLength()} rows, expected {rows}. Fetch the golden folder again."); }
        List<double> dense = [];
        int count = 0;
        foreach (JsonElement row in Json.EnumerateArray())
        {
            double[] values = new GoldenElement(row, $"{Path}[{count++}]").Vector(columns);
            columns = values.Length;
            dense.AddRange(values);
        }

        return ([.. dense], count, columns);
    }

    private DataException Wrong(string expected)
    {
        string raw = Json.GetRawText();
        return new DataException($"{Path}: saw {(raw.Length > 40 ? raw[..40] + "..." : raw)}, expected {expected}. Fetch the golden folder again.");
    }
}
