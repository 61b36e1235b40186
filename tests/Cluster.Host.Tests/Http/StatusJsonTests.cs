using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tessera.Host.Http;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Http;

public sealed class StatusJsonTests
{
    private static readonly string Page =
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(Examples.PathOf("mnist-mlp.yaml"))!, "..", "docs", "http.md"));

    private static readonly JsonObject[] PageExamples =
    [
        .. Regex.Matches(Page, "```json\n(.*?)```", RegexOptions.Singleline).Select(match => JsonNode.Parse(match.Groups[1].Value)!.AsObject()),
    ];

    [Fact]
    public void The_examples_of_the_page_are_what_the_program_writes()
    {
        Assert.Equal([ProcessStatus.Coordinator, ProcessStatus.Node], PageExamples.Select(example => (string)example["role"]!));
        foreach (JsonObject example in PageExamples)
        {
            ProcessStatus status = StatusJson.Read(Encoding.UTF8.GetBytes(example.ToJsonString()));
            Assert.Equal(example.ToJsonString(), JsonNode.Parse(StatusJson.Write(status))!.ToJsonString());
        }
    }

    [Fact]
    public void The_schema_lists_exactly_the_fields_of_the_examples()
    {
        string[] ofExamples = [.. PageExamples.SelectMany(example => Fields(example, "")).Distinct().Order(StringComparer.Ordinal)];
        string[] ofSchema = [.. Described(StatusJson.Schema(), "").Select(field => field.Name).Order(StringComparer.Ordinal)];
        Assert.Equal(ofSchema, ofExamples);
    }

    [Fact]
    public void The_page_describes_the_fields_as_the_schema_does_in_its_order()
    {
        MatchCollection matches = Regex.Matches(Page, @"^\| `([a-z0-9_.\[\]]+)` \| (.+) \|$", RegexOptions.Multiline);
        string[] rows = [.. matches.Select(match => $"{match.Groups[1].Value}: {match.Groups[2].Value}")];
        Assert.Equal(Described(StatusJson.Schema(), "").Select(field => $"{field.Name}: {field.Description}"), rows);
    }

    [Fact]
    public void The_page_lists_the_paths() => Assert.All(HttpPaths.All, path => Assert.Contains($"| `{path}` |", Page));

    [Fact]
    public void Every_field_has_a_type_and_only_certain_ones_are_required()
    {
        JsonObject schema = StatusJson.Schema();
        Assert.Equal(
            ["role", "name", "run", "version", "protocol", "uptime_seconds", "ready"],
            schema["required"]!.AsArray().Select(name => (string)name!));
        Assert.Equal("""["integer","null"]""", schema["properties"]!["step"]!["type"]!.ToJsonString());
        Assert.Equal("\"number\"", schema["properties"]!["uptime_seconds"]!["type"]!.ToJsonString());
    }

    [Fact]
    public void Fields_of_a_later_version_are_skipped()
    {
        JsonObject later = PageExamples[0].DeepClone().AsObject();
        later["invented_later"] = new JsonArray(1, 2);
        Assert.Equal("coordinator-0", StatusJson.Read(Encoding.UTF8.GetBytes(later.ToJsonString())).Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"role\": 1}")]
    public void Something_else_is_no_status(string json) => Assert.Throws<JsonException>(() => StatusJson.Read(Encoding.UTF8.GetBytes(json)));

    private static IEnumerable<string> Fields(JsonObject json, string prefix)
    {
        foreach ((string name, JsonNode? value) in json)
        {
            yield return prefix + name;
            IEnumerable<string> inner = value switch
            {
                _ when name == "placement" => [],
                JsonArray items => items.SelectMany(item => Fields(item!.AsObject(), $"{prefix}{name}[].")),
                JsonObject part => Fields(part, $"{prefix}{name}."),
                _ => [],
            };
            foreach (string field in inner) { yield return field; }
        }
    }

    private static IEnumerable<(string Name, string Description)> Described(JsonNode schema, string prefix)
    {
        if (schema["properties"] is not JsonObject properties) { yield break; }
        foreach ((string name, JsonNode? field) in properties)
        {
            yield return (prefix + name, (string?)field!["description"] ?? "not described");
            foreach ((string, string) inner in Described(field, $"{prefix}{name}.")) { yield return inner; }
            if (field["items"] is { } items)
            {
                foreach ((string, string) inner in Described(items, $"{prefix}{name}[].")) { yield return inner; }
            }
        }
    }
}
