using Tessera.Actors.Stores;
using Tessera.Protocol.Identity;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

public class RunTransferTests
{
    private readonly MemoryRunStore _from = new();
    private readonly MemoryRunStore _to = new();

    [Fact]
    public void Of_nothing_nothing_is_copied()
    {
        Assert.Null(RunTransfer.CopyNewest(_from, _to));
        Assert.Equal(Term.None, _to.CurrentTerm);
    }

    [Fact]
    public void The_newest_checkpoint_arrives_as_it_is()
    {
        Raise(_from, 3);
        Checkpoint(_from, 1);
        var newest = Checkpoint(_from, 2);

        var copy = RunTransfer.CopyNewest(_from, _to);

        AssertSame(newest, copy);
        AssertSame(newest, _to.ReadNewest());
        Assert.Single(_to.ReadAll());
        Assert.All(newest.Blobs, blob => Assert.Equal(_from.Get(blob.Hash), _to.Get(blob.Hash)));
        Assert.Equal(new Term(3), _to.CurrentTerm);
        AssertSame(newest, RunTransfer.CopyNewest(_from, _to));
    }

    [Fact]
    public void A_store_in_a_later_term_takes_it_in_that()
    {
        Raise(_from, 1);
        Raise(_to, 5);
        var newest = Checkpoint(_from, 2);

        RunTransfer.CopyNewest(_from, _to);

        AssertSame(newest with { Term = 5 }, _to.ReadNewest());
    }

    private static void Raise(MemoryRunStore store, int terms)
    {
        for (var i = 0; i < terms; i++)
        {
            store.RaiseTerm();
        }
    }
}
