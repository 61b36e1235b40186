using System.Text.Json;
using Tessera.Actors.Postgres;
using Tessera.Host.CommandLine;
using Tessera.Host.Tests.Cluster;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Faults;

/// <summary>Storms and recoveries of real processes.</summary>
[Collection(ClusterTests.Name)]
public sealed class StormRunTests
{
    [SkippableFact]
    [Trait("Category", "Long")]
    public void A_small_storm_ends_with_the_hash_of_the_run_without_faults()
    {
        RequirePostgres();

        CliRun storm = CliRun.Of("faults", "storm", "--minutes", "0.34", "--every", "6", "--nodes", "2", "--seed", "3", "--json");

        Assert.True(storm.ExitCode == ExitCode.Done, storm.Out + storm.Error);
        using JsonDocument report = JsonDocument.Parse(storm.Out);
        Assert.Equal(3, report.RootElement.GetProperty("kills").GetArrayLength());
        Assert.Equal(64, report.RootElement.GetProperty("hash").GetString()!.Length);
        Assert.True(report.RootElement.GetProperty("useful_work").GetDouble() > 0, storm.Out);
    }

    [SkippableFact]
    [Trait("Category", "Long")]
    public void Every_kind_of_recovery_has_its_times()
    {
        RequirePostgres();

        CliRun recovery = CliRun.Of("faults", "recovery", "--runs", "1");

        Assert.True(recovery.ExitCode == ExitCode.Done, recovery.Out + recovery.Error);
        Assert.All(["node killed", "coordinator killed", "node frozen", "coordinator frozen"], fault => Assert.Contains(fault, recovery.Out));
    }

    private static void RequirePostgres() =>
        Skip.IfNot(PostgresServer.IsInstalled, "No PostgreSQL server is installed on this machine (package 'postgresql').");
}
