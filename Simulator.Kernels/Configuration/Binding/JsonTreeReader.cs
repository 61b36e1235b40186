using System.Text.Json;

namespace Tessera.Kernels.Configuration.Binding;

/// <summary>Reads JSON as a tree of configuration nodes: the way back from <see cref="CanonicalJson"/>.</summary>
public static class JsonTreeReader
{
    /// <summary>Reads a document.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="origin">What the nodes say about where they come from.</param>
    /// <param name="problems">Takes what is wrong.</param>
    /// <returns>The root, or null where the text is no JSON.</returns>
    public static ConfigNode? Read(string text, string origin, ConfigProblems problems)
    {
        SourceMark mark = new(origin);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return NodeOf(document.RootElement, mark);
        }
        catch (JsonException error)
        {
            problems.Add(mark, "", $"is not JSON: {error.Message}");
            return null;
        }
    }

    private static ConfigNode NodeOf(JsonElement element, SourceMark mark)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                ConfigMap map = new(mark, []);
                foreach (JsonProperty property in element.EnumerateObject()) { map.Set(property.Name, NodeOf(property.Value, mark)); }
                return map;
            case JsonValueKind.Array:
                return new ConfigSequence(mark, [.. element.EnumerateArray().Select(item => NodeOf(item, mark))]);
            case JsonValueKind.String:
                return new ConfigScalar(mark, element.GetString()!, IsQuoted: true);
            default:
                return new ConfigScalar(mark, element.GetRawText());
        }
    }
}
