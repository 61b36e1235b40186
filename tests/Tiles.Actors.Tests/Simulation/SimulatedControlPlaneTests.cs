using Tessera.Actors.Simulation;
using Tessera.Actors.Tests.Simulation.Toys;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Simulation;

public class SimulatedControlPlaneTests
{
    private static readonly SimulationSettings Leases = new()
    {
        CoordinatorLease = TimeSpan.FromMilliseconds(100),
        MemberLease = TimeSpan.FromMilliseconds(100),
    };

    [Fact]
    public void One_process_leads_until_its_lease_lapses_and_terms_only_rise()
    {
        using var service = new ToyService(settings: Leases);
        var other = service.AddAsker("other");
        Assert.Equal((MessageKind.Leading, new Term(1)), Of(service.Ask(MessageKind.Lead)));
        Assert.Equal(MessageKind.NotLeading, service.Ask(MessageKind.Lead, from: other).Kind);
        service.World.RunFor(TimeSpan.FromMilliseconds(40));
        Assert.Equal((MessageKind.Leading, new Term(1)), Of(service.Ask(MessageKind.RenewLead, Term(1))));
        service.World.RunFor(TimeSpan.FromMilliseconds(40));
        Assert.Equal(MessageKind.NotLeading, service.Ask(MessageKind.Lead, from: other).Kind);
        service.World.RunFor(TimeSpan.FromMilliseconds(60));
        Assert.Equal((MessageKind.Leading, new Term(2)), Of(service.Ask(MessageKind.Lead, from: other)));
        Assert.Equal((MessageKind.NotLeading, new Term(1)), Of(service.Ask(MessageKind.RenewLead, Term(1))));
        Assert.Equal((MessageKind.Leading, new Term(3)), Of(service.Ask(MessageKind.Lead, from: other)));
        Assert.Equal(new Term(3), service.World.Store.NewestTerm);
    }

    [Fact]
    public void Members_are_listed_by_name_until_their_lease_lapses_or_they_leave()
    {
        using var service = new ToyService(settings: Leases);
        var other = service.AddAsker("other");
        service.Ask(MessageKind.Join, Body(new Member(other.Peer, "b", 2, 1)), other);
        var joined = service.Ask(MessageKind.Join, Body(new Member(service.Asker.Peer, "a", 1, 1)));
        Assert.Equal(MessageKind.Joined, joined.Kind);
        Assert.Equal(["a", "b"], Names(service.Ask(MessageKind.Lead)));
        service.Send(MessageKind.Leave);
        service.World.RunFor(TimeSpan.FromMilliseconds(10));
        Assert.Equal(["b"], service.World.Control.Members.Members.Select(member => member.Name));
        service.World.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Empty(service.World.Control.Members.Members);
    }

    [Fact]
    public void A_new_incarnation_replaces_the_old_one_whose_late_request_changes_nothing()
    {
        using var service = new ToyService(settings: Leases);
        service.Ask(MessageKind.Join, Body(new Member(new PeerId(7), "a", 1, 1)));
        service.Ask(MessageKind.Join, Body(new Member(new PeerId(8), "a", 1, 1)));
        service.Ask(MessageKind.Join, Body(new Member(new PeerId(7), "a", 1, 1)));
        Assert.Equal(new PeerId(8), Assert.Single(service.World.Control.Members.Members).Peer);
    }

    [Fact]
    public void Nothing_is_answered_while_it_is_away()
    {
        using var service = new ToyService();
        service.World.Control.AwayFor(TimeSpan.FromMilliseconds(50));
        service.Send(MessageKind.Lead);
        service.World.RunFor(TimeSpan.FromMilliseconds(60));
        Assert.Empty(service.Answers);
        Assert.Equal(MessageKind.Leading, service.Ask(MessageKind.Lead).Kind);
    }

    [Fact]
    public void Leases_that_held_when_it_went_last_as_long_again_when_it_is_back()
    {
        using var service = new ToyService(settings: Leases);
        var other = service.AddAsker("other");
        service.Ask(MessageKind.Join, Body(new Member(other.Peer, "b", 2, 1)), other);
        service.Ask(MessageKind.Lead);
        service.World.Control.AwayFor(TimeSpan.FromMilliseconds(500));
        service.World.RunFor(TimeSpan.FromMilliseconds(550));

        Assert.Equal(MessageKind.NotLeading, service.Ask(MessageKind.Lead, from: other).Kind);
        Assert.Equal((MessageKind.Leading, new Term(1)), Of(service.Ask(MessageKind.RenewLead, Term(1))));
        Assert.Equal(["b"], service.World.Control.Members.Members.Select(member => member.Name));
        service.World.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Empty(service.World.Control.Members.Members);
    }

    [Fact]
    public void A_drained_member_stays_drained_until_it_comes_back_as_another()
    {
        using var service = new ToyService(settings: Leases);
        service.Ask(MessageKind.Join, Body(new Member(new PeerId(7), "a", 1, 1)));
        Assert.True(service.World.Control.Drain(new PeerId(7)));
        Assert.False(service.World.Control.Drain(new PeerId(9)));
        service.Ask(MessageKind.Join, Body(new Member(new PeerId(7), "a", 1, 1)));
        Assert.True(Assert.Single(service.World.Control.Members.Members).IsDraining);
        service.Ask(MessageKind.Join, Body(new Member(new PeerId(8), "a", 1, 1)));
        Assert.False(Assert.Single(service.World.Control.Members.Members).IsDraining);
    }

    private static (MessageKind Kind, Term Term) Of(Message answer) => (answer.Kind, answer.Term);

    private static Func<Message, Message> Term(ulong term) => request => request with { Term = new Term(term) };

    private static Func<Message, Message> Body(Member member) => request => request with { Body = member };

    private static IEnumerable<string> Names(Message leading) => ((MemberList)leading.Body!).Members.Select(member => member.Name);
}
