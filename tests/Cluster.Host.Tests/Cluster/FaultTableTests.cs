using Tessera.Actors.Postgres;
using Tessera.Host.Faults;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Cluster;

/// <summary>Six rows of the fault table, which <c>tessera faults</c> runs as a whole.</summary>
[Collection(ClusterTests.Name)]
public sealed class FaultTableTests(ClusterServer server)
{
    [SkippableTheory]
    [InlineData("kill-node-during-snapshot")]
    [InlineData("kill-coordinator-after-manifest")]
    [InlineData("freeze-coordinator")]
    [InlineData("cut-from-node")]
    [InlineData("restart-database-before-manifest")]
    [InlineData("flipped-bit")]
    public void A_cluster_comes_out_of_a_fault_with_the_hash_of_a_run_without_one(string name)
    {
        PostgresServer database = server.Running();
        FaultOutcome outcome = FaultTable.Run(FaultTable.Cases.Single(fault => fault.Name == name), database, server.Reference);
        Assert.True(outcome.Problem is null, outcome.Problem);
    }

    [Fact]
    public void The_table_has_a_kill_of_node_and_coordinator_and_a_restart_of_the_database_in_each_phase()
    {
        foreach (string victim in new[] { "kill-node", "kill-coordinator", "restart-database" })
        {
            Assert.All(KillCases.Phases, phase => Assert.Single(FaultTable.Cases, fault => fault.Name == $"{victim}-{phase.Name}"));
        }

        Assert.Equal(FaultTable.Cases.Count, FaultTable.Cases.Select(fault => fault.Name).Distinct().Count());
    }

    [Fact]
    public void The_command_lists_every_case_and_names_the_nearest_of_one_that_it_does_not_know()
    {
        CliRun list = CliRun.Of("faults", "--list");
        Assert.Equal(0, list.ExitCode);
        Assert.All(FaultTable.Cases, fault => Assert.Contains(fault.Name, list.Out));
        CliRun unknown = CliRun.Of("faults", "freeze-nod");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("freeze-node", unknown.Error);
    }
}
