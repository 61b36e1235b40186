using Tessera.Host.Faults;
using Tessera.Host.Http;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Cluster;

/// <summary>What the processes of a cluster that trains tell of themselves: nothing that they could know is left out.</summary>
[Collection(ClusterTests.Name)]
public sealed class StatusOfClusterTests(ClusterServer server)
{
    private const int TilesOfReference = 7;

    [SkippableFact]
    public void A_coordinator_and_its_nodes_tell_latency_placement_and_tiles_and_a_takeover_moves_none()
    {
        using TemporaryFolder folder = new();
        using FaultCluster cluster = new(server.Running(), FaultlessRun.Train(folder.Root, epochs: 2000, everySteps: 100));
        cluster.StartNode("b");
        cluster.StartCoordinator("lead");
        cluster.StartCoordinator("standby");
        string[] names = ["lead", "standby"];
        string leader = AwaitLeader(cluster, names);
        cluster.AwaitStatus(leader, "one node has all tiles", seen => seen.Hosts("b"));
        cluster.StartNode("a"); // gets the last tiles; who knew of no placement would give it the first
        ProcessStatus status = cluster.AwaitStatus(
            leader, "it has trained", seen => seen is { Phase: "training", CheckpointStep: > 0, SamplesPerSecond: > 0 } && seen.Hosts("a", "b"));

        LatencyStatus latency = Assert.IsType<LatencyStatus>(status.TileLatency);
        Assert.True(latency.Count > 0 && latency.P50Ms > 0 && latency.P99Ms >= latency.P50Ms && latency.P99Ms < 60_000, $"{latency}");
        Assert.Equal(TilesOfReference, status.Placement!.Count);
        Assert.All(status.Placement.Keys, tile => Assert.Matches("^[a-z0-9]+/T[0-9]+$", tile));
        Assert.Equal(status.Members!.ToDictionary(member => member.Name, member => member.Tiles!.Value), status.Placement.Values.CountBy(name => name).ToDictionary());
        foreach (string name in new[] { "a", "b" })
        {
            ProcessStatus node = cluster.AwaitStatus(name, "it has committed", seen => seen is { Phase: "hosting", Step: > 0 });
            Assert.Equal(status.Placement.Where(tile => tile.Value == name).Select(tile => tile.Key).Order(), node.Tiles!.Select(tile => tile.Name).Order());
            Assert.Equal((0L, status.Term), (node.RefusedOlderTerm, node.Term));
        }

        string shown = CliRun.Of("status", "--database", cluster.Server.ConnectionString, "--run", status.Run).Out;
        Assert.Contains($"led by {leader}, ", shown, StringComparison.Ordinal);
        Assert.Contains(" samples/s, ", shown, StringComparison.Ordinal);
        Assert.Contains($"tile latency at {leader}: p50 ", shown, StringComparison.Ordinal);

        cluster.Kill(leader);
        string next = names.Single(name => name != leader);
        ProcessStatus after = cluster.AwaitStatus(next, "it leads", seen => seen.Leader == next && seen.Phase == "training");
        Assert.Equal(status.Placement.OrderBy(tile => tile.Key), after.Placement!.OrderBy(tile => tile.Key));
        cluster.AwaitSameHash(next);
    }

    private static string AwaitLeader(FaultCluster cluster, string[] names)
    {
        string? leader = null;
        cluster.AwaitStatus(names[0], "somebody leads", _ => (leader = names.FirstOrDefault(name => cluster.Status(name)?.Leader == name)) is not null);
        return leader!;
    }
}
