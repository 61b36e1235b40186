using Tessera.Actors.Stores;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.ControlPlanes;

/// <content>Leases that lapse, processes that are killed, and a service that is away.</content>
public abstract partial class ControlPlaneConformanceTests
{
    [SkippableFact]
    public void Members_whose_lease_has_lapsed_are_none_until_they_renew()
    {
        using var cluster = Begin(new Wishes { ShortLeases = true });
        Skip.IfNot(cluster.LeasesLapse, "Leases of this control plane never lapse.");
        var (plane, witness) = (cluster.Open(), cluster.Open());
        var member = new Member(plane.Admit("a"), "a", 1, 1);
        plane.Join(member);
        Assert.Equal([member], witness.Members().Members);
        Assert.True(plane.Drain("a"));

        Await(cluster, () => witness.Members().Members.Count == 0);

        Assert.False(witness.Drain("a"));
        plane.Join(member);
        Assert.Equal([member with { IsDraining = true }], witness.Members().Members);
    }

    [SkippableFact]
    public void A_leader_whose_lease_has_lapsed_renews_it_if_nobody_has_led_since()
    {
        using var cluster = Begin(new Wishes { ShortLeases = true });
        Skip.IfNot(cluster.LeasesLapse, "Leases of this control plane never lapse.");
        var (a, b) = (cluster.Open(), cluster.Open());
        var (peerA, peerB) = (a.Admit("a"), b.Admit("b"));
        var term = a.Lead(peerA)!.Value;

        Await(cluster, () => b.Leader() is null);

        Assert.True(a.RenewLead(peerA, term));
        Assert.Equal(peerA, b.Leader()!.Peer);
        Assert.Null(b.Lead(peerB));
    }

    [SkippableFact]
    public void A_leader_whose_lease_has_lapsed_is_followed_and_cannot_renew_it()
    {
        using var cluster = Begin(new Wishes { ShortLeases = true });
        Skip.IfNot(cluster.LeasesLapse, "Leases of this control plane never lapse.");
        var (a, b) = (cluster.Open(), cluster.Open());
        var (peerA, peerB) = (a.Admit("a"), b.Admit("b"));
        var term = a.Lead(peerA)!.Value;
        Term? next = null;

        Await(cluster, () => (next = b.Lead(peerB)) is not null);

        Assert.True(next!.Value.CompareTo(term) > 0);
        Assert.False(a.RenewLead(peerA, term));
        Assert.True(b.RenewLead(peerB, next.Value));
        Assert.Equal(peerB, a.Leader()!.Peer);
    }

    [SkippableFact]
    public void A_process_that_was_killed_is_noticed_long_before_its_lease_ends()
    {
        using var cluster = Begin(new Wishes());
        Skip.IfNot(cluster.KnowsDeadProcesses, "This control plane does not notice the end of a process.");
        var (victim, witness) = (cluster.Open(), cluster.Open());
        var (leader, other) = (victim.Admit("a"), witness.Admit("b"));
        var (node, survivor) = (new Member(leader, "a", 1, 1), new Member(other, "b", 1, 1));
        victim.Lead(leader);
        victim.Join(node);
        witness.Join(survivor);
        Assert.Equal([node, survivor], witness.Members().Members);

        cluster.Kill(victim);

        Await(cluster, () => witness.Leader() is null && witness.Members().Members.Count == 1);
        Assert.Equal([survivor], witness.Members().Members);
        Assert.NotNull(witness.Lead(other));
    }

    [SkippableFact]
    public void A_process_that_lives_is_not_taken_for_dead_while_its_lease_holds()
    {
        using var cluster = Begin(new Wishes());
        Skip.IfNot(cluster.KnowsDeadProcesses, "This control plane does not notice the end of a process.");
        var (plane, witness) = (cluster.Open(), cluster.Open());
        var peer = plane.Admit("a");
        var term = plane.Lead(peer)!.Value;

        cluster.PassUntilDeadAreNoticed();

        Assert.Equal(new Leader(peer, "a", term), witness.Leader());
        Assert.Null(witness.Lead(witness.Admit("b")));
    }

    [SkippableFact]
    public void A_restart_of_the_service_fences_nobody()
    {
        using var cluster = Begin(new Wishes { Restarts = true });
        Skip.IfNot(cluster.CanRestart, "This control plane is no service of its own.");
        var (a, b) = (cluster.Open(), cluster.Open());
        var (peerA, peerB) = (a.Admit("a"), b.Admit("b"));
        var (node, other) = (new Member(peerA, "a", 1, 1), new Member(peerB, "b", 1, 1));
        var term = a.Lead(peerA)!.Value;
        a.Join(node);

        cluster.Restart();

        Assert.Null(b.Lead(peerB)); // the first to come back, while nobody has renewed
        Assert.Equal(new Leader(peerA, "a", term), b.Leader());
        b.Join(other);
        Assert.Equal([node, other], b.Members().Members);
        Assert.True(a.RenewLead(peerA, term));
        Assert.Equal(term, cluster.Store.CurrentTerm);
        Assert.NotEqual(peerA, a.Admit("c"));
    }

    [SkippableFact]
    public void An_outage_longer_than_a_lease_fences_nobody_who_comes_back()
    {
        using var cluster = Begin(new Wishes { Restarts = true, ShortLeases = true });
        Skip.IfNot(cluster.CanRestart, "This control plane is no service of its own.");
        var (a, b) = (cluster.Open(), cluster.Open());
        var (peerA, peerB) = (a.Admit("a"), b.Admit("b"));
        var term = a.Lead(peerA)!.Value;
        b.Join(new Member(peerB, "b", 1, 1));

        cluster.Outage(() => Assert.Equal(Refusal.Unavailable, Assert.Throws<StoreException>(() => a.RenewLead(peerA, term)).Refusal));

        Assert.Null(b.Lead(peerB));
        Assert.True(a.RenewLead(peerA, term));
        Assert.Equal("b", Assert.Single(a.Members().Members).Name);
    }

    [SkippableFact]
    public void Who_does_not_come_back_after_an_outage_is_followed()
    {
        using var cluster = Begin(new Wishes { Restarts = true, ShortLeases = true });
        Skip.IfNot(cluster.CanRestart, "This control plane is no service of its own.");
        var (a, b) = (cluster.Open(), cluster.Open());
        var (peerA, peerB) = (a.Admit("a"), b.Admit("b"));
        a.Lead(peerA);
        a.Join(new Member(peerA, "a", 1, 1));

        cluster.Restart();

        Await(cluster, () => b.Members().Members.Count == 0);
        Await(cluster, () => b.Lead(peerB) is not null);
        Assert.Equal("b", b.Leader()!.Name);
    }
}
