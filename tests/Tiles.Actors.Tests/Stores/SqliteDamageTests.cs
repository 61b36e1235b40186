using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

public sealed class SqliteDamageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _file;
    private readonly RunManifest _older;
    private readonly RunManifest _newest;

    public SqliteDamageTests()
    {
        using (var store = SqliteRunStore.Create(_folder.File("good.db"), Identity))
        {
            store.RaiseTerm();
            _older = Checkpoint(store, 1, blobs: 3, length: 10_000);
            _newest = Checkpoint(store, 2, blobs: 3, length: 40_000);
        }

        _file = File.ReadAllBytes(_folder.File("good.db"));
    }

    [Theory]
    [InlineData(0, 1, 0x01)] // the header of the file
    [InlineData(0, 1, 0xFF)]
    [InlineData(100, 397, 0x01)] // everywhere
    [InlineData(313, 397, 0xFF)]
    public void A_flipped_byte_is_noticed_or_does_no_harm(int first, int stride, byte flip)
    {
        var noticed = 0;
        var last = stride == 1 ? 100 : _file.Length;
        for (var at = first; at < last; at += stride)
        {
            var bytes = (byte[])_file.Clone();
            bytes[at] ^= flip;
            noticed += ReadsDamaged(bytes, $"byte {at}") ? 1 : 0;
        }

        Assert.NotEqual(0, noticed);
    }

    [Fact]
    public void A_flipped_byte_of_a_manifest_term_or_blob_is_noticed()
    {
        foreach (var text in new[] { _newest.Blobs[0].Hash.Hex, Identity.ConfigurationHash })
        {
            var at = System.Text.Encoding.Latin1.GetString(_file).IndexOf(text, StringComparison.Ordinal);
            var bytes = (byte[])_file.Clone();
            bytes[at] ^= 1;

            Assert.True(ReadsDamaged(bytes, text));
        }

        var inBlob = (byte[])_file.Clone();
        inBlob[_file.AsSpan().IndexOf(Blob(2000, 40_000).AsSpan(0, 64))] ^= 1;
        Assert.True(ReadsDamaged(inBlob, "blob"));
    }

    [Fact]
    public void A_truncated_file_is_noticed()
    {
        for (var length = 1; length < _file.Length; length += 4093)
        {
            Assert.True(ReadsDamaged(_file[..length], $"length {length}"), $"a file cut to {length} of {_file.Length} bytes was taken for whole");
        }
    }

    [Theory]
    [InlineData("This is not a database, but a text that is long enough to hold the header of one, with a hundred bytes or more of it.")]
    [InlineData("x")]
    public void Something_else_is_refused_by_its_name(string text)
    {
        var path = _folder.File("other.db");
        File.WriteAllText(path, text);

        Assert.Contains(path, Refused(Refusal.Damaged, () => SqliteRunStore.Open(path)).Message, StringComparison.Ordinal);
        Refused(Refusal.Damaged, () => SqliteRunStore.OpenReadOnly(path));
        Refused(Refusal.Damaged, () => SqliteRunStore.Create(path, Identity));
        Assert.Equal(text, File.ReadAllText(path));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Whether reading fails; what is read nevertheless must be what was written.</summary>
    private bool ReadsDamaged(byte[] bytes, string what)
    {
        var path = _folder.File("damaged.db");
        File.WriteAllBytes(path, bytes);
        File.WriteAllBytes(path + "-journal", []);
        var noticed = false;
        Try(() =>
        {
            using var store = SqliteRunStore.OpenReadOnly(path);
            Try(() => Assert.Equal(1UL, store.CurrentTerm.Value));
            Try(() => AssertSame(_newest, store.ReadNewest()));
            Try(() => Assert.Equal([2UL, 1UL], store.ReadAll().Select(manifest => manifest.Step)));
            Try(() => AssertSame(_older, store.Read(new(1))));
            foreach (var blob in _older.Blobs.Concat(_newest.Blobs))
            {
                Try(() => Assert.Equal(blob.Hash, BlobHash.Of(store.Get(blob.Hash))));
            }
        });
        return noticed;

        void Try(Action read)
        {
            try
            {
                read();
            }
            catch (StoreException error)
            {
                Assert.True(error.Refusal == Refusal.Damaged, $"{what}: {error.Refusal}: {error.Message}");
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
                noticed = true;
            }
        }
    }
}
