using Tessera.Actors.Stores;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Tests.Support;

/// <summary>A store in memory that says when its first manifest is committed.</summary>
internal sealed class WatchedStore : IRunStore
{
    private readonly MemoryRunStore _store = new();

    /// <summary>Set once a manifest is there.</summary>
    public ManualResetEventSlim Committed { get; } = new();

    public Term CurrentTerm => _store.CurrentTerm;

    public Term RaiseTerm() => _store.RaiseTerm();

    public BlobHash Put(ReadOnlyMemory<byte> bytes, Term? writer = null) => _store.Put(bytes, writer);

    public IReadOnlyList<BlobHash> Put(IReadOnlyList<ReadOnlyMemory<byte>> blobs, Term? writer = null) => _store.Put(blobs, writer);

    public byte[] Get(BlobHash hash) => _store.Get(hash);

    public void Commit(RunManifest manifest)
    {
        _store.Commit(manifest);
        Committed.Set();
    }

    public RunManifest? ReadNewest() => _store.ReadNewest();

    public RunManifest? ReadNewest(IReadOnlyList<RunManifest> unusable) => _store.ReadNewest(unusable);

    public IReadOnlyList<RunManifest> ReadAll() => _store.ReadAll();

    public RunManifest Read(StepId step) => _store.Read(step);
}
