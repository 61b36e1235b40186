using YamlDotNet.RepresentationModel;

namespace Tessera.Host.Tests.Kubernetes;

/// <summary>A place in a rendered object, which knows its path. Places that do not exist can be walked on; only reading them fails.</summary>
internal sealed record YamlValue(YamlNode? Node, string Path)
{
    /// <summary>Whether there is something.</summary>
    public bool Exists => Node is not null;

    /// <summary>The text of a scalar.</summary>
    public string Text => TextOrNull ?? throw new InvalidOperationException($"{Path} is missing or no scalar.");

    /// <summary>The text of a scalar, or null.</summary>
    public string? TextOrNull => (Node as YamlScalarNode)?.Value;

    /// <summary>A whole number.</summary>
    public int Number => int.Parse(Text, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Items of a list; none where there is no list.</summary>
    public IReadOnlyList<YamlValue> Items =>
        Node is YamlSequenceNode list ? [.. list.Children.Select((child, index) => new YamlValue(child, $"{Path}[{index}]"))] : [];

    /// <summary>Keys of a map; none where there is no map.</summary>
    public IReadOnlyList<string> Keys => Node is YamlMappingNode map ? [.. map.Children.Keys.Select(key => ((YamlScalarNode)key).Value!)] : [];

    /// <summary>A map of scalars; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Texts => Keys.ToDictionary(key => key, key => this[key].Text);

    /// <summary>A field of a map.</summary>
    public YamlValue this[string key] =>
        new(Node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? child) ? child : null, $"{Path}.{key}");

    /// <inheritdoc/>
    public override string ToString() => Path;

    /// <summary>A field of a field.</summary>
    public YamlValue At(params string[] keys) => keys.Aggregate(this, (place, key) => place[key]);
}
