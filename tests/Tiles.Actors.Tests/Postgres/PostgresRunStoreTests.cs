using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Postgres;

[Collection(PostgresCollection.Name)]
public class PostgresRunStoreTests
{
    private readonly PostgresFixture _postgres;

    public PostgresRunStoreTests(PostgresFixture postgres) => _postgres = postgres;

    [SkippableFact]
    public void A_flipped_bit_of_a_blob_is_noticed_and_mended_by_putting_it_again()
    {
        using var store = Begin(out var run);
        store.PieceBytes = 300;
        var hash = store.Put(Blob(1));
        Flip(run, piece: 2);

        Assert.Contains(hash.Hex, Refused(Refusal.Damaged, () => store.Get(hash)).Message, StringComparison.Ordinal);

        store.Put(Blob(1));
        Assert.Equal(Blob(1), store.Get(hash));
    }

    [SkippableTheory]
    [InlineData("DELETE FROM tessera.pieces p USING tessera.bodies b WHERE b.body = p.body AND b.run = '{0}' AND p.piece = 1")]
    [InlineData("INSERT INTO tessera.pieces SELECT body, 9, '\\x00' FROM tessera.bodies WHERE run = '{0}'")]
    [InlineData("UPDATE tessera.blobs SET length = 999 WHERE run = '{0}'")]
    public void A_blob_that_is_too_short_or_too_long_is_damaged(string damage)
    {
        using var store = Begin(out var run);
        store.PieceBytes = 300;
        var hash = store.Put(Blob(1));

        PostgresFixture.Execute(_postgres.ConnectionString, string.Format(System.Globalization.CultureInfo.InvariantCulture, damage, run));

        Refused(Refusal.Damaged, () => store.Get(hash));
        store.Put(Blob(1));
        Assert.Equal(Blob(1), store.Get(hash));
    }

    [SkippableFact]
    public void A_blob_of_a_checkpoint_that_is_gone_is_damage()
    {
        using var store = Begin(out var run);
        var manifest = Checkpoint(store, 1);

        PostgresFixture.Execute(_postgres.ConnectionString, $"DELETE FROM tessera.blobs WHERE run = '{run}'");

        Refused(Refusal.Damaged, () => store.Get(manifest.Blobs[0].Hash));
    }

    [SkippableTheory]
    [InlineData("UPDATE tessera.manifests SET json = set_byte(json, 20, get_byte(json, 20) # 1) WHERE run = '{0}'")]
    [InlineData("UPDATE tessera.manifests SET step = step + 1 WHERE run = '{0}'")]
    [InlineData("DELETE FROM tessera.manifests WHERE run = '{0}'")]
    [InlineData("UPDATE tessera.runs SET newest = '' WHERE run = '{0}'")]
    public void A_checkpoint_that_is_not_the_one_that_was_stored_is_damaged(string damage)
    {
        using var store = Begin(out var run);
        Checkpoint(store, 1);

        PostgresFixture.Execute(_postgres.ConnectionString, string.Format(System.Globalization.CultureInfo.InvariantCulture, damage, run));

        Refused(Refusal.Damaged, () => store.ReadNewest());
    }

    [SkippableFact]
    public void A_blob_of_20_megabytes_is_streamed()
    {
        using var store = Begin(out _);
        var blob = Blob(1, 20 << 20);
        var hash = store.Put(blob);
        store.Put(Blob(2)); // everything is compiled

        var before = GC.GetAllocatedBytesForCurrentThread();
        store.Put(blob, new Term(1)); // again: compared on the server
        var put = GC.GetAllocatedBytesForCurrentThread() - before;
        var read = store.Get(hash);
        var get = GC.GetAllocatedBytesForCurrentThread() - before - put;
        var other = Blob(3, 20 << 20);
        before = GC.GetAllocatedBytesForCurrentThread();
        store.Put(other);
        put += GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(blob.AsSpan().SequenceEqual(read));
        Assert.True(put < 2 << 20, $"storing took {put} bytes");
        Assert.True(get < (20 << 20) + (4 << 20), $"reading took {get} bytes");
    }

    [SkippableFact]
    public void Runs_of_one_database_do_not_see_each_other()
    {
        using var first = Begin(out _);
        using var second = Begin(out _);
        var manifest = Checkpoint(first, 1);
        var hash = first.Put(Blob(1));

        Refused(Refusal.Missing, () => second.Get(hash));
        Assert.Null(second.ReadNewest());
        second.Put(Blob(1));
        second.RaiseTerm();
        Checkpoint(second, 7);
        Checkpoint(second, 8);
        Checkpoint(second, 9);

        Assert.Equal(new Term(1), first.CurrentTerm);
        Assert.Equal(Blob(1), first.Get(hash));
        AssertSame(manifest, first.ReadNewest());
    }

    [SkippableFact]
    public void What_nobody_names_leaves_nothing_behind()
    {
        using var store = Begin(out var run);
        for (var step = 1UL; step <= 5; step++)
        {
            Checkpoint(store, step);
        }

        store.Put(Blob(77));
        PostgresFixture.Execute(_postgres.ConnectionString, $"INSERT INTO tessera.bodies(run, generation) VALUES('{run}', 0)"); // a writer that was killed
        store.RaiseTerm();

        Assert.Equal(2L * 3, Count("blobs", run));
        Assert.Equal(2L * 3, Count("bodies", run));
        Assert.Equal(2L, Count("manifests", run));
        Assert.Equal(2L * 3, Count("named", run));
    }

    [SkippableFact]
    public void A_run_is_begun_once_and_opened_by_its_own_experiment()
    {
        var run = _postgres.NewRun();
        Refused(Refusal.Missing, () => PostgresRunStore.Open(_postgres.ConnectionString, run));
        Refused(Refusal.Missing, () => PostgresRunStore.OpenReadOnly(_postgres.ConnectionString, run));
        using (var store = PostgresRunStore.OpenOrCreate(_postgres.ConnectionString, run, Identity))
        {
            store.RaiseTerm();
            Checkpoint(store, 5);
        }

        Refused(Refusal.Unfit, () => PostgresRunStore.Create(_postgres.ConnectionString, run, Identity));
        var other = Identity with { ConfigurationHash = BlobHash.Of([9]).Hex };
        var error = Refused(Refusal.Unfit, () => PostgresRunStore.OpenOrCreate(_postgres.ConnectionString, run, other));
        Assert.Contains(Identity.ConfigurationHash[..12], error.Message, StringComparison.Ordinal);
        Assert.Contains(other.ConfigurationHash[..12], error.Message, StringComparison.Ordinal);
        Assert.Contains("--run", error.Message, StringComparison.Ordinal);
        using var again = PostgresRunStore.OpenOrCreate(_postgres.ConnectionString, run, Identity);
        Assert.Equal(Identity, again.Identity);
        Assert.Equal(5UL, again.ReadNewest()!.Step);
        using var reader = PostgresRunStore.OpenReadOnly(_postgres.ConnectionString, run);
        Assert.Equal(5UL, reader.ReadNewest()!.Step);
        Refused(Refusal.Unavailable, () => reader.Put(Blob(1)));
        Refused(Refusal.Unavailable, () => reader.RaiseTerm());
        Refused(Refusal.Unavailable, () => reader.Commit(Manifest(6, 1)));
    }

    [SkippableFact]
    public void A_run_keeps_its_blobs_where_it_began_to()
    {
        using var folder = new TemporaryFolder();
        var (inside, outside) = (_postgres.NewRun(), _postgres.NewRun());
        PostgresRunStore.Create(_postgres.ConnectionString, inside, Identity).Dispose();
        PostgresRunStore.Create(_postgres.ConnectionString, outside, Identity, files: new DirectoryBlobStore(folder.Path)).Dispose();

        Refused(Refusal.Unfit, () => PostgresRunStore.Open(_postgres.ConnectionString, inside, files: new DirectoryBlobStore(folder.Path)));
        Refused(Refusal.Unfit, () => PostgresRunStore.Open(_postgres.ConnectionString, outside));
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("a b")]
    [InlineData("a/b")]
    public void A_name_that_cannot_be_one_is_refused(string run) =>
        Refused(Refusal.Unfit, () => PostgresRunStore.Create(_postgres.ConnectionString, run, Identity));

    [SkippableFact]
    public void The_history_keeps_what_was_retired()
    {
        using var store = Begin(out var run);
        using var plane = new PostgresControlPlane(_postgres.ConnectionString, run);
        var peer = plane.Admit("leader");
        var first = Checkpoint(store, 1);
        var term = plane.Lead(peer)!.Value;
        var later = Enumerable.Range(2, 4).Select(step => Checkpoint(store, (ulong)step)).ToList();
        store.Commit(later[^1]);

        var history = PostgresHistory.Read(_postgres.ConnectionString, run);

        Assert.Equal(
            new[] { first }.Concat(later).Select(manifest =>
                (manifest.Step, manifest.Term, BlobHash.Of(ManifestCodec.Write(manifest)), manifest.Term == term.Value ? peer : (PeerId?)null)),
            history.Commits.Select(commit => (commit.Step.Value, commit.Term.Value, commit.Manifest, commit.Peer)));
        Assert.Equal([(new Term(1), null, ""), (term, (PeerId?)peer, "leader")], history.Grants.Select(grant => (grant.Term, grant.Peer, grant.Name)));
        Assert.Equal(history.Commits.Select(commit => commit.Position).Order(), history.Commits.Select(commit => commit.Position));
        Refused(Refusal.Missing, () => PostgresHistory.Read(_postgres.ConnectionString, "no-such-run"));
    }

    [SkippableFact]
    public void Metrics_and_outcome_of_a_run_are_kept()
    {
        var run = _postgres.NewRun();
        using (var log = new PostgresRunLog(_postgres.ConnectionString, run))
        {
            Assert.Empty(log.ReadAll());
            Assert.Null(log.ReadOutcome());
            log.Append(new StepId(20), 2, "{\"loss\":2}");
            log.Append(new StepId(10), 1, "{\"loss\":3}");
            log.Append(new StepId(20), 2, "{\"loss\":1}");
            log.SetOutcome("{\"state\":\"failed\"}");
            log.SetOutcome("{\"state\":\"finished\"}");
        }

        using var again = new PostgresRunLog(_postgres.ConnectionString, run);
        Assert.Equal([new EpochRecord(new StepId(10), 1, "{\"loss\":3}"), new EpochRecord(new StepId(20), 2, "{\"loss\":1}")], again.ReadAll());
        Assert.Equal("{\"state\":\"finished\"}", again.ReadOutcome());
    }

    private PostgresRunStore Begin(out string run)
    {
        run = _postgres.NewRun();
        var store = PostgresRunStore.Create(_postgres.ConnectionString, run, Identity);
        store.RaiseTerm();
        return store;
    }

    private void Flip(string run, int piece) => Assert.Equal(1, PostgresFixture.Execute(
        _postgres.ConnectionString,
        "UPDATE tessera.pieces p SET bytes = set_byte(bytes, 7, get_byte(bytes, 7) # 4) FROM tessera.bodies b "
        + $"WHERE b.body = p.body AND b.run = '{run}' AND piece = {piece}"));

    private object? Count(string table, string run) =>
        PostgresFixture.Scalar(_postgres.ConnectionString, $"SELECT count(*) FROM tessera.{table} WHERE run = '{run}'");
}
