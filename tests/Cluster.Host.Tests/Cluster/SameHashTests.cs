using Tessera.Host.Faults;
using Tessera.Host.Http;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Cluster;

/// <summary>The bits do not depend on how many processes hold the tiles, nor on whether they come and go.</summary>
[Collection(ClusterTests.Name)]
public sealed class SameHashTests(ClusterServer server)
{
    private static readonly Dictionary<string, string> NoVariables = [];

    [SkippableTheory]
    [InlineData("--nodes=1")]
    [InlineData("--nodes=4")]
    [InlineData("--nodes=2", "--cores=1,3")]
    public void A_cluster_of_any_size_ends_with_the_hash_of_one_process(params string[] sizes)
    {
        server.Running();
        using TemporaryFolder folder = new();
        FaultlessRun reference = FaultlessRun.Train(folder.Root, epochs: 4, everySteps: 10);
        ProcessResult up = TesseraCommand.Run(NoVariables, ["up", reference.Experiment, "--threads", "1", "--run-dir", folder.PathOf("up"), .. sizes]);
        Assert.True(up.ExitCode == 0, up.Output + up.Error);
        Assert.Equal(reference.Hash, up.Value("hash"));
        Assert.Contains(reference.Hash, CliRun.Of("verify", folder.PathOf("up")).Out);
    }

    [SkippableTheory]
    [InlineData("HalfByChance")]
    [InlineData("HalfAGAD")]
    public void A_cluster_with_state_of_16_bits_ends_with_the_hash_of_one_process(string device)
    {
        server.Running();
        using TemporaryFolder folder = new();
        SmallExperiment.WriteSamples(folder.Root);
        FaultlessRun reference = FaultlessRun.Of(SmallExperiment.Write(folder.Root, device, epochs: 4, everySteps: 10), folder.PathOf("reference"));
        ProcessResult up = TesseraCommand.Run(NoVariables, "up", reference.Experiment, "--nodes=2", "--threads", "1", "--run-dir", folder.PathOf("up"));
        Assert.True(up.ExitCode == 0, up.Output + up.Error);
        Assert.Equal(reference.Hash, up.Value("hash"));
    }

    [SkippableFact]
    public void A_cluster_that_grows_from_1_to_4_nodes_and_shrinks_to_2_ends_with_the_hash_of_one_process()
    {
        using TemporaryFolder folder = new();
        using FaultCluster cluster = new(server.Running(), FaultlessRun.Train(folder.Root, epochs: 2500, everySteps: 100));
        cluster.StartCoordinator("lead");
        cluster.StartNode("a");
        cluster.AwaitStatus("lead", "one node has all tiles", status => status.CheckpointStep > 0 && status.Hosts("a"));
        foreach (string name in new[] { "b", "c", "d" }) { cluster.StartNode(name); }
        cluster.AwaitStatus("lead", "four nodes have tiles", status => status.Hosts("a", "b", "c", "d"));
        cluster.StartDrain("a");
        cluster.StartDrain("c");
        ProcessStatus last = cluster.AwaitStatus("lead", "two nodes have all tiles", status => status.Hosts("b", "d"));
        FaultException.Require(last.RedoneSteps == 0, () => cluster.Report($"{last.RedoneSteps} steps were done again for moves"));
        cluster.AwaitSameHash("lead");
    }

    [SkippableFact]
    [Trait("Category", "Long")]
    public void The_main_example_grows_from_1_to_4_nodes_and_shrinks_to_2_and_ends_with_the_hash_of_one_process()
    {
        using TemporaryFolder folder = new();
        string text = File.ReadAllText(Examples.PathOf("mnist-mlp.yaml")).Replace("epochs: 15", "epochs: 2", StringComparison.Ordinal);
        string experiment = folder.Write("mnist-mlp.yaml", text + "\ncheckpoint: {every_steps: 200}\n");
        using FaultCluster cluster = new(server.Running(), FaultlessRun.Of(experiment, folder.PathOf("reference")));
        cluster.StartCoordinator("lead");
        cluster.StartNode("a");
        cluster.AwaitCheckpoint("lead", 200);
        foreach (string name in new[] { "b", "c", "d" }) { cluster.StartNode(name); }
        cluster.AwaitStatus("lead", "four nodes have tiles", status => status.Hosts("a", "b", "c", "d"));
        cluster.StartDrain("a");
        cluster.StartDrain("c");
        ProcessStatus last = cluster.AwaitStatus("lead", "two nodes have all tiles", status => status.Hosts("b", "d"));
        FaultException.Require(last.RedoneSteps == 0, () => cluster.Report($"{last.RedoneSteps} steps were done again for moves"));
        cluster.AwaitSameHash("lead");
    }
}
