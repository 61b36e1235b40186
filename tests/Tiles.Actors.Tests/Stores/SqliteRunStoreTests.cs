using Microsoft.Data.Sqlite;
using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

public sealed class SqliteRunStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File(SqliteRunStore.FileName);

    [Fact]
    public void A_run_goes_on_where_it_was_closed()
    {
        RunManifest manifest;
        using (var store = SqliteRunStore.Create(Path, Identity))
        {
            store.RaiseTerm();
            manifest = Checkpoint(store, 5);
        }

        using var again = SqliteRunStore.Open(Path);
        Assert.Equal(Identity, again.Identity);
        Assert.Equal(new Term(1), again.CurrentTerm);
        Assert.Equal(new Term(2), again.RaiseTerm());
        AssertSame(manifest, again.ReadNewest());
        Assert.All(manifest.Blobs, blob => Assert.Equal(blob.Hash, BlobHash.Of(again.Get(blob.Hash))));
        Assert.Equal(6UL, Checkpoint(again, 6).Step);
    }

    [Fact]
    public void A_run_is_not_begun_over_another()
    {
        SqliteRunStore.Create(Path, Identity).Dispose();

        var error = Refused(Refusal.Unfit, () => SqliteRunStore.Create(Path, Identity));

        Assert.Contains(Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_beginning_that_was_interrupted_can_be_repeated()
    {
        File.WriteAllBytes(Path, []);

        Refused(Refusal.Missing, () => SqliteRunStore.Open(Path));
        Refused(Refusal.Missing, () => SqliteRunStore.OpenReadOnly(Path));
        using var store = SqliteRunStore.Create(Path, Identity);

        Assert.Null(store.ReadNewest());
    }

    [Fact]
    public void A_file_that_is_not_there_is_missing_and_stays_so()
    {
        Refused(Refusal.Missing, () => SqliteRunStore.Open(Path));
        Refused(Refusal.Missing, () => SqliteRunStore.OpenReadOnly(Path));

        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void A_newer_format_is_refused_by_its_number()
    {
        SqliteRunStore.Create(Path, Identity, keep: 2, format: 2).Dispose();

        var error = Refused(Refusal.Damaged, () => SqliteRunStore.Open(Path));

        Assert.Contains("format 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("newer one", error.Message, StringComparison.Ordinal);
        Refused(Refusal.Damaged, () => SqliteRunStore.OpenReadOnly(Path));
    }

    [Fact]
    public void A_reader_reads_and_cannot_write()
    {
        using var writer = SqliteRunStore.Create(Path, Identity);
        writer.RaiseTerm();
        var manifest = Checkpoint(writer, 1);

        using var reader = SqliteRunStore.OpenReadOnly(Path);
        AssertSame(manifest, reader.ReadNewest());
        AssertSame(manifest, reader.Read(new StepId(1)));
        Assert.All(manifest.Blobs, blob => reader.Get(blob.Hash));
        Assert.Contains("read only", Refused(Refusal.Unavailable, () => reader.Put(Blob(1))).Message, StringComparison.Ordinal);
        Refused(Refusal.Unavailable, () => reader.Commit(manifest));
        Refused(Refusal.Unavailable, () => reader.RaiseTerm());

        var next = Checkpoint(writer, 2);
        AssertSame(next, reader.ReadNewest());
        Assert.Equal(2, reader.ReadAll().Count);
    }

    [Fact]
    public void A_reader_sees_the_state_before_a_write_until_it_is_complete()
    {
        using var writer = SqliteRunStore.Create(Path, Identity);
        writer.RaiseTerm();
        var manifest = Checkpoint(writer, 1);
        using var connection = Connect();
        Execute(connection, "BEGIN IMMEDIATE");
        Execute(connection, "DELETE FROM manifests");

        using var reader = SqliteRunStore.OpenReadOnly(Path);

        AssertSame(manifest, reader.ReadNewest());
        Execute(connection, "ROLLBACK");
    }

    [Fact]
    public void A_blob_above_the_limit_is_refused_and_says_so()
    {
        using var store = SqliteRunStore.Create(Path, Identity);
        Assert.InRange(store.BlobBytesMax, 999_000_000, 1_000_000_000);
        store.BlobBytesMax = 1000;

        var error = Refused(Refusal.Unfit, () => store.Put([Blob(1, 10), Blob(2, 1001)]));

        Assert.Contains("1001 bytes", error.Message, StringComparison.Ordinal);
        Refused(Refusal.Missing, () => store.Get(BlobHash.Of(Blob(1, 10))));
        Assert.Equal(Blob(3, 1000), store.Get(store.Put(Blob(3, 1000))));
    }

    [Fact]
    public void A_manifest_of_another_configuration_is_refused()
    {
        using var store = SqliteRunStore.Create(Path, Identity);
        store.RaiseTerm();

        Refused(Refusal.Unfit, () => store.Commit(Manifest(1, 1) with { ConfigurationHash = BlobHash.Of([9]).Hex }));
    }

    [Fact]
    public void A_damaged_blob_is_written_anew_when_it_is_put_again()
    {
        using var store = SqliteRunStore.Create(Path, Identity);
        var hash = store.Put(Blob(1));
        using (var connection = Connect())
        {
            Execute(connection, "UPDATE blobs SET bytes = zeroblob(1000)");
        }

        Refused(Refusal.Damaged, () => store.Get(hash));
        store.Put(Blob(1));

        Assert.Equal(Blob(1), store.Get(hash));
    }

    [Fact]
    public void A_blob_that_a_checkpoint_names_and_the_file_lost_is_damage()
    {
        using var store = SqliteRunStore.Create(Path, Identity);
        store.RaiseTerm();
        var manifest = Checkpoint(store, 1);
        using (var connection = Connect())
        {
            Execute(connection, "DELETE FROM blobs");
        }

        Refused(Refusal.Damaged, () => store.Get(manifest.Blobs[0].Hash));
    }

    [Theory]
    [InlineData("UPDATE meta SET value = '7' WHERE key = 'term'")]
    [InlineData("UPDATE meta SET value = '0' WHERE key = 'generation'")]
    [InlineData("DELETE FROM meta WHERE key = 'newest'")]
    [InlineData("DELETE FROM meta WHERE key = 'checksum'")]
    [InlineData("DELETE FROM manifests WHERE step = 2")]
    [InlineData("DELETE FROM manifests")]
    [InlineData("UPDATE manifests SET step = 9 WHERE step = 1")]
    [InlineData("UPDATE manifests SET step = 0 WHERE step = 2")]
    [InlineData("UPDATE manifests SET json = CAST('{}' AS BLOB)")]
    [InlineData("UPDATE manifests SET term = 'x'")]
    [InlineData("DROP TABLE meta")]
    [InlineData("DROP TABLE manifests")]
    public void A_state_that_was_tampered_with_is_damaged(string sql)
    {
        using (var store = SqliteRunStore.Create(Path, Identity))
        {
            store.RaiseTerm();
            Checkpoint(store, 1);
            Checkpoint(store, 2);
        }

        using (var connection = Connect())
        {
            Execute(connection, sql);
        }

        Refused(Refusal.Damaged, () =>
        {
            using var store = SqliteRunStore.OpenReadOnly(Path);
            store.ReadNewest();
        });
    }

    [Fact]
    public void Room_of_retired_checkpoints_is_used_again()
    {
        using var store = SqliteRunStore.Create(Path, Identity);
        store.RaiseTerm();
        for (var step = 1UL; step <= 4; step++)
        {
            Checkpoint(store, step, blobs: 4, length: 200_000);
        }

        var size = store.SizeOnDisk;
        for (var step = 5UL; step <= 12; step++)
        {
            Checkpoint(store, step, blobs: 4, length: 200_000);
        }

        Assert.InRange(size, 3 * 800_000, 5 * 800_000);
        Assert.Equal(size, store.SizeOnDisk);
    }

    public void Dispose() => _folder.Dispose();

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
