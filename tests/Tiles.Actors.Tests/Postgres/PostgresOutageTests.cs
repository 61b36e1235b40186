using System.Diagnostics;
using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Actors.Tests.ControlPlanes;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Messages;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Postgres;

[Collection(PostgresCollection.Name)]
public class PostgresOutageTests
{
    private static readonly ControlPlaneConformanceTests.Wishes OwnServer = new() { Restarts = true };
    private readonly PostgresFixture _postgres;

    public PostgresOutageTests(PostgresFixture postgres) => _postgres = postgres;

    [SkippableFact]
    public void A_store_is_unavailable_while_the_server_is_away_and_goes_on_afterwards()
    {
        using var cluster = new PostgresCluster(_postgres, OwnServer);
        cluster.Store.RaiseTerm();
        var manifest = Checkpoint(cluster.Store, 1);
        cluster.Server.Stop(immediate: true);

        Refused(Refusal.Unavailable, () => cluster.Store.Put(Blob(1)));
        Refused(Refusal.Unavailable, () => cluster.Store.ReadNewest());
        Refused(Refusal.Unavailable, () => cluster.Store.Commit(manifest));

        cluster.Server.Start();
        AssertSame(manifest, cluster.Store.ReadNewest());
        Checkpoint(cluster.Store, 2);
        cluster.Server.Restart();
        Checkpoint(cluster.Store, 3); // without a failure in between
        Assert.Equal(3UL, cluster.Store.ReadNewest()!.Step);
    }

    [SkippableFact]
    public void A_frozen_server_fails_calls_in_time_and_fences_nobody_when_it_goes_on()
    {
        using var cluster = new PostgresCluster(_postgres, OwnServer);
        using var a = Plane(cluster);
        using var b = Plane(cluster);
        var (peerA, peerB) = (a.Admit("a"), b.Admit("b"));
        var term = a.Lead(peerA)!.Value;
        cluster.Server.Pause();
        try
        {
            var start = Stopwatch.GetTimestamp();
            Refused(Refusal.Unavailable, () => a.RenewLead(peerA, term)); // on a connection
            Refused(Refusal.Unavailable, () => a.RenewLead(peerA, term)); // connecting
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 1, 20);
        }
        finally
        {
            cluster.Server.Resume();
        }

        Assert.Null(b.Lead(peerB));
        Assert.True(a.RenewLead(peerA, term));
    }

    [SkippableFact]
    public void A_crash_of_the_server_that_its_postmaster_survives_fences_nobody()
    {
        using var cluster = new PostgresCluster(_postgres, OwnServer);
        var (a, b) = (cluster.Open(), cluster.Open());
        var (peerA, peerB) = (a.Admit("a"), b.Admit("b"));
        var term = a.Lead(peerA)!.Value;
        a.Join(new Member(peerA, "a", 1, 1));
        cluster.PassUntilDeadAreNoticed();
        var backend = (int)PostgresFixture.Scalar(
            cluster.ConnectionString, "SELECT pid FROM pg_stat_activity WHERE application_name = 'tessera store' LIMIT 1")!;

        using (var process = Process.GetProcessById(backend))
        {
            process.Kill(); // the postmaster ends all sessions, recovers and goes on
        }

        SpinWait.SpinUntil(() => IsThere(cluster.ConnectionString), TimeSpan.FromSeconds(30));
        Assert.Null(Persist(() => b.Lead(peerB)));
        Assert.True(a.RenewLead(peerA, term));
        Assert.Equal("a", Assert.Single(b.Members().Members).Name);
    }

    [SkippableFact]
    public void Leases_that_had_lapsed_before_a_restart_stay_lapsed()
    {
        using var cluster = new PostgresCluster(_postgres, OwnServer with { ShortLeases = true });
        var (a, b) = (cluster.Open(), cluster.Open());
        var peer = a.Admit("a");
        a.Lead(peer);
        a.Join(new Member(peer, "a", 1, 1));
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                cluster.Pause();
                return b.Leader() is null && b.Members().Members.Count == 0;
            },
            TimeSpan.FromSeconds(30)));

        cluster.Restart();

        Assert.Null(b.Leader());
        Assert.Empty(b.Members().Members);
    }

    private static PostgresControlPlane Plane(PostgresCluster cluster) =>
        new(cluster.ConnectionString, cluster.Run, cluster.Settings with { CallTimeout = TimeSpan.FromSeconds(2) });

    private static bool IsThere(string connectionString)
    {
        try
        {
            return PostgresFixture.Scalar(connectionString, "SELECT 1") is 1;
        }
        catch (Exception error) when (error is Npgsql.NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>As long as the service is unavailable, asks again: that is what every process does.</summary>
    private static T Persist<T>(Func<T> call)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return call();
            }
            catch (StoreException error) when (error.Refusal == Refusal.Unavailable && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30))
            {
                Thread.Yield();
            }
        }
    }
}
