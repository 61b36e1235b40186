using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

public sealed class DirectoryBlobStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_blob_is_a_file_that_others_can_read()
    {
        var store = new DirectoryBlobStore(_folder.File("blobs"));

        var hash = store.Put(Blob(1));

        Assert.Equal(Blob(1), File.ReadAllBytes(Path.Combine(_folder.File("blobs"), hash.Hex[..2], hash.Hex + ".safetensors")));
        Assert.Equal(Blob(1), new DirectoryBlobStore(_folder.File("blobs")).Get(hash));
        Assert.Equal([hash], store.List());
        Assert.Equal(1000, store.LengthOf(hash));
        Assert.Single(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_file_that_has_rotten_is_damaged_and_mended_by_putting_it_again()
    {
        var store = new DirectoryBlobStore(_folder.Path);
        var hash = store.Put(Blob(1));
        var bytes = File.ReadAllBytes(store.PathOf(hash));
        bytes[500] ^= 1;
        File.WriteAllBytes(store.PathOf(hash), bytes);

        Refused(Refusal.Damaged, () => store.Get(hash));
        store.Put(Blob(1));

        Assert.Equal(Blob(1), store.Get(hash));
        File.WriteAllBytes(store.PathOf(hash), bytes[..100]);
        Refused(Refusal.Damaged, () => store.Get(hash));
    }

    [Fact]
    public void What_goes_is_missing()
    {
        var store = new DirectoryBlobStore(_folder.Path);
        var hash = store.Put(Blob(1));

        store.Delete(hash);
        store.Delete(hash);

        Refused(Refusal.Missing, () => store.Get(hash));
        Assert.Null(store.LengthOf(hash));
        Assert.Empty(store.List());
    }

    [Fact]
    public void What_a_killed_process_left_goes_after_a_day_and_other_files_stay()
    {
        var store = new DirectoryBlobStore(_folder.Path);
        var hash = store.Put(Blob(1));
        var old = store.PathOf(hash) + ".x-1-1.part";
        File.WriteAllText(old, "unfinished");
        File.SetLastWriteTimeUtc(old, DateTime.UnixEpoch);
        File.WriteAllText(_folder.File("young.part"), "being written");
        File.WriteAllText(_folder.File("notes.safetensors"), "of a person");

        store.DeleteUnfinished();

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(_folder.File("young.part")));
        Assert.Equal([hash], store.List());
    }

    [Fact]
    public void A_folder_that_cannot_be_is_unavailable()
    {
        File.WriteAllText(_folder.File("file"), "x");

        var error = Refused(Refusal.Unavailable, () => new DirectoryBlobStore(_folder.File("file")));

        Assert.Contains(_folder.File("file"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Processes_may_write_the_same_blob_at_once()
    {
        var hashes = new BlobHash[4];
        var threads = Enumerable.Range(0, hashes.Length)
            .Select(i => new Thread(() => hashes[i] = new DirectoryBlobStore(_folder.Path).Put(Blob(1, 100_000)))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Single(hashes.Distinct());
        Assert.Equal(Blob(1, 100_000), new DirectoryBlobStore(_folder.Path).Get(hashes[0]));
        Assert.Single(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    public void Dispose() => _folder.Dispose();
}
