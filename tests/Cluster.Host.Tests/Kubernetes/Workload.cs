using System.Text.RegularExpressions;

namespace Tessera.Host.Tests.Kubernetes;

/// <summary>A StatefulSet or Deployment, with its one container.</summary>
internal sealed partial class Workload
{
    /// <summary>Label that says which program a pod runs.</summary>
    public const string NameLabel = "app.kubernetes.io/name";

    /// <summary>What Kubernetes puts in the place of variables, for instance.</summary>
    private static readonly Dictionary<string, string> Samples = new()
    {
        ["TESSERA_NODE_NAME"] = "tessera-node-0",
        ["POD_NAMESPACE"] = "tessera",
        ["POD_CORES"] = "2",
        ["POD_MEMORY"] = "1073741824",
    };

    /// <summary>Takes a rendered object with a template of pods.</summary>
    public Workload(YamlValue item)
    {
        Item = item;
        Labels = item.At("spec", "template", "metadata", "labels").Texts;
        Pod = item.At("spec", "template", "spec");
        Container = Assert.Single(Pod["containers"].Items);
        Assert.False(Pod["initContainers"].Exists, "The tests look at one container a pod; teach them before adding more.");
    }

    /// <summary>The object.</summary>
    public YamlValue Item { get; }

    /// <summary>Its name.</summary>
    public string Name => Item.At("metadata", "name").Text;

    /// <summary>Labels of its pods.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; }

    /// <summary>Specification of its pods.</summary>
    public YamlValue Pod { get; }

    /// <summary>The container.</summary>
    public YamlValue Container { get; }

    /// <summary>Whether it runs <c>tessera</c>.</summary>
    public bool IsProgram => Labels.GetValueOrDefault(NameLabel) == "tessera";

    /// <summary>Arguments as written.</summary>
    public IReadOnlyList<string> Arguments => [.. Container["args"].Items.Select(item => item.Text)];

    /// <summary>Arguments as a pod gets them.</summary>
    public string[] SampleArguments() => [.. Arguments.Select(argument => Reference().Replace(argument, match => Samples[match.Groups[1].Value]))];

    /// <summary>Variables by name, in order.</summary>
    public IReadOnlyList<YamlValue> Variables => Container["env"].Items;

    /// <summary>Ports by name.</summary>
    public IReadOnlyDictionary<string, int> Ports => Container["ports"].Items.ToDictionary(port => port["name"].Text, port => port["containerPort"].Number);

    /// <summary>Whether a map of labels selects its pods. An empty one selects all.</summary>
    public bool IsSelectedBy(YamlValue labels) => labels.Texts.All(pair => Labels.GetValueOrDefault(pair.Key) == pair.Value);

    /// <summary>The value of an option that is written as <c>--name=value</c>.</summary>
    public string Option(string name) => Assert.Single(Arguments, argument => argument.StartsWith($"--{name}=", StringComparison.Ordinal))[(name.Length + 3)..];

    /// <summary>A port by name or number, as probes and services write it, or null where the container has none such.</summary>
    public int? PortOf(YamlValue port) =>
        Ports.TryGetValue(port.Text, out int number) ? number : Ports.Values.Any(value => $"{value}" == port.Text) ? port.Number : null;

    /// <summary>Whether a folder of the container is on a volume that can be written.</summary>
    public bool CanWrite(string folder)
    {
        YamlValue? mount = Container["volumeMounts"].Items
            .FirstOrDefault(item => $"{folder}/".StartsWith($"{item["mountPath"].Text}/", StringComparison.Ordinal));
        if (mount is null || mount["readOnly"].TextOrNull == "true") { return false; }
        return VolumeOf(mount) is { } volume && !volume["configMap"].Exists && !volume["secret"].Exists;
    }

    /// <summary>The volume or claim of a mount, or null.</summary>
    public YamlValue? VolumeOf(YamlValue mount) =>
        Pod["volumes"].Items.FirstOrDefault(volume => volume["name"].Text == mount["name"].Text)
        ?? Item.At("spec", "volumeClaimTemplates").Items.FirstOrDefault(claim => claim.At("metadata", "name").Text == mount["name"].Text);

    /// <inheritdoc/>
    public override string ToString() => Item.Path;

    [GeneratedRegex(@"\$\((\w+)\)")]
    private static partial Regex Reference();
}
