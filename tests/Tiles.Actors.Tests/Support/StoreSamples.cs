using Tessera.Actors.Stores;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Support;

/// <summary>Blobs and manifests of a small made-up run.</summary>
internal static class StoreSamples
{
    public static readonly RunIdentity Identity = new(BlobHash.Of([1]).Hex, RunManifest.CpuEngine, 3);

    /// <summary>Bytes that depend on the tag alone.</summary>
    public static byte[] Blob(ulong tag, int length = 1000)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            tag = (tag * 6364136223846793005) + 1442695040888963407;
            bytes[i] = (byte)(tag >> 56);
        }

        return bytes;
    }

    public static RunManifest Manifest(ulong step, ulong term, params IEnumerable<BlobHash> hashes) => new()
    {
        NumericsVersion = Identity.NumericsVersion,
        ConfigurationHash = Identity.ConfigurationHash,
        Step = step,
        Term = term,
        Blobs = [.. hashes.Select((hash, i) => new ManifestBlob("tile", $"T{i}", hash))],
    };

    /// <summary>Puts blobs of a step and commits their manifest.</summary>
    public static RunManifest Checkpoint(IRunStore store, ulong step, int blobs = 3, int length = 1000)
    {
        var hashes = Enumerable.Range(0, blobs).Select(i => store.Put(Blob((step * 1000) + (ulong)i, length))).ToList();
        var manifest = Manifest(step, store.CurrentTerm.Value, hashes);
        store.Commit(manifest);
        return manifest;
    }

    public static void AssertSame(RunManifest? expected, RunManifest? actual) =>
        Assert.Equal(expected is null ? null : ManifestCodec.Write(expected), actual is null ? null : ManifestCodec.Write(actual));

    public static StoreException Refused(Refusal refusal, Action action)
    {
        var error = Assert.Throws<StoreException>(action);
        Assert.True(refusal == error.Refusal, $"refused as {error.Refusal}, expected {refusal}: {error.Message}");
        return error;
    }
}
