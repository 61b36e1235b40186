using System.Text.Json.Nodes;
using Tessera.Host.Bench;
using Tessera.Host.Faults;
using Tessera.Host.Tests.Cluster;

namespace Tessera.Host.Tests.Bench;

/// <summary>The benchmark at its smallest, with real processes: its figures mean nothing then, but they are there.</summary>
[Collection(ClusterTests.Name)]
public sealed class ClusterBenchTests(ClusterServer server)
{
    private static readonly Dictionary<string, string> NoVariables = [];

    [SkippableFact]
    public void Every_operation_gives_a_line_of_JSON_with_a_figure_and_the_bytes_are_near_the_least()
    {
        server.Running();
        ProcessResult bench = TesseraCommand.Run(NoVariables, "bench", "cluster", "--nodes", "2", "--threads", "1", "--steps", "4", "--json");
        Assert.True(bench.ExitCode == 0, bench.Output + bench.Error);
        Dictionary<string, JsonObject> lines = [];
        foreach (string line in bench.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            JsonObject json = JsonNode.Parse(line)!.AsObject();
            lines[(string)json["op"]!] = json;
            Assert.True((double)json["value"]! >= 0, line);
        }

        Assert.Equal(ClusterBench.Ops.Order(), lines.Keys.Order());
        Assert.Equal(2, (int)lines["cluster.step"]["n"]!);
        Assert.Equal(124_320, (double)lines["cluster.wire"]["limit"]!);
        Assert.InRange((double)lines["cluster.wire"]["ratio"]!, 1, 1.5); // a busy machine may repeat a request
        Assert.All(["cluster.step", "cluster.checkpoint", "cluster.echo.tcp"], op => Assert.True((double)lines[op]["limit"]! > 0, op));
    }
}
