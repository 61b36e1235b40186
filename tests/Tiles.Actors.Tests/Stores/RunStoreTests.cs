using Tessera.Actors.Stores;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

/// <summary>What every store of a run promises.</summary>
public abstract class RunStoreTests
{
    [SkippableFact]
    public void Blobs_come_back_by_their_hash()
    {
        using var scope = Begin();
        foreach (var length in new[] { 0, 1, 1000, 100_000, 3_000_000 })
        {
            var blob = Blob((ulong)length, length);

            var hash = scope.Store.Put(blob);

            Assert.Equal(BlobHash.Of(blob), hash);
            Assert.Equal(blob, scope.Store.Get(hash));
        }
    }

    [SkippableFact]
    public void The_same_bytes_twice_are_one_blob()
    {
        using var scope = Begin();

        Assert.Equal(scope.Store.Put(Blob(1)), scope.Store.Put(Blob(1)));
        Assert.Equal(Blob(1), scope.Store.Get(BlobHash.Of(Blob(1))));
    }

    [SkippableFact]
    public void Many_blobs_go_in_at_once()
    {
        using var scope = Begin();
        var blobs = Enumerable.Range(0, 20).Select(i => (ReadOnlyMemory<byte>)Blob((ulong)(i / 2))).ToList();

        var hashes = scope.Store.Put(blobs);

        Assert.Equal(blobs.Select(blob => BlobHash.Of(blob.Span)), hashes);
        Assert.All(hashes.Zip(blobs), pair => Assert.Equal(pair.Second.ToArray(), scope.Store.Get(pair.First)));
    }

    [SkippableFact]
    public void A_part_of_an_array_is_copied()
    {
        using var scope = Begin();
        var array = Blob(1);
        var hash = scope.Store.Put(array.AsMemory(10, 20));

        array.AsSpan().Clear();

        Assert.Equal(Blob(1)[10..30], scope.Store.Get(hash));
    }

    [SkippableFact]
    public void A_blob_that_is_not_there_is_missing()
    {
        using var scope = Begin();
        var error = Refused(Refusal.Missing, () => scope.Store.Get(BlobHash.Of(Blob(1))));

        Assert.Contains(BlobHash.Of(Blob(1)).Hex, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Terms_rise_by_one_from_none()
    {
        using var scope = Begin(terms: 0);

        Assert.Equal(Term.None, scope.Store.CurrentTerm);
        Assert.Equal(new Term(1), scope.Store.RaiseTerm());
        Assert.Equal(new Term(2), scope.Store.RaiseTerm());
        Assert.Equal(new Term(2), scope.Store.CurrentTerm);
    }

    [SkippableFact]
    public void The_newest_manifest_is_the_one_committed_last()
    {
        using var scope = Begin();
        Assert.Null(scope.Store.ReadNewest());
        Assert.Empty(scope.Store.ReadAll());

        var first = Checkpoint(scope.Store, 10);
        AssertSame(first, scope.Store.ReadNewest());

        var second = Checkpoint(scope.Store, 20);
        AssertSame(second, scope.Store.ReadNewest());
        Assert.Equal([20UL, 10UL], scope.Store.ReadAll().Select(manifest => manifest.Step));
        AssertSame(first, scope.Store.Read(new StepId(10)));
        Assert.Contains("20, 10", Sorted(Refused(Refusal.Missing, () => scope.Store.Read(new StepId(11))).Message), StringComparison.Ordinal);

        static string Sorted(string message) => message.Replace("10, 20", "20, 10", StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Only_the_manifests_to_keep_and_their_blobs_stay(int keep)
    {
        using var scope = Begin(keep);
        var all = Enumerable.Range(1, 8).Select(step => Checkpoint(scope.Store, (ulong)step)).ToList();

        Assert.Equal(all.TakeLast(keep).Reverse().Select(manifest => manifest.Step), scope.Store.ReadAll().Select(manifest => manifest.Step));
        foreach (var blob in all.TakeLast(keep).SelectMany(manifest => manifest.Blobs))
        {
            Assert.Equal(blob.Hash, BlobHash.Of(scope.Store.Get(blob.Hash)));
        }

        foreach (var blob in all.SkipLast(keep + 1).SelectMany(manifest => manifest.Blobs))
        {
            Refused(Refusal.Missing, () => scope.Store.Get(blob.Hash));
        }
    }

    [SkippableFact]
    public void A_blob_that_several_manifests_name_stays_until_the_last_of_them_goes()
    {
        using var scope = Begin(keep: 1);
        var shared = scope.Store.Put(Blob(1));
        for (var step = 1UL; step <= 5; step++)
        {
            scope.Store.Commit(Manifest(step, 1, shared, scope.Store.Put(Blob(100 + step))));
        }

        Assert.Equal(Blob(1), scope.Store.Get(shared));
    }

    [SkippableFact]
    public void What_the_next_checkpoint_has_put_already_is_never_removed()
    {
        using var scope = Begin(keep: 1);
        Checkpoint(scope.Store, 1);
        var early = scope.Store.Put(Blob(77));
        Checkpoint(scope.Store, 2); // overtakes it
        var late = scope.Store.Put(Blob(78));

        scope.Store.Commit(Manifest(3, 1, early, late));

        Assert.Equal(Blob(77), scope.Store.Get(early));
    }

    [SkippableFact]
    public void A_retired_blob_that_was_put_again_is_never_removed()
    {
        using var scope = Begin(keep: 1);
        var returning = scope.Store.Put(Blob(77));
        scope.Store.Commit(Manifest(1, 1, returning));
        Checkpoint(scope.Store, 2); // retires it
        scope.Store.Put(Blob(77));
        Checkpoint(scope.Store, 3);

        scope.Store.Commit(Manifest(4, 1, returning));

        Assert.Equal(Blob(77), scope.Store.Get(returning));
    }

    [SkippableFact]
    public void What_was_given_up_goes_with_later_checkpoints()
    {
        using var scope = Begin();
        var orphan = scope.Store.Put(Blob(77));
        Checkpoint(scope.Store, 1);
        Checkpoint(scope.Store, 2);

        Refused(Refusal.Missing, () => scope.Store.Get(orphan));
    }

    [SkippableFact]
    public void What_an_older_term_left_unfinished_goes_with_it()
    {
        using var scope = Begin();
        var manifest = Checkpoint(scope.Store, 1);
        var orphan = scope.Store.Put(Blob(77));

        scope.Store.RaiseTerm();

        Refused(Refusal.Missing, () => scope.Store.Get(orphan));
        Assert.All(manifest.Blobs, blob => Assert.Equal(blob.Hash, BlobHash.Of(scope.Store.Get(blob.Hash))));
        AssertSame(manifest, scope.Store.ReadNewest());
    }

    [SkippableFact]
    public void An_older_term_cannot_commit()
    {
        using var scope = Begin();
        var manifest = Checkpoint(scope.Store, 1);
        scope.Store.RaiseTerm();

        var error = Refused(Refusal.OlderTerm, () => scope.Store.Commit(manifest with { Step = 2 }));

        Assert.Contains("term 2", error.Message, StringComparison.Ordinal);
        AssertSame(manifest, scope.Store.ReadNewest());
    }

    [SkippableFact]
    public void A_writer_of_an_older_term_stores_no_blob()
    {
        using var scope = Begin(terms: 2);

        var error = Refused(Refusal.OlderTerm, () => scope.Store.Put(Blob(1), new Term(1)));
        Refused(Refusal.OlderTerm, () => scope.Store.Put([Blob(2), Blob(3)], new Term(1)));

        Assert.Contains("term 2", error.Message, StringComparison.Ordinal);
        Assert.All([1UL, 2UL, 3UL], tag => Refused(Refusal.Missing, () => scope.Store.Get(BlobHash.Of(Blob(tag)))));
    }

    [SkippableFact]
    public void A_writer_of_the_newest_term_or_of_none_stores_blobs()
    {
        using var scope = Begin(terms: 2);

        Assert.Equal(Blob(1), scope.Store.Get(scope.Store.Put(Blob(1), new Term(2))));
        Assert.Equal(Blob(2), scope.Store.Get(scope.Store.Put(Blob(2), null)));
        Assert.Equal(Blob(3), scope.Store.Get(scope.Store.Put([Blob(3)], new Term(2))[0]));
    }

    [SkippableFact]
    public void A_writer_of_an_older_term_is_refused_bytes_that_are_there()
    {
        using var scope = Begin(terms: 2);
        scope.Store.Put(Blob(1), new Term(2));

        Refused(Refusal.OlderTerm, () => scope.Store.Put(Blob(1), new Term(1)));
    }

    [SkippableFact]
    public void A_term_that_was_never_given_out_cannot_commit()
    {
        using var scope = Begin();

        Refused(Refusal.Unfit, () => scope.Store.Commit(Manifest(1, 2)));
    }

    [SkippableFact]
    public void A_manifest_with_a_missing_blob_is_refused_and_changes_nothing()
    {
        using var scope = Begin(keep: 1);
        var manifest = Checkpoint(scope.Store, 1);

        var error = Refused(Refusal.Missing, () => scope.Store.Commit(Manifest(2, 1, scope.Store.Put(Blob(5)), BlobHash.Of(Blob(6)))));

        Assert.Contains("'T1'", error.Message, StringComparison.Ordinal);
        AssertSame(manifest, scope.Store.ReadNewest());
        Assert.All(manifest.Blobs, blob => scope.Store.Get(blob.Hash));
        Assert.Equal(Blob(5), scope.Store.Get(BlobHash.Of(Blob(5))));
    }

    [SkippableFact]
    public void The_same_manifest_again_is_no_error_also_after_a_newer_one()
    {
        using var scope = Begin();
        var first = Checkpoint(scope.Store, 1);
        scope.Store.Commit(first);
        var second = Checkpoint(scope.Store, 2);

        scope.Store.Commit(first);
        scope.Store.Commit(second);

        AssertSame(second, scope.Store.ReadNewest());
        Assert.Equal(2, scope.Store.ReadAll().Count);
    }

    [SkippableFact]
    public void A_late_repeat_of_a_retired_manifest_does_not_become_the_newest()
    {
        using var scope = Begin(keep: 1);
        var shared = scope.Store.Put(Blob(1));
        scope.Store.Commit(Manifest(1, 1, shared));
        scope.Store.Commit(Manifest(2, 1, shared));

        Refused(Refusal.OutOfStep, () => scope.Store.Commit(Manifest(1, 1, shared)));

        Assert.Equal(2UL, scope.Store.ReadNewest()!.Step);
    }

    [SkippableFact]
    public void A_newer_term_may_go_back_to_an_earlier_step()
    {
        using var scope = Begin();
        Checkpoint(scope.Store, 20);
        scope.Store.RaiseTerm();

        var manifest = Checkpoint(scope.Store, 15);

        AssertSame(manifest, scope.Store.ReadNewest());
        Assert.Equal([15UL, 20UL], scope.Store.ReadAll().Select(kept => kept.Step));
    }

    [SkippableFact]
    public void Of_one_step_only_the_newest_manifest_is_kept_and_the_one_of_another_step_stays()
    {
        using var scope = Begin();
        var older = Checkpoint(scope.Store, 10);
        Checkpoint(scope.Store, 20);
        scope.Store.RaiseTerm();

        var again = Checkpoint(scope.Store, 20);

        Assert.Equal([(2UL, 20UL), (1UL, 10UL)], scope.Store.ReadAll().Select(kept => (kept.Term, kept.Step)));
        AssertSame(again, scope.Store.ReadNewest());
        Assert.All(older.Blobs, blob => Assert.NotEmpty(scope.Store.Get(blob.Hash)));
    }

    [SkippableFact]
    public void The_newest_manifest_but_those_that_cannot_be_used_is_the_one_before_them()
    {
        using var scope = Begin();
        var older = Checkpoint(scope.Store, 10);
        var newest = Checkpoint(scope.Store, 20);

        AssertSame(newest, scope.Store.ReadNewest([]));
        AssertSame(newest, scope.Store.ReadNewest([older]));
        AssertSame(older, scope.Store.ReadNewest([newest]));
        Assert.Null(scope.Store.ReadNewest([newest, older]));
    }

    [SkippableFact]
    public void At_least_one_checkpoint_is_kept() => Assert.Throws<ArgumentOutOfRangeException>(() => Begin(keep: 0));

    private protected abstract Scope Begin(int keep = 2, int terms = 1);

    /// <summary>A store for one test.</summary>
    private protected sealed class Scope : IDisposable
    {
        private readonly IDisposable[] _parts;

        public Scope(IRunStore store, int terms, params IDisposable[] parts)
        {
            Store = store;
            _parts = parts;
            for (var i = 0; i < terms; i++)
            {
                store.RaiseTerm();
            }
        }

        public IRunStore Store { get; }

        public void Dispose()
        {
            foreach (var part in _parts)
            {
                part.Dispose();
            }
        }
    }
}
