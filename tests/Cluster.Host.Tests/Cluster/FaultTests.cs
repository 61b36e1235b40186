using Tessera.Host.Faults;
using Tessera.Host.Http;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Cluster;

/// <summary>
/// Faults that take their time: processes come back and get tiles again, or everything is gone at once. <see cref="FaultTableTests"/> has those of a moment.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class FaultTests : IDisposable
{
    private const int EverySteps = 100; // between checkpoints
    private const int EpochsOfFaults = 400; // while a fault holds training up, no time is lost
    private const int EpochsOfMoves = 2000; // a node that comes back waits a few seconds for tiles, while the others train
    private readonly TemporaryFolder _folder = new();
    private readonly ClusterServer _server;

    public FaultTests(ClusterServer server) => _server = server;

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void A_node_is_killed_and_started_again()
    {
        using FaultCluster cluster = Begin(EpochsOfMoves);
        cluster.Kill("b");
        cluster.AwaitStatus("lead", "all tiles are on the other node", status => status.Openings >= 2 && status.Hosts("a"));
        cluster.StartNode("b");
        cluster.AwaitStatus("lead", "the node has tiles again", status => status.TilesOf("b") > 0);
        cluster.AwaitSameHash("lead");
    }

    [SkippableFact]
    public void Everything_is_killed_and_started_again()
    {
        using FaultCluster cluster = Begin(EpochsOfFaults);
        ProcessStatus before = cluster.AwaitCheckpoint("lead", EverySteps);
        foreach (string name in new[] { "lead", "a", "b" }) { cluster.Kill(name); }
        cluster.Server.Kill();
        cluster.Server.Start();
        cluster.StartCoordinator("lead", nodes: 2);
        cluster.StartNode("a");
        cluster.StartNode("b");
        ProcessStatus after = cluster.AwaitStatus("lead", "it trains", status => status.Phase == "training");
        Assert.True(after.Step >= before.CheckpointStep, cluster.Report($"step {after.Step} after checkpoint {before.CheckpointStep}"));
        Assert.True(after.Term > before.Term, cluster.Report($"term {after.Term} after {before.Term}"));
        cluster.AwaitSameHash("lead");
    }

    [SkippableFact]
    public void A_node_is_frozen_for_longer_than_its_lease_and_goes_on()
    {
        using FaultCluster cluster = Begin(EpochsOfMoves);
        cluster.Freeze("b");
        cluster.AwaitStatus("lead", "all tiles are on the other node", status => status.Openings >= 2 && status.Hosts("a"));
        cluster.Thaw("b");
        cluster.AwaitStatus("lead", "the node has tiles again", status => status.TilesOf("b") > 0);
        cluster.AwaitSameHash("lead");
    }

    [SkippableFact]
    public void The_database_is_away_for_longer_than_the_lease_and_nothing_is_done_again()
    {
        using FaultCluster cluster = Begin(EpochsOfFaults);
        foreach (string name in new[] { "a", "b" }) { cluster.AwaitStatus(name, "it hosts", status => status.Phase == "hosting"); }
        ProcessStatus before = cluster.AwaitCheckpoint("lead", EverySteps);
        cluster.Server.Stop();
        foreach (string name in new[] { "a", "b" }) { cluster.AwaitStatus(name, "its lease lapsed", status => status.Suspended == true); }
        cluster.AwaitStatus("lead", "it holds still", status => !status.Ready);
        cluster.Server.Start();
        cluster.AwaitStatus("lead", "it goes on", status => status.Ready && status.CheckpointStep > before.CheckpointStep);
        ProcessStatus after = cluster.AwaitStatus("lead", "it trains", status => status.Phase == "training");
        Assert.Equal((before.Term, before.Openings, 0L), (after.Term, after.Openings, after.RedoneSteps));
        cluster.AwaitSameHash("lead");
    }

    /// <summary>Two nodes with tiles and a coordinator, "lead", that has committed a checkpoint.</summary>
    private FaultCluster Begin(int epochs)
    {
        FaultCluster cluster = new(_server.Running(), FaultlessRun.Train(_folder.Root, epochs, EverySteps));
        try
        {
            cluster.StartCoordinator("lead", nodes: 2);
            cluster.StartNode("a");
            cluster.StartNode("b");
            cluster.AwaitCheckpoint("lead", EverySteps);
            return cluster;
        }
        catch (Exception)
        {
            cluster.Dispose();
            throw;
        }
    }
}
