using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

public sealed class SqliteFullDiskTests : IDisposable
{
    private const long Unlimited = 1L << 30;
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteRunStore _store;

    public SqliteFullDiskTests()
    {
        _store = SqliteRunStore.Create(_folder.File(SqliteRunStore.FileName), Identity);
        _store.RaiseTerm();
    }

    [Fact]
    public void A_full_disk_leaves_older_checkpoints_good_and_later_attempts_succeed()
    {
        var manifest = Checkpoint(_store, 1, blobs: 3, length: 100_000);
        _store.LimitPages(1);

        var error = Refused(Refusal.Full, () => Checkpoint(_store, 2, blobs: 3, length: 100_000));
        Assert.Contains("no room", error.Message, StringComparison.Ordinal);
        Assert.Contains(_store.Path, error.Message, StringComparison.Ordinal);
        AssertGood(manifest);
        using (var reader = SqliteRunStore.OpenReadOnly(_store.Path))
        {
            AssertSame(manifest, reader.ReadNewest());
        }

        _store.LimitPages(Unlimited);
        AssertGood(Checkpoint(_store, 2, blobs: 3, length: 100_000));
    }

    [Fact]
    public void Of_several_blobs_none_is_stored_where_one_does_not_fit()
    {
        _store.LimitPages(20);
        ReadOnlyMemory<byte>[] blobs = [Blob(1, 10), Blob(2, 1_000_000)];

        Refused(Refusal.Full, () => _store.Put(blobs));

        Refused(Refusal.Missing, () => _store.Get(BlobHash.Of(blobs[0].Span)));
        _store.LimitPages(Unlimited);
        Assert.Equal(2, _store.Put(blobs).Count);
    }

    [Fact]
    public void A_manifest_that_does_not_fit_changes_nothing()
    {
        var manifest = Checkpoint(_store, 1);
        var hash = _store.Put(Blob(9));
        _store.LimitPages(1);
        var large = Manifest(2, 1, Enumerable.Repeat(hash, 2000));

        Refused(Refusal.Full, () => _store.Commit(large));

        AssertGood(manifest);
        Assert.Equal(Blob(9), _store.Get(hash));
        _store.LimitPages(Unlimited);
        _store.Commit(large);
        AssertSame(large, _store.ReadNewest());
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    private void AssertGood(RunManifest manifest)
    {
        AssertSame(manifest, _store.ReadNewest());
        Assert.All(manifest.Blobs, blob => Assert.Equal(blob.Hash, BlobHash.Of(_store.Get(blob.Hash))));
    }
}
