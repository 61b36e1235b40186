using Tessera.Actors.ControlPlanes;
using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.ControlPlanes;

public class ControlServiceTests
{
    private static readonly Member One = new(PeerId.Here, "one", 2, 1 << 30);
    private readonly ControlService _service = new(new LocalControlPlane());

    [Fact]
    public void A_process_joins_leads_and_renews()
    {
        Assert.Equal(MessageKind.Joined, Ask(new() { Kind = MessageKind.Join, Body = One, Operation = 1 }).Kind);

        var leading = Ask(new() { Kind = MessageKind.Lead, Operation = 2, Step = new StepId(8) });
        Assert.Equal((MessageKind.Leading, new Term(1), new StepId(8)), (leading.Kind, leading.Term, leading.Step));
        Assert.Equal([One], ((MemberList)leading.Body!).Members);

        var renewed = Ask(new() { Kind = MessageKind.RenewLead, Term = new Term(1), Operation = 3 });
        Assert.Equal((MessageKind.Leading, new Term(1)), (renewed.Kind, renewed.Term));
        Assert.Equal([One], ((MemberList)renewed.Body!).Members);
    }

    [Fact]
    public void An_older_term_is_told_that_it_is_over()
    {
        Ask(new() { Kind = MessageKind.Lead });
        Ask(new() { Kind = MessageKind.Lead });

        var answer = Ask(new() { Kind = MessageKind.RenewLead, Term = new Term(1), Operation = 4 });

        Assert.Equal((MessageKind.NotLeading, Refusal.OlderTerm, new Term(1)), (answer.Kind, answer.Refusal, answer.Term));
        Assert.Contains("term 1", answer.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_process_does_not_lead_until_the_first_leaves()
    {
        Ask(new() { Kind = MessageKind.Lead });
        Assert.Equal(MessageKind.NotLeading, Ask(new() { Kind = MessageKind.Lead, Peer = new PeerId(1) }).Kind);

        Assert.Empty(MachineCall.Ask(_service, new Message { Kind = MessageKind.Leave, To = Recipient.Control }));

        Assert.Equal(new Term(2), Ask(new() { Kind = MessageKind.Lead, Peer = new PeerId(1) }).Term);
    }

    [Fact]
    public void Trouble_with_the_control_plane_is_answered_where_someone_waits_for_it()
    {
        var service = new ControlService(new BrokenPlane());

        var answer = Assert.Single(MachineCall.Ask(service, new Message { Kind = MessageKind.Lead, Operation = 7 }));
        Assert.Equal((MessageKind.NotLeading, Refusal.Unavailable, "away", 7UL), (answer.Kind, answer.Refusal, answer.Detail, answer.Operation));
        Assert.Empty(MachineCall.Ask(service, new Message { Kind = MessageKind.RenewLead }));
        Assert.Empty(MachineCall.Ask(service, new Message { Kind = MessageKind.Join, Body = One }));
        Assert.Empty(MachineCall.Ask(service, new Message { Kind = MessageKind.Leave }));
    }

    private Message Ask(Message request)
    {
        var answer = Assert.Single(MachineCall.Ask(_service, request with { To = Recipient.Control, Tile = new TileId(3) }));
        Assert.Equal(Recipient.ControlClient, answer.To);
        Assert.Equal(Recipient.Control, answer.From);
        Assert.Equal((request.Operation, request.Peer, new TileId(3)), (answer.Operation, answer.Peer, answer.Tile));
        return answer;
    }

    [Fact]
    public void A_process_leads_under_the_identity_that_its_question_names()
    {
        var plane = new LocalControlPlane();
        var service = new MachineHarness(new ControlService(plane));
        var self = new Member(new PeerId(7), "seven", 1, 0) { Http = "http://seven:1" };

        service.One(new Message { Kind = MessageKind.Lead, To = Recipient.Control, Body = self });

        Assert.Equal((self.Peer, self.Http), (plane.Leader()!.Peer, plane.Leader()!.Http));
        Assert.Null(plane.Lead(new PeerId(8)));
    }

    private sealed class BrokenPlane : IControlPlane
    {
        public PeerId Admit(string name) => throw Away();

        public bool Drain(string name) => throw Away();

        public Leader? Leader() => throw Away();

        public Term? Lead(PeerId peer, string http) => throw Away();

        public bool RenewLead(PeerId peer, Term term) => throw Away();

        public void Join(Member member) => throw Away();

        public void Leave(PeerId peer) => throw Away();

        public MemberList Members() => throw Away();

        private static StoreException Away() => new(Refusal.Unavailable, "away");
    }
}
