using Tessera.Actors.Machines;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Actors.Tests.Machines;

public sealed class NodeMachineTests : IDisposable
{
    private static readonly PeerId Coordinator = new(5);
    private readonly List<TileMachine> _built = [];
    private readonly NodeMachine _node;
    private readonly MachineHarness _harness;

    public NodeMachineTests()
    {
        _node = new NodeMachine(Build);
        _harness = new MachineHarness(_node);
    }

    public void Dispose() => _built.ForEach(machine => machine.Dispose());

    [Fact]
    public void An_assignment_hosts_its_tiles_and_is_answered()
    {
        var answer = _harness.One(Assign(1, [4, 2]));

        Assert.Equal((MessageKind.Assigned, Recipient.Coordinator, Coordinator), (answer.Kind, answer.To, answer.Peer));
        Assert.Equal((TileId.None, new Term(1)), (answer.Tile, answer.Term));
        Assert.Equal([2, 4], _harness.Hostings.Select(hosting => hosting.Tile.Index));
        Assert.All(_harness.Hostings, hosting => Assert.Equal(hosting.Tile, Assert.IsType<TileMachine>(hosting.Machine).Id));
        Assert.Equal([new TileId(2), new TileId(4)], _node.Tiles);
    }

    [Fact]
    public void A_repeat_in_the_same_term_is_answered_without_effect()
    {
        _harness.One(Assign(1, [1, 2]));
        _harness.Hostings.Clear();

        Assert.Equal(MessageKind.Assigned, _harness.One(Assign(1, [1, 2], fresh: true)).Kind);
        Assert.Empty(_harness.Hostings);
        Assert.Equal(2, _built.Count);
    }

    [Fact]
    public void A_newer_term_drops_and_hosts_what_differs_and_survivors_keep_their_machine()
    {
        _harness.One(Assign(1, [1, 2, 3]));
        _harness.Hostings.Clear();

        Assert.Equal(new Term(3), _harness.One(Assign(3, [2, 3, 4])).Term);
        Assert.Equal([(1, false), (4, true)], _harness.Hostings.Select(hosting => (hosting.Tile.Index, hosting.Machine is not null)));
    }

    [Fact]
    public void A_fresh_assignment_builds_all_tiles_anew()
    {
        _harness.One(Assign(1, [1, 2]));
        _harness.Hostings.Clear();
        _harness.One(Assign(2, [2, 3], fresh: true));

        Assert.Equal(
            [(1, false), (2, true), (3, true)], _harness.Hostings.Select(hosting => (hosting.Tile.Index, hosting.Machine is not null)));
        Assert.Equal(4, _built.Count);
    }

    [Fact]
    public void An_older_assignment_is_refused()
    {
        _harness.One(Assign(2, [1]));

        var answer = _harness.One(Assign(1, [1, 2]));

        Assert.Equal((MessageKind.Refused, Refusal.OlderTerm, Coordinator), (answer.Kind, answer.Refusal, answer.Peer));
        Assert.Equal((TileId.None, new Term(2)), (answer.Tile, answer.Term));
        Assert.Equal([new TileId(1)], _node.Tiles);
    }

    [Fact]
    public void Tiles_that_cannot_be_built_are_refused_and_nothing_changes()
    {
        _harness.One(Assign(1, [1]));
        _harness.Hostings.Clear();

        var answer = _harness.One(Assign(2, [0, 99], fresh: true));

        Assert.Equal((Refusal.Unfit, new Term(1)), (answer.Refusal, answer.Term));
        Assert.Contains("no T99", answer.Detail, StringComparison.Ordinal);
        Assert.Empty(_harness.Hostings);
        Assert.Equal((new Term(1), 1), (_node.Term, _node.Tiles.Count));
    }

    [Fact]
    public void An_assignment_that_is_none_is_refused()
    {
        Assert.Equal(Refusal.Unfit, _harness.One(Assign(1, [1]) with { Body = null }).Refusal);
        Assert.Equal(Refusal.Unfit, _harness.One(Assign(1, [1]) with { Body = "tiles" }).Refusal);
        Assert.Equal(Refusal.Unfit, _harness.One(Assign(1, [-1])).Refusal);
        Assert.Equal(Refusal.Unfit, _harness.One(Assign(0, [1])).Refusal);
        Assert.Equal(Term.None, _node.Term);
    }

    [Fact]
    public void A_request_to_a_hosted_tile_in_the_term_is_passed_on_unchanged()
    {
        _harness.One(Assign(2, [1]));
        var payload = TileBench.Numbers(1, 5, 0);

        var passed = _harness.One(Request(2, 1) with { Payload = payload });

        Assert.Equal((MessageKind.Forward, Recipient.Tile, Coordinator), (passed.Kind, passed.To, passed.Peer));
        Assert.Equal((new TileId(1), new Term(2), payload), (passed.Tile, passed.Term, passed.Payload));
    }

    [Theory]
    [InlineData(1UL, 1, Refusal.OlderTerm)]
    [InlineData(3UL, 1, Refusal.NotHosted)]
    [InlineData(2UL, 0, Refusal.NotHosted)]
    [InlineData(2UL, -1, Refusal.NotHosted)]
    public void Any_other_request_is_refused_to_whoever_asked(ulong term, int tile, Refusal refusal)
    {
        _harness.One(Assign(2, [1]));

        var answer = _harness.One(Request(term, tile) with { Purpose = ReadPurpose.Evaluation });

        Assert.Equal((MessageKind.Refused, refusal, Recipient.Coordinator), (answer.Kind, answer.Refusal, answer.To));
        Assert.Equal((Coordinator, new TileId(tile), new EdgeId(new StageId(1), 2)), (answer.Peer, answer.Tile, answer.ReplyTo));
        Assert.Equal((new Term(2), new StepId(7), new VectorRange(3, 1)), (answer.Term, answer.Step, answer.Vectors));
        Assert.Equal(ReadPurpose.Evaluation, answer.Purpose);
        Assert.NotNull(answer.Detail);
    }

    [Theory]
    [InlineData(MessageKind.BlobStored)]
    [InlineData(MessageKind.Output)]
    [InlineData(MessageKind.Timer)]
    [InlineData(MessageKind.None)]
    [InlineData((MessageKind)250)]
    public void What_is_no_request_never_reaches_a_tile(MessageKind kind)
    {
        _harness.One(Assign(2, [1]));

        Assert.Equal(Refusal.Unfit, _harness.One(Request(2, 1) with { Kind = kind }).Refusal);
        Assert.Equal(Refusal.Unfit, _harness.One(new Message { Kind = kind, To = Recipient.Node, Peer = Coordinator }).Refusal);
    }

    [Fact]
    public void While_the_lease_is_lapsed_nothing_is_answered_and_everything_is_kept()
    {
        _harness.One(Assign(1, [1]));
        _harness.None(Lease(MessageKind.LeaseLapsed));
        _harness.None(Request(1, 1));
        _harness.None(Assign(1, [1]));
        _harness.None(Assign(2, [1, 2]));
        Assert.True(_node.IsSuspended);
        Assert.Equal((new Term(1), 1), (_node.Term, _node.Tiles.Count));

        _harness.None(Lease(MessageKind.LeaseHolds));
        Assert.Equal(MessageKind.Forward, _harness.One(Request(1, 1)).Kind);
        Assert.Equal(new Term(2), _harness.One(Assign(2, [1, 2])).Term);
    }

    [Fact]
    public void A_node_that_awaits_its_lease_serves_nothing_before_it_holds()
    {
        var harness = new MachineHarness(new NodeMachine(Build, awaitsLease: true));
        harness.None(Assign(1, [1]));
        harness.None(Lease(MessageKind.LeaseHolds));

        Assert.Equal([MessageKind.Hosts, MessageKind.Assigned], harness.Send(Assign(1, [1])).Select(message => message.Kind));
    }

    [Fact]
    public void A_node_reports_its_tiles_to_its_control_client_when_they_change()
    {
        var node = new NodeMachine(Build, awaitsLease: true);
        var harness = new MachineHarness(node);
        harness.None(Lease(MessageKind.LeaseHolds));

        var report = harness.Send(Assign(1, [4, 2, 3]))[0];
        Assert.Equal((Recipient.ControlClient, PeerId.Here, "2-4"), (report.To, report.Peer, report.Detail));
        Assert.Equal(["layer/T2", "layer/T3", "layer/T4"], node.TileNames);

        harness.One(Assign(1, [4, 2, 3])); // a repeat
        Assert.Equal(string.Empty, harness.Send(Assign(2, []))[0].Detail);
        Assert.Empty(node.TileNames);
    }

    [Fact]
    public void Requests_of_an_older_term_are_counted()
    {
        _harness.One(Assign(2, [1]));
        _harness.One(Request(1, 1));
        _harness.One(Assign(1, [1]));
        _harness.One(Request(3, 1)); // newer

        Assert.Equal(2, _node.OlderTermRefusals);
    }

    [Fact]
    public void Another_process_cannot_speak_for_the_lease()
    {
        Assert.Equal(Refusal.Unfit, _harness.One(Lease(MessageKind.LeaseLapsed) with { Peer = Coordinator }).Refusal);
        Assert.False(_node.IsSuspended);
    }

    [Theory]
    [InlineData(MessageKind.PeerLost)]
    [InlineData(MessageKind.PeerFound)]
    public void A_peer_that_comes_or_goes_changes_nothing(MessageKind kind)
    {
        _harness.One(Assign(1, [1]));
        _harness.None(new Message { Kind = kind, To = Recipient.Node, Peer = Coordinator });

        Assert.Equal(MessageKind.Forward, _harness.One(Request(1, 1)).Kind);
    }

    private static Message Assign(ulong term, int[] tiles, bool fresh = false) => new()
    {
        Kind = MessageKind.Assign,
        To = Recipient.Node,
        Peer = Coordinator,
        Tile = TileId.None,
        Term = new Term(term),
        Body = new TileAssignment(Blueprints.Grid(11), [.. tiles.Select(tile => new TileId(tile))], fresh),
    };

    private static Message Request(ulong term, int tile) => new()
    {
        Kind = MessageKind.Forward,
        To = Recipient.Tile,
        Peer = Coordinator,
        Tile = new TileId(tile),
        ReplyTo = new EdgeId(new StageId(1), 2),
        Term = new Term(term),
        Step = new StepId(7),
        Vectors = new VectorRange(3, 1),
    };

    private static Message Lease(MessageKind kind) => new() { Kind = kind, To = Recipient.Node, Tile = TileId.None };

    private TileMachine Build(RunBlueprint run, TileStagePlan stage, TilePlan tile)
    {
        var machine = new TileMachine(TileBuilder.Describe(run, tile), new PerfectTile(TileBench.Shape));
        _built.Add(machine);
        return machine;
    }
}
