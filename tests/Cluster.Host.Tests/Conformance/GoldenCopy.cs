using System.Text.Json.Nodes;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Conformance;

/// <summary>Copies of golden files in a folder of their own, where a test may change them.</summary>
internal sealed class GoldenCopy : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The folder that the build copies beside the test assembly.</summary>
    public static string Original => Path.Combine(AppContext.BaseDirectory, "Golden");

    public string Root => _folder.Root;

    /// <summary>Copies a file and multiplies the numbers at a path, where <c>*</c> stands for every field and item.</summary>
    public void Plant(string file, string path, double factor) =>
        Change(file, path, value => value is JsonValue number ? JsonValue.Create(number.GetValue<double>() * factor) : null);

    /// <summary>Copies a file and puts another value at a path.</summary>
    public void Put(string file, string path, string json) => Change(file, path, _ => JsonNode.Parse(json));

    /// <summary>Copies a file as it is.</summary>
    public void Copy(string file) => Plant(file, "", 1);

    public void Write(string name, string text) => _folder.Write(name, text);

    public void Dispose() => _folder.Dispose();

    /// <summary>Changes what stands at a path; null leaves it as it is.</summary>
    private void Change(string file, string path, Func<JsonNode?, JsonNode?> change)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(Path.Combine(Original, $"{file}.json")))!;
        int changed = path.Length == 0 ? 1 : Change(root, path.Split('.'), change);
        Assert.True(changed > 0, $"{file} has nothing to change at {path}");
        _folder.Write($"{file}.json", root.ToJsonString());
    }

    private static int Change(JsonNode node, string[] path, Func<JsonNode?, JsonNode?> change)
    {
        IEnumerable<(JsonNode? Value, Action<JsonNode> Set)> children = node switch
        {
            JsonObject map => map.ToList().Where(field => path[0] == "*" || field.Key == path[0])
                .Select(field => (field.Value, (Action<JsonNode>)(value => map[field.Key] = value))),
            JsonArray list => list.ToList().Select((item, index) => (item, index)).Where(entry => path[0] == "*" || path[0] == $"{entry.index}")
                .Select(entry => (entry.item, (Action<JsonNode>)(value => list[entry.index] = value))),
            _ => [],
        };
        int changed = 0;
        foreach ((JsonNode? value, Action<JsonNode> set) in children)
        {
            if (path.Length > 1) { changed += value is null ? 0 : Change(value, path[1..], change); }
            else if (change(value) is { } other)
            {
                set(other);
                changed++;
            }
        }

        return changed;
    }
}
