using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

public class StoreServiceTests
{
    private readonly MemoryRunStore _store = new();
    private readonly StoreService _service;

    public StoreServiceTests()
    {
        _store.RaiseTerm();
        _service = new StoreService(_store);
    }

    [Fact]
    public void A_blob_is_stored_and_read()
    {
        var stored = Ask(Request(MessageKind.PutBlob) with { Blob = Blob(1) }, MessageKind.BlobStored);
        Assert.Equal(BlobHash.Of(Blob(1)), stored.Hash);
        Assert.Null(stored.Blob);

        var read = Ask(Request(MessageKind.GetBlob) with { Hash = stored.Hash }, MessageKind.BlobRead);
        Assert.Equal(Blob(1), read.Blob);
        Assert.Equal(stored.Hash, read.Hash);
    }

    [Fact]
    public void A_manifest_is_stored_and_read()
    {
        Assert.Null(Ask(Request(MessageKind.ReadManifest), MessageKind.ManifestRead).Body);
        var manifest = Manifest(5, 1, _store.Put(Blob(1)));

        Ask(Request(MessageKind.CommitManifest) with { Body = manifest }, MessageKind.ManifestStored);

        AssertSame(manifest, (RunManifest?)Ask(Request(MessageKind.ReadManifest), MessageKind.ManifestRead).Body);
    }

    [Fact]
    public void Trouble_of_the_store_is_answered_with_its_reason()
    {
        var missing = Ask(Request(MessageKind.GetBlob) with { Hash = BlobHash.Of(Blob(1)) }, MessageKind.StoreFailed);
        Assert.Equal(Refusal.Missing, missing.Refusal);
        Assert.Contains(BlobHash.Of(Blob(1)).Hex, missing.Detail, StringComparison.Ordinal);

        _store.RaiseTerm();
        Assert.Equal(Refusal.OlderTerm, Ask(Request(MessageKind.CommitManifest) with { Body = Manifest(1, 1) }, MessageKind.StoreFailed).Refusal);
    }

    [Theory]
    [InlineData(MessageKind.PutBlob)]
    [InlineData(MessageKind.GetBlob)]
    [InlineData(MessageKind.CommitManifest)]
    [InlineData(MessageKind.Forward)]
    public void A_request_without_its_part_is_unfit(MessageKind kind) =>
        Assert.Equal(Refusal.Unfit, Ask(Request(kind), MessageKind.StoreFailed).Refusal);

    private static Message Request(MessageKind kind) => new()
    {
        Kind = kind,
        To = Recipient.Store,
        From = Recipient.StoreClient,
        Operation = 17,
        Peer = new PeerId(3),
        Tile = new TileId(4),
        Term = new Term(5),
        Step = new StepId(6),
    };

    private Message Ask(Message request, MessageKind expected)
    {
        var answer = Assert.Single(MachineCall.Ask(_service, request));
        Assert.Equal(expected, answer.Kind);
        Assert.Equal(Recipient.StoreClient, answer.To);
        Assert.Equal(Recipient.Store, answer.From);
        Assert.Equal(
            (17UL, new PeerId(3), new TileId(4), new Term(5), new StepId(6)), (answer.Operation, answer.Peer, answer.Tile, answer.Term, answer.Step));
        return answer;
    }
}
