using System.Text.RegularExpressions;

namespace Tessera.Host.Tests.Kubernetes;

/// <summary>Every variable is one that is read, every reference leads somewhere, and nothing is rendered that nobody reads.</summary>
public sealed partial class VariableTests
{
    private static readonly string[] Sources = ["secretKeyRef", "configMapKeyRef"];

    public static TheoryData<string> Overlays => RenderedOverlay.Names;

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Variables_are_those_that_the_program_or_its_arguments_read(string name) =>
        Assert.All(RenderedOverlay.Of(name).ProgramWorkloads, workload =>
        {
            List<string> given = [.. workload.Variables.Select(item => item["name"].Text)];
            Assert.Distinct(given);
            Assert.Subset(given.ToHashSet(), ProgramFacts.VariablesNeeded.ToHashSet());
            List<string> used = [.. workload.Arguments.SelectMany(argument => Reference().Matches(argument)).Select(match => match.Groups[1].Value)];
            Assert.Subset(given.ToHashSet(), used.ToHashSet());
            Assert.All(given, variable =>
                Assert.True(ProgramFacts.Variables.Contains(variable) || used.Contains(variable), $"{workload}: nothing reads {variable}."));
        });

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Keys_of_secrets_and_maps_exist_or_the_manual_says_how_to_make_them(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        HashSet<(string, string)> fromOutside = SecretsOfTheManual();
        Assert.All(References(overlay), reference =>
        {
            (string kind, YamlValue place) = reference;
            string source = place["name"].Text;
            string key = place["key"].Text;
            YamlValue item = overlay.Find(kind, source);
            bool isRendered = item.At("data", key).Exists || item.At("stringData", key).Exists;
            bool isFromOutside = kind == "Secret" && !item.Exists && fromOutside.Contains((source, key));
            Assert.True(isRendered || isFromOutside, $"{place.Path}: {kind} '{source}' has no key '{key}', and docs/operations.md does not create it.");
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Every_key_that_is_rendered_is_read(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        HashSet<(string, string, string)> read = [.. References(overlay).Select(item => (item.Kind, item.Place["name"].Text, item.Place["key"].Text))];
        IEnumerable<YamlValue> volumes = overlay.Workloads.SelectMany(workload => workload.Pod["volumes"].Items);
        HashSet<string> mounted = [.. volumes.Select(volume => volume.At("configMap", "name").TextOrNull ?? "")];
        foreach (string kind in new[] { "Secret", "ConfigMap" })
        {
            Assert.All(overlay.OfKind(kind), item => Assert.All(item["data"].Keys, key =>
            {
                string source = item.At("metadata", "name").Text;
                Assert.True(read.Contains((kind, source, key)) || mounted.Contains(source), $"{item.Path}: nothing reads '{key}'.");
            }));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Every_mount_has_a_volume_and_every_volume_what_it_shows(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        Assert.All(overlay.Workloads, workload =>
        {
            Assert.All(workload.Container["volumeMounts"].Items, mount => Assert.NotNull(workload.VolumeOf(mount)));
            Assert.All(workload.Pod["volumes"].Items.Where(volume => volume["configMap"].Exists), volume =>
                Assert.True(overlay.Find("ConfigMap", volume.At("configMap", "name").Text).Exists));
            if (workload.IsProgram) { Assert.True(overlay.Find("ServiceAccount", workload.Pod["serviceAccountName"].Text).Exists); }
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void What_a_node_offers_is_what_its_pod_requests(string name)
    {
        Workload nodes = RenderedOverlay.Of(name).ProgramWorkloads.Single(workload => workload.Name == "tessera-node");
        Assert.Equal("requests.cpu", ResourceOf(nodes, nodes.Option("cores")));
        Assert.Equal("requests.memory", ResourceOf(nodes, nodes.Option("memory")));
    }

    [SkippableFact]
    public void The_try_out_database_lets_in_who_knows_the_password_of_the_connection()
    {
        RenderedOverlay overlay = RenderedOverlay.Of("try-out-postgres");
        YamlValue secret = Assert.Single(overlay.OfKind("Secret"), item => item.At("data", "connection").Exists);
        IEnumerable<string[]> pairs = Decode(secret.At("data", "connection")).Split(';').Select(part => part.Split('='));
        Dictionary<string, string> parts = pairs.ToDictionary(pair => pair[0], pair => pair[1]);
        Workload database = Assert.Single(overlay.Workloads, workload => !workload.IsProgram);
        Dictionary<string, string?> variables = database.Variables.ToDictionary(item => item["name"].Text, item => item["value"].TextOrNull);
        Assert.Equal(Decode(secret.At("data", "password")), parts["Password"]);
        Assert.Equal((variables["POSTGRES_DB"], variables["POSTGRES_USER"]), (parts["Database"], parts["Username"]));
        Assert.Equal(database.Item.At("spec", "serviceName").Text, parts["Host"]);
    }

    [SkippableFact]
    public void The_try_out_secrets_are_long_enough_for_the_program()
    {
        YamlValue secret = Assert.Single(RenderedOverlay.Of("try-out-postgres").OfKind("Secret"), item => item.At("data", "secret").Exists);
        Assert.InRange(Decode(secret.At("data", "http-token")).Length, ProgramFacts.HttpTokenLengthMin, 1000);
        Assert.InRange(Decode(secret.At("data", "secret")).Length, ProgramFacts.SecretBytesMin, 1000);
    }

    private static string Decode(YamlValue value) => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(value.Text));

    private static string ResourceOf(Workload workload, string reference) =>
        Assert.Single(workload.Variables, item => $"$({item["name"].Text})" == reference).At("valueFrom", "resourceFieldRef", "resource").Text;

    private static IEnumerable<(string Kind, YamlValue Place)> References(RenderedOverlay overlay) =>
        from workload in overlay.Workloads
        from variable in workload.Variables
        from source in Sources
        let place = variable.At("valueFrom", source)
        where place.Exists
        select (source == "secretKeyRef" ? "Secret" : "ConfigMap", place);

    /// <summary>Secrets and keys that commands in the manual create.</summary>
    private static HashSet<(string Name, string Key)> SecretsOfTheManual()
    {
        string manual = RepositoryFolder.Read("docs/operations.md").Replace("\\\n", " ", StringComparison.Ordinal);
        return [.. from line in manual.Split('\n')
                   let secret = Creation().Match(line)
                   where secret.Success
                   from key in Key().Matches(line)
                   select (secret.Groups[1].Value, key.Groups[1].Value)];
    }

    [GeneratedRegex(@"\$\((\w+)\)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"create secret generic (\S+)")]
    private static partial Regex Creation();

    [GeneratedRegex(@"--from-(?:literal|file)=([\w-]+)=")]
    private static partial Regex Key();
}
