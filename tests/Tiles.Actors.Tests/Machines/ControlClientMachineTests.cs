using Tessera.Actors.Machines;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Machines;

/// <summary>A lease of 10 s, renewed every 3 s, asked for again every 1 s.</summary>
public sealed class ControlClientMachineTests
{
    private static readonly Member Self = new(new PeerId(3), "north", 8, 1L << 30);
    private static readonly Member Other = new(new PeerId(4), "south", 8, 1L << 30);

    private static readonly LeaseSettings Lease = new()
    {
        Duration = TimeSpan.FromSeconds(10),
        RenewEvery = TimeSpan.FromSeconds(3),
        RetryEvery = TimeSpan.FromSeconds(1),
    };

    private readonly MachineHarness _harness = new(new ControlClientMachine(Self, Lease));

    [Fact]
    public void A_node_joins_and_is_told_that_its_lease_holds()
    {
        var join = _harness.One(Start());
        Assert.Equal((MessageKind.Join, Recipient.Control), (join.Kind, join.To));
        Assert.Same(Self, join.Body);
        _harness.None(Start());

        var holds = _harness.One(Joined(join));

        Assert.Equal((MessageKind.LeaseHolds, Recipient.Node, PeerId.Here), (holds.Kind, holds.To, holds.Peer));
    }

    [Fact]
    public void A_node_renews_in_time_and_is_not_told_again()
    {
        var join = _harness.One(Start());
        _harness.One(Joined(join));
        for (var renewal = 0; renewal < 10; renewal++)
        {
            Assert.Empty(_harness.Advance(2.9));
            join = Assert.Single(_harness.Advance(0.1));
            Assert.Equal(MessageKind.Join, join.Kind);
            _harness.None(Joined(join));
        }
    }

    [Fact]
    public void A_node_that_has_other_tiles_says_so_at_once_and_with_every_renewal()
    {
        var hosts = new Message { Kind = MessageKind.Hosts, To = Recipient.ControlClient, Detail = "0-3" };
        var join = _harness.One(Start());
        _harness.None(hosts); // not joined yet
        _harness.One(Joined(join));

        join = _harness.One(hosts with { Detail = "5" });
        Assert.Equal((MessageKind.Join, Self with { Tiles = "5" }), (join.Kind, join.Body));
        _harness.None(Joined(join));

        Assert.Equal(Self with { Tiles = "5" }, Assert.Single(_harness.Advance(3)).Body);
        _harness.None(hosts with { Peer = new PeerId(9) }); // another process cannot speak for it
        _harness.One(hosts);
    }

    [Fact]
    public void Without_an_answer_a_node_asks_again()
    {
        var first = _harness.One(Start());
        var second = Assert.Single(_harness.Advance(1));

        Assert.Equal(MessageKind.Join, second.Kind);
        Assert.NotEqual(first.Operation, second.Operation);
    }

    [Fact]
    public void The_lease_counts_from_before_the_renewal_was_sent_and_lapses_on_time()
    {
        var join = _harness.One(Start());
        _harness.Stall(0.9);
        _harness.One(Joined(join)); // sent at 0, so that it holds until 10

        Assert.DoesNotContain(_harness.Advance(9.0), message => message.Kind == MessageKind.LeaseLapsed);
        Assert.Equal(MessageKind.LeaseLapsed, Assert.Single(_harness.Advance(0.1), message => message.To == Recipient.Node).Kind);
    }

    [Fact]
    public void A_lapsed_node_keeps_asking_and_resumes()
    {
        _harness.One(Joined(_harness.One(Start())));
        Assert.Single(_harness.Advance(30), message => message.Kind == MessageKind.LeaseLapsed);
        var join = Assert.Single(_harness.Advance(1));

        Assert.Equal(MessageKind.LeaseHolds, _harness.One(Joined(join)).Kind);
    }

    [Fact]
    public void An_answer_that_comes_after_its_lease_is_over_does_not_count()
    {
        var join = _harness.One(Start());
        _harness.Stall(10);

        _harness.None(Joined(join));
    }

    [Fact]
    public void An_answer_counts_once()
    {
        var join = _harness.One(Start());
        _harness.One(Joined(join));
        Assert.Single(_harness.Advance(11), message => message.Kind == MessageKind.LeaseLapsed);

        _harness.None(Joined(join));
        _harness.None(Joined(join) with { Operation = 12345 });
    }

    [Fact]
    public void A_coordinator_that_leads_is_told_the_term_and_the_members()
    {
        var lead = _harness.One(WantTerm());
        Assert.Equal((MessageKind.Lead, Recipient.Control), (lead.Kind, lead.To));

        var leading = _harness.One(Leading(lead, 4, Self));

        Assert.Equal((MessageKind.Leading, Recipient.Coordinator, new Term(4)), (leading.Kind, leading.To, leading.Term));
        Assert.Equal([Self], Assert.IsType<MemberList>(leading.Body).Members);
    }

    [Fact]
    public void A_coordinator_renews_its_term_and_hears_of_members_only_when_they_change()
    {
        _harness.One(Leading(_harness.One(WantTerm()), 4, Self));
        var renewal = Assert.Single(_harness.Advance(3));
        Assert.Equal((MessageKind.RenewLead, new Term(4)), (renewal.Kind, renewal.Term));
        _harness.None(Leading(renewal, 4, Self with { }));

        var changed = _harness.One(Leading(Assert.Single(_harness.Advance(3)), 4, Self, Other));

        Assert.Equal((MessageKind.Leading, new Term(4)), (changed.Kind, changed.Term));
        Assert.Equal(2, Assert.IsType<MemberList>(changed.Body).Members.Count);
        _harness.None(Leading(Assert.Single(_harness.Advance(3)), 4, Self, Other));
    }

    [Fact]
    public void While_another_process_leads_it_stands_by_says_so_once_and_asks_again()
    {
        var lead = _harness.One(WantTerm());
        var told = _harness.One(NotLeading(lead));
        Assert.Equal((MessageKind.NotLeading, Recipient.Coordinator, Term.None), (told.Kind, told.To, told.Term));

        for (var i = 0; i < 3; i++)
        {
            lead = Assert.Single(_harness.Advance(1));
            Assert.Equal(MessageKind.Lead, lead.Kind);
            _harness.None(NotLeading(lead));
        }

        lead = Assert.Single(_harness.Advance(1));
        Assert.Equal(new Term(9), _harness.One(Leading(lead, 9, Self)).Term);
    }

    [Fact]
    public void A_term_that_is_over_is_reported_once_and_no_longer_renewed()
    {
        _harness.One(Leading(_harness.One(WantTerm()), 4, Self));
        var renewal = Assert.Single(_harness.Advance(3));

        var told = _harness.One(NotLeading(renewal) with { Detail = "south leads" });

        Assert.Equal((MessageKind.NotLeading, new Term(4), "south leads"), (told.Kind, told.Term, told.Detail));
        Assert.Empty(_harness.Advance(100));
    }

    [Fact]
    public void A_lease_that_is_not_renewed_is_reported_before_another_process_can_have_it()
    {
        var lead = _harness.One(WantTerm());
        _harness.Stall(0.5);
        _harness.One(Leading(lead, 4, Self));
        Assert.All(_harness.Advance(9.4), message => Assert.Equal(MessageKind.RenewLead, message.Kind));

        var told = Assert.Single(_harness.Advance(0.1), message => message.To == Recipient.Coordinator);

        Assert.Equal((MessageKind.LeaseLapsed, new Term(4)), (told.Kind, told.Term));
        Assert.Contains("has not renewed term 4", told.Detail, StringComparison.Ordinal);
        Assert.All(_harness.Advance(100), message => Assert.Equal((MessageKind.RenewLead, new Term(4)), (message.Kind, message.Term)));
    }

    [Fact]
    public void A_lapsed_coordinator_keeps_asking_and_goes_on_in_its_term()
    {
        _harness.One(Leading(_harness.One(WantTerm()), 4, Self));
        Assert.Single(_harness.Advance(30), message => message.Kind == MessageKind.LeaseLapsed);
        var renewal = Assert.Single(_harness.Advance(1));
        Assert.Equal((MessageKind.RenewLead, new Term(4)), (renewal.Kind, renewal.Term));

        var holds = _harness.One(Leading(renewal, 4, Self));

        Assert.Equal((MessageKind.LeaseHolds, Recipient.Coordinator, new Term(4)), (holds.Kind, holds.To, holds.Term));
        _harness.None(Leading(Assert.Single(_harness.Advance(3)), 4, Self));
        Assert.Single(_harness.Advance(30), message => message.Kind == MessageKind.LeaseLapsed); // and lapses again
    }

    [Fact]
    public void A_lapsed_coordinator_hears_of_the_members_before_it_goes_on()
    {
        _harness.One(Leading(_harness.One(WantTerm()), 4, Self));
        _harness.Advance(30);

        var told = _harness.Send(Leading(Assert.Single(_harness.Advance(1)), 4, Self, Other));

        Assert.Equal([MessageKind.Leading, MessageKind.LeaseHolds], told.Select(message => message.Kind));
    }

    [Fact]
    public void A_lapsed_coordinator_that_another_one_followed_steps_down()
    {
        _harness.One(Leading(_harness.One(WantTerm()), 4, Self));
        _harness.Advance(30);

        var told = _harness.One(NotLeading(Assert.Single(_harness.Advance(1))));

        Assert.Equal((MessageKind.NotLeading, new Term(4)), (told.Kind, told.Term));
        Assert.Empty(_harness.Advance(100));
    }

    [Fact]
    public void A_coordinator_that_wants_a_new_term_while_it_is_lapsed_is_not_told_that_the_old_one_holds()
    {
        _harness.One(Leading(_harness.One(WantTerm()), 4, Self));
        _harness.Advance(30);

        Assert.Equal(new Term(5), _harness.One(Leading(_harness.One(WantTerm()), 5, Self)).Term);
    }

    [Fact]
    public void A_renewal_that_is_answered_extends_the_lease_from_when_it_was_sent()
    {
        _harness.One(Leading(_harness.One(WantTerm()), 4, Self));
        var renewal = Assert.Single(_harness.Advance(3));
        _harness.None(Leading(renewal, 4, Self)); // holds until 13

        Assert.DoesNotContain(_harness.Advance(9.9), message => message.Kind == MessageKind.LeaseLapsed);
        Assert.Contains(_harness.Advance(0.2), message => message.Kind == MessageKind.LeaseLapsed);
    }

    [Fact]
    public void To_ask_again_asks_for_a_new_term_and_answers_to_the_ask_before_no_longer_count()
    {
        var first = _harness.One(WantTerm());
        var second = _harness.One(WantTerm());
        _harness.None(Leading(first, 4, Self));
        _harness.None(NotLeading(first));
        _harness.One(Leading(second, 5, Self));
        var renewal = Assert.Single(_harness.Advance(3));

        var third = _harness.One(WantTerm());

        Assert.Equal((MessageKind.Lead, Term.None), (third.Kind, third.Term));
        _harness.None(Leading(renewal, 5, Self));
        _harness.None(NotLeading(renewal));
        Assert.Equal(new Term(6), _harness.One(Leading(third, 6, Self)).Term);
    }

    [Fact]
    public void Of_two_attempts_that_both_got_a_term_the_newer_term_counts()
    {
        var first = _harness.One(WantTerm());
        var second = Assert.Single(_harness.Advance(1));
        var third = Assert.Single(_harness.Advance(1));

        Assert.Equal(new Term(5), _harness.One(Leading(second, 5, Self)).Term);
        _harness.None(Leading(first, 4, Self));
        _harness.None(Leading(second, 5, Self));
        Assert.Equal(new Term(6), _harness.One(Leading(third, 6, Self)).Term);
    }

    [Fact]
    public void A_term_that_comes_after_its_lease_is_over_does_not_count()
    {
        var lead = _harness.One(WantTerm());
        _harness.Stall(10);

        _harness.None(Leading(lead, 4, Self));
        Assert.NotEmpty(_harness.Advance(0));
    }

    [Fact]
    public void Leases_that_never_lapse_need_no_timer_after_the_first_answer()
    {
        var harness = new MachineHarness(new ControlClientMachine(Self, LeaseSettings.NeverLapses));
        var join = harness.One(Start());
        var lead = harness.One(WantTerm());
        harness.One(Joined(join));
        harness.One(Leading(lead, 1, Self));

        Assert.Empty(harness.Advance(1e6));
        Assert.Empty(harness.Timers);
    }

    [Fact]
    public void A_process_may_be_node_and_coordinator()
    {
        var join = _harness.One(Start());
        var lead = _harness.One(WantTerm());
        Assert.Equal(MessageKind.Leading, _harness.One(Leading(lead, 1, Self)).Kind);
        Assert.Equal(MessageKind.LeaseHolds, _harness.One(Joined(join)).Kind);

        Assert.Equal([MessageKind.Join, MessageKind.RenewLead], _harness.Advance(3).Select(message => message.Kind).Order());
    }

    [Fact]
    public void Settings_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new ControlClientMachine(Self, Lease with { RenewEvery = TimeSpan.FromSeconds(10) }));
        Assert.Throws<ArgumentException>(() => new ControlClientMachine(Self, Lease with { RetryEvery = TimeSpan.Zero }));
    }

    private static Message Start() => new() { Kind = MessageKind.Start, To = Recipient.ControlClient };

    private static Message WantTerm() => new() { Kind = MessageKind.Lead, To = Recipient.ControlClient, From = Recipient.Coordinator };

    private static Message Joined(in Message join) => Answer(join, MessageKind.Joined);

    private static Message Leading(in Message question, ulong term, params Member[] members) =>
        Answer(question, MessageKind.Leading) with { Term = new Term(term), Body = new MemberList(members) };

    private static Message NotLeading(in Message question) => Answer(question, MessageKind.NotLeading);

    private static Message Answer(in Message question, MessageKind kind) => new()
    {
        Kind = kind,
        To = Recipient.ControlClient,
        Operation = question.Operation,
    };
}
