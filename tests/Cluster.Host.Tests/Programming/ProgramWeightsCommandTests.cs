using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Tessera.Host.CommandLine;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Programming;

public sealed class ProgramWeightsCommandTests
{
    private const string Small = """
        rows: 3
        columns: 4
        updates: 20
        constructions: 2
        states: [10, 100]
        reference_std: [0, 0.1, 0.2]
        rules:
          - {name: "SGD, plain"}
          - {name: mixed, rpu_config: {type: DigitalRankUpdateRPUConfig}}

        """;

    [Fact]
    public void A_table_and_a_picture_are_written()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("small.yaml", Small);
        CliRun run = CliRun.Of("program-weights", file, "--out", folder.PathOf("map"), "--threads", "2");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] lines = File.ReadAllLines(folder.PathOf("map/errors.csv"));
        Assert.Equal("rule,states,reference_std,error_mean,error_std,constructions", lines[0]);
        Assert.Equal(1 + (2 * 2 * 3), lines.Length);
        Assert.StartsWith("\"SGD, plain\",10,0,", lines[1], StringComparison.Ordinal);
        Assert.All(lines.Skip(1), line => Assert.True(double.Parse(line.Split(',')[^3], CultureInfo.InvariantCulture) > 0, line));
        XElement svg = XDocument.Parse(File.ReadAllText(folder.PathOf("map/errors.svg"))).Root!;
        string[] titles = [.. svg.Descendants().Where(element => element.Name.LocalName == "title").Select(element => element.Value)];
        Assert.Equal(12, titles.Length);
        Assert.StartsWith("10 states, reference_std 0: ", titles[0], StringComparison.Ordinal);
        string[] texts = [.. svg.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value)];
        foreach (string label in new[] { "SGD, plain", "mixed", "states of a device", "spread of the reference" }) { Assert.Contains(label, texts); }
    }

    [Fact]
    public void Json_has_an_object_a_place_and_the_errors_of_the_table()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("small.yaml", Small);
        CliRun run = CliRun.Of("program-weights", file, "--out", folder.PathOf("map"), "--json");
        JsonElement[] lines = [.. run.Out.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(13, lines.Length);
        Assert.Equal(2, lines[0].GetProperty("errors").GetArrayLength());
        double mean = lines[0].GetProperty("errors").EnumerateArray().Average(error => error.GetDouble());
        Assert.Contains(mean.ToString("R", CultureInfo.InvariantCulture), File.ReadAllLines(folder.PathOf("map/errors.csv"))[1], StringComparison.Ordinal);
        Assert.Equal(folder.PathOf("map/errors.svg"), lines[^1].GetProperty("svg").GetString());
    }

    [Theory]
    [InlineData("", "saw nothing, expected the fields of a map")]
    [InlineData("[1]\n", "expected the fields of a map")]
    [InlineData("rules: []\nstates: [4]\nreference_std: [0]\n", "rules: saw none")]
    [InlineData("states: [4]\nreference_std: [0]\n", "rules: is missing")]
    [InlineData("states: [0.5]\nreference_std: [0]\nrules: [{name: a}]\n", "states.0: saw 0.5, expected 1 or more")]
    [InlineData("states: [4, 4]\nreference_std: [0]\nrules: [{name: a}]\n", "states.1: saw 4 after 4, expected rising numbers")]
    [InlineData("states: []\nreference_std: [0]\nrules: [{name: a}]\n", "states: saw an empty list")]
    [InlineData("states: [4]\nreference_std: [-1]\nrules: [{name: a}]\n", "reference_std.0: saw -1")]
    [InlineData("states: [4]\nreference_std: [0]\nrows: 0\nrules: [{name: a}]\n", "rows: saw 0")]
    [InlineData("states: [4]\nreference_std: [0]\nupdates: 0\nrules: [{name: a}]\n", "updates: saw 0")]
    [InlineData("states: [4]\nreference_std: [0]\nrules: [{name: a}, {name: a}]\n", "rules.1.name: saw 'a' again")]
    [InlineData("states: [4]\nreference_std: [0]\nrules: [{name: a, learning_rate: 0}]\n", "rules.0.learning_rate: saw 0")]
    [InlineData("states: [4]\nreference_std: [0]\nrules: [{name: a, rpu_config: FloatingPointRPUConfig}]\n", "rules.0.rpu_config")]
    [InlineData("states: [4]\nreference_std: [0]\nrules: [{name: a, rpu_config: {update: {desired_bl: 0}}}]\n", "rules.0.rpu_config.update.desired_bl")]
    [InlineData("states: [4]\nreference_std: [0]\nrules: [{name: a}]\nweight_device: SoftBoundsDevice\n", "expected one of SoftBoundsReferenceDevice")]
    [InlineData("states: [4]\nreference_std: [0]\nrules: [{name: a}]\nweight_device: {w_max: 0, w_min: 0}\n", "weight_device.w_max: saw no room")]
    [InlineData("statse: [4]\nstates: [4]\nreference_std: [0]\nrules: [{name: a}]\n", "Did you mean 'states'?")]
    [InlineData("network: {}\n", "is an experiment with a network")]
    public void Bad_input_is_explained(string text, string fragment)
    {
        using TemporaryFolder folder = new();
        CliRun run = CliRun.Of("program-weights", folder.Write("bad.yaml", text), "--out", folder.PathOf("map"));
        Assert.Equal(ExitCode.Misused, run.ExitCode);
        Assert.Contains(fragment, run.Error);
        Assert.DoesNotContain("unexpected failure", run.Error);
        Assert.False(Directory.Exists(folder.PathOf("map")));
    }

    [Fact]
    public void Bad_paths_are_explained()
    {
        using TemporaryFolder folder = new();
        Assert.Contains("There is no file", CliRun.Of("program-weights", folder.PathOf("none.yaml")).Error);
        Assert.Contains("is a folder", CliRun.Of("program-weights", folder.Root).Error);
        CliRun taken = CliRun.Of("program-weights", folder.Write("small.yaml", Small), "--out", folder.PathOf("small.yaml"));
        Assert.Equal(ExitCode.Misused, taken.ExitCode);
        Assert.Contains("cannot be made a folder", taken.Error);
    }
}
