using Tessera.Host.Faults.Taps;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Tests.Faults;

/// <summary>What frames tell of a run, and what of them cannot be.</summary>
public sealed class FrameWatchTests
{
    private readonly FrameWatch _watch = new();

    [Fact]
    public void Steps_below_those_of_an_older_term_are_counted_as_done_again()
    {
        Assign("a", 1, 0);
        foreach (ulong step in new ulong[] { 1, 2, 3 }) { Commit("a", 1, step); }
        Assign("a", 2, 0);
        foreach (ulong step in new ulong[] { 2, 3, 4 }) { Commit("a", 2, step); }
        Assert.Equal(2, _watch.Redone);
        Assert.Empty(_watch.Problems);
    }

    [Fact]
    public void Training_goes_on_with_a_confirmed_commit_of_a_later_term_or_step()
    {
        Assign("a", 1, 0);
        Commit("a", 1, 1);
        _watch.MarkFault(needsTerm: true);
        Committed("a", 1, 2);
        Assert.Null(_watch.TrainsAgainAfter);
        Assign("a", 2, 0);
        Committed("a", 2, 1);
        Assert.NotNull(_watch.TrainsAgainAfter);
        _watch.MarkFault(needsTerm: false);
        Committed("a", 2, 2);
        Assert.NotNull(_watch.TrainsAgainAfter);
    }

    [Fact]
    public void A_tile_on_two_nodes_in_one_term_breaks_I1()
    {
        Assign("a", 1, 0);
        Assign("b", 1, 0);
        Assert.StartsWith("I1", Assert.Single(_watch.Problems));
    }

    [Fact]
    public void A_step_that_is_left_out_breaks_I2()
    {
        Commit("a", 1, 1);
        Commit("a", 1, 1);
        Commit("a", 1, 3);
        Assert.StartsWith("I2", Assert.Single(_watch.Problems));
    }

    [Fact]
    public void A_commit_of_an_older_term_that_a_node_confirms_breaks_I7()
    {
        See("a", new Message { Kind = MessageKind.Assigned, Term = new Term(2) });
        Committed("a", 1, 1);
        Assert.StartsWith("I7", Assert.Single(_watch.Problems));
    }

    private void Assign(string node, ulong term, params int[] tiles) => See(node, new Message
    {
        Kind = MessageKind.Assign,
        Term = new Term(term),
        Body = new TileAssignment(null!, [.. tiles.Select(tile => new TileId(tile))], Fresh: false),
    });

    private void Commit(string node, ulong term, ulong step) =>
        See(node, new Message { Kind = MessageKind.Commit, Term = new Term(term), Step = new StepId(step) });

    private void Committed(string node, ulong term, ulong step) =>
        See(node, new Message { Kind = MessageKind.Committed, Term = new Term(term), Step = new StepId(step) });

    private void See(string node, Message message) => _watch.See(node, new TapFrame(TapDirection.Forth, []) { Message = message });
}
