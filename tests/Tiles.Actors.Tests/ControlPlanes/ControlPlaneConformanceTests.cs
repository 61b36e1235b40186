using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.ControlPlanes;

/// <summary>
/// What every control plane promises, whatever it is made of. To hold one to it, derive from this class and say in a <see cref="Cluster"/> how a
/// process gets its view of
/// the control plane, and what can be done to it: whether leases lapse, how a process is killed, how the service behind it is restarted. What a kind
/// of control plane cannot do is skipped, visibly; nothing here knows how it works.
/// </summary>
public abstract partial class ControlPlaneConformanceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public void Identities_are_never_the_same_twice()
    {
        using var cluster = Begin(new Wishes());
        var (first, second) = (cluster.Open(), cluster.Open());

        var peers = new[] { first.Admit("a"), first.Admit("a"), second.Admit("a"), second.Admit("b"), first.Admit("b") };

        Assert.Equal(peers.Length, peers.Distinct().Count());
        Assert.DoesNotContain(PeerId.Here, peers);
    }

    [SkippableFact]
    public void Terms_rise_strictly_and_are_those_of_the_store()
    {
        using var cluster = Begin(new Wishes());
        var plane = cluster.Open();
        var peer = plane.Admit("a");
        var last = cluster.Store.CurrentTerm;
        for (var i = 0; i < 3; i++)
        {
            var term = plane.Lead(peer);

            Assert.True(term is { } given && given.CompareTo(last) > 0, $"{term} after {last}");
            Assert.Equal(term, cluster.Store.CurrentTerm);
            last = term.Value;
        }

        Assert.False(plane.RenewLead(peer, new Term(last.Value - 1)));
        Assert.True(plane.RenewLead(peer, last));
    }

    [SkippableFact]
    public void One_process_leads_until_it_leaves()
    {
        using var cluster = Begin(new Wishes());
        var (a, b) = (cluster.Open(), cluster.Open());
        var (peerA, peerB) = (a.Admit("a"), b.Admit("b"));
        Assert.Null(b.Leader());

        var term = a.Lead(peerA)!.Value;

        Assert.Equal(new Leader(peerA, "a", term), b.Leader());
        Assert.Null(b.Lead(peerB));
        Assert.False(b.RenewLead(peerB, term));
        Assert.True(a.RenewLead(peerA, term));

        a.Leave(peerA);
        Assert.Null(b.Leader());
        Assert.False(a.RenewLead(peerA, term));
        Assert.True(b.Lead(peerB)!.Value.CompareTo(term) > 0);
        Assert.Equal("b", a.Leader()!.Name);
    }

    [SkippableFact]
    public void Whoever_leads_is_known_with_the_place_where_it_answers_people()
    {
        using var cluster = Begin(new Wishes());
        var (a, b) = (cluster.Open(), cluster.Open());
        var (peerA, peerB) = (a.Admit("a"), b.Admit("b"));

        var first = a.Lead(peerA, "http://a:1")!.Value;
        Assert.Equal(new Leader(peerA, "a", first) { Http = "http://a:1" }, b.Leader());
        Assert.Null(b.Lead(peerB, "http://b:2"));
        Assert.Equal("http://a:1", b.Leader()!.Http);

        a.Leave(peerA);
        var second = b.Lead(peerB)!.Value;
        Assert.Equal(new Leader(peerB, "b", second), a.Leader());
    }

    [SkippableFact]
    public void Members_are_told_whole_in_the_order_of_their_names()
    {
        using var cluster = Begin(new Wishes());
        var (first, second) = (cluster.Open(), cluster.Open());
        Member[] members =
        [
            new(first.Admit("B"), "B", 2, 3_000_000_000_000),
            new(second.Admit("a"), "a", 64, 5) { Address = "tcp://a:1", Labels = "rack=1,zone=x", Http = "http://a:2", Tiles = "0-3,7" },
            new(first.Admit("a1"), "a1", 1, 1),
            new(second.Admit("ä"), "ä", 1, 1),
        ];
        foreach (var member in members.Reverse())
        {
            (member.Name.StartsWith('B') ? first : second).Join(member);
        }

        Assert.Equal(members, first.Members().Members);
        Assert.Equal(members, second.Members().Members);
    }

    [SkippableFact]
    public void A_renewal_brings_what_is_new_of_a_member()
    {
        using var cluster = Begin(new Wishes());
        var plane = cluster.Open();
        var member = new Member(plane.Admit("a"), "a", 2, 3);
        plane.Join(member);

        plane.Join(member with { Cores = 5, Labels = "x=y", Tiles = "1" });

        Assert.Equal([member with { Cores = 5, Labels = "x=y", Tiles = "1" }], plane.Members().Members);
    }

    [SkippableFact]
    public void A_member_leaves_and_may_come_back()
    {
        using var cluster = Begin(new Wishes());
        var plane = cluster.Open();
        var (a, b) = (new Member(plane.Admit("a"), "a", 2, 3), new Member(plane.Admit("b"), "b", 2, 3));
        plane.Join(a);
        plane.Join(b);

        plane.Leave(a.Peer);
        Assert.Equal([b], plane.Members().Members);

        plane.Join(a);
        Assert.Equal([a, b], plane.Members().Members);
    }

    [SkippableFact]
    public void Draining_stays_over_renewals_until_the_member_leaves_or_its_name_is_admitted_again()
    {
        using var cluster = Begin(new Wishes());
        var (plane, other) = (cluster.Open(), cluster.Open());
        Assert.False(other.Drain("a"));
        var a = new Member(plane.Admit("a"), "a", 2, 3);
        plane.Join(a with { IsDraining = true });
        Assert.Equal([a], plane.Members().Members); // not for the member to say

        Assert.True(other.Drain("a"));
        Assert.False(other.Drain("b"));
        plane.Join(a);
        Assert.Equal([a with { IsDraining = true }], other.Members().Members);

        plane.Leave(a.Peer);
        Assert.False(other.Drain("a"));
        plane.Join(a);
        Assert.Equal([a], other.Members().Members);

        Assert.True(other.Drain("a"));
        var again = a with { Peer = plane.Admit("a") };
        plane.Join(again);
        Assert.Equal([again], other.Members().Members);
    }

    [SkippableFact]
    public void A_name_that_is_admitted_again_belongs_to_the_later_process()
    {
        using var cluster = Begin(new Wishes());
        var (early, late) = (cluster.Open(), cluster.Open());
        var a = new Member(early.Admit("a"), "a", 2, 3);
        early.Join(a);
        var term = early.Lead(a.Peer)!.Value;

        var again = a with { Peer = late.Admit("a") };

        Assert.Empty(late.Members().Members);
        Assert.Null(late.Leader());
        early.Join(a);
        Assert.Empty(late.Members().Members);
        late.Join(again);
        early.Join(a);
        Assert.Equal([again], late.Members().Members);
        Assert.False(early.RenewLead(a.Peer, term));
        Assert.Null(early.Lead(a.Peer));
        Assert.NotNull(late.Lead(again.Peer));
    }

    [SkippableFact]
    public void A_leader_is_named_apart_from_members()
    {
        using var cluster = Begin(new Wishes());
        var plane = cluster.Open();
        var (leader, node) = (plane.Admit("leader"), new Member(plane.Admit("node"), "node", 1, 1));
        plane.Lead(leader);
        plane.Join(node);

        plane.Leave(node.Peer);

        Assert.Equal(leader, plane.Leader()!.Peer);
        Assert.Empty(plane.Members().Members);
    }

    [SkippableFact]
    public void The_store_refuses_a_leader_of_before_as_soon_as_another_leads()
    {
        using var cluster = Begin(new Wishes());
        var (a, b) = (cluster.Open(), cluster.Open());
        var (peerA, peerB) = (a.Admit("a"), b.Admit("b"));
        var term = a.Lead(peerA)!.Value;
        var hash = cluster.Store.Put(StoreSamples.Blob(1), term);
        cluster.Store.Commit(StoreSamples.Manifest(1, term.Value, hash));
        var orphan = cluster.Store.Put(StoreSamples.Blob(2), term);
        a.Leave(peerA);

        var next = b.Lead(peerB)!.Value;

        StoreSamples.Refused(Refusal.OlderTerm, () => cluster.Store.Put(StoreSamples.Blob(3), term));
        StoreSamples.Refused(Refusal.OlderTerm, () => cluster.Store.Commit(StoreSamples.Manifest(2, term.Value, hash)));
        StoreSamples.Refused(Refusal.Missing, () => cluster.Store.Get(orphan)); // what the older term left unfinished
        cluster.Store.Commit(StoreSamples.Manifest(2, next.Value, hash, cluster.Store.Put(StoreSamples.Blob(4), next)));
        Assert.Equal(BlobHash.Of(StoreSamples.Blob(1)), hash);
    }

    [SkippableFact]
    public void Of_processes_that_want_to_lead_at_once_exactly_one_does()
    {
        using var cluster = Begin(new Wishes());
        Skip.IfNot(cluster.HasManyProcesses, "This control plane knows one process only.");
        var planes = Enumerable.Range(0, 4).Select(_ => cluster.Open()).ToList();
        var peers = planes.Select((plane, i) => plane.Admit($"p{i}")).ToList();
        for (var round = 0; round < 5; round++)
        {
            var terms = new Term?[planes.Count];
            using var start = new Barrier(planes.Count);
            var threads = planes.Select((plane, i) => new Thread(() =>
            {
                start.SignalAndWait();
                terms[i] = plane.Lead(peers[i]);
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());

            var winner = Assert.Single(Enumerable.Range(0, terms.Length), i => terms[i] is not null);
            Assert.Equal(terms[winner], cluster.Store.CurrentTerm);
            Assert.All(planes, plane => Assert.Equal(peers[winner], plane.Leader()!.Peer));
            planes[winner].Leave(peers[winner]);
        }
    }

    /// <summary>Prepares a control plane for one test.</summary>
    protected abstract Cluster Begin(Wishes wishes);

    private static void Await(Cluster cluster, Func<bool> condition) => Assert.True(
        SpinWait.SpinUntil(
            () =>
            {
                cluster.Pause();
                return condition();
            },
            Patience),
        $"what was waited for did not come in {Patience}");
}
