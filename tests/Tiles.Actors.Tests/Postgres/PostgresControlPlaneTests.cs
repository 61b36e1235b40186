using Tessera.Actors.Postgres;
using Tessera.Actors.Tests.ControlPlanes;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Postgres;

[Collection(PostgresCollection.Name)]
public class PostgresControlPlaneTests
{
    private readonly PostgresFixture _postgres;

    public PostgresControlPlaneTests(PostgresFixture postgres) => _postgres = postgres;

    [SkippableFact]
    public void A_process_that_lost_its_session_takes_its_lock_again()
    {
        using var cluster = new PostgresCluster(_postgres, new ControlPlaneConformanceTests.Wishes());
        var (a, b) = (cluster.Open(), cluster.Open());
        var (peerA, peerB) = (a.Admit("a"), b.Admit("b"));
        var term = a.Lead(peerA)!.Value;

        PostgresFixture.Execute(
            cluster.ConnectionString,
            $"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = {peerA.Value} AND objsubid = 2");
        SpinWait.SpinUntil(() => !Holds(cluster, peerA.Value), TimeSpan.FromSeconds(30));
        Assert.True(a.RenewLead(peerA, term)); // connects again

        Assert.True(Holds(cluster, peerA.Value));
        cluster.PassUntilDeadAreNoticed();
        Assert.Null(b.Lead(peerB));
    }

    [SkippableFact]
    public void A_clock_that_goes_back_keeps_those_whose_lease_held_and_nobody_else()
    {
        using var cluster = new PostgresCluster(_postgres, new ControlPlaneConformanceTests.Wishes { ShortLeases = true });
        var (a, b) = (cluster.Open(), cluster.Open());
        var (gone, here) = (new Member(a.Admit("gone"), "gone", 1, 1), new Member(b.Admit("here"), "here", 1, 1));
        a.Join(gone);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                cluster.Pause();
                b.Join(here);
                return b.Members().Members.Count == 1;
            },
            TimeSpan.FromSeconds(30)));

        // As everything looks to a clock that is an hour behind the one before.
        PostgresFixture.Execute(cluster.ConnectionString, $"UPDATE tessera.control SET seen_at = seen_at + interval '1 hour' WHERE run = '{cluster.Run}'");
        PostgresFixture.Execute(
            cluster.ConnectionString,
            $"UPDATE tessera.members SET renewed_at = renewed_at + interval '1 hour', expires_at = expires_at + interval '1 hour' WHERE run = '{cluster.Run}'");

        Assert.Equal([here], b.Members().Members);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                cluster.Pause();
                return b.Members().Members.Count == 0; // in about a lease, not in an hour
            },
            TimeSpan.FromSeconds(30)));
    }

    [SkippableFact]
    public void Runs_of_one_database_have_members_and_leaders_of_their_own()
    {
        using var first = new PostgresCluster(_postgres, new ControlPlaneConformanceTests.Wishes());
        using var second = new PostgresCluster(_postgres, new ControlPlaneConformanceTests.Wishes());
        var (a, b) = (first.Open(), second.Open());
        var (peerA, peerB) = (a.Admit("same"), b.Admit("same"));
        a.Join(new Member(peerA, "same", 1, 1));

        Assert.NotNull(a.Lead(peerA));
        Assert.NotNull(b.Lead(peerB));
        Assert.NotEqual(peerA, peerB);
        Assert.Empty(b.Members().Members);
        Assert.False(b.Drain("same"));
        b.Leave(peerA);
        Assert.Equal(peerA, a.Leader()!.Peer);
    }

    [SkippableFact]
    public void A_term_that_a_tool_raised_ends_leadership()
    {
        using var cluster = new PostgresCluster(_postgres, new ControlPlaneConformanceTests.Wishes());
        var plane = cluster.Open();
        var peer = plane.Admit("a");
        var term = plane.Lead(peer)!.Value;

        cluster.Store.RaiseTerm();

        Assert.False(plane.RenewLead(peer, term));
    }

    [SkippableFact]
    public void Nobody_leads_a_run_that_has_not_begun()
    {
        using var plane = new PostgresControlPlane(_postgres.ConnectionString, _postgres.NewRun());
        var peer = plane.Admit("a");
        plane.Join(new Member(peer, "a", 1, 1)); // a node may be there first

        StoreSamples.Refused(Refusal.Missing, () => plane.Lead(peer));
        Assert.Single(plane.Members().Members);
    }

    [Fact]
    public void Settings_that_cannot_be_are_refused() => Assert.Throws<ArgumentException>(
        () => new PostgresControlPlane("Host=x", "run", new PostgresControlSettings { GoneAfter = TimeSpan.FromSeconds(5) }));

    private static bool Holds(PostgresCluster cluster, int peer) =>
        PostgresFixture.Scalar(cluster.ConnectionString, $"SELECT tessera.is_connected({peer})") is true;
}
