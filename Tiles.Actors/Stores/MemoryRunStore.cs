using System.Runtime.InteropServices;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <summary>
/// A run's store for runs without a folder, in memory: nothing survives the process, everything else is as in <see cref="SqliteRunStore"/>. An array
/// that is put whole is kept, not copied, and handed out again: it must not be changed by anyone, and a change is noticed when it is read.
/// </summary>
public sealed class MemoryRunStore : IRunStore
{
    private const string Source = "The store in memory";
    private readonly Dictionary<BlobHash, Held> _blobs = [];
    private readonly List<Kept> _manifests = []; // oldest first
    private readonly int _keep;
    private ulong _generation;

    /// <summary>Creates an empty store.</summary>
    /// <param name="keep">Checkpoints to keep, 1 or more.</param>
    public MemoryRunStore(int keep = CommitRules.KeepByDefault) => _keep = CommitRules.RequireKeep(keep);

    /// <inheritdoc/>
    public Term CurrentTerm { get; private set; }

    /// <inheritdoc/>
    public Term RaiseTerm()
    {
        CurrentTerm = new Term(CurrentTerm.Value + 1);
        Sweep(ulong.MaxValue);
        return CurrentTerm;
    }

    /// <inheritdoc/>
    public BlobHash Put(ReadOnlyMemory<byte> bytes, Term? writer = null)
    {
        CommitRules.RequireWriter(writer, CurrentTerm, Source);
        var hash = BlobHash.Of(bytes.Span);
        _blobs[hash] = new Held(Whole(bytes), _generation);
        return hash;
    }

    /// <inheritdoc/>
    public IReadOnlyList<BlobHash> Put(IReadOnlyList<ReadOnlyMemory<byte>> blobs, Term? writer = null) =>
        [.. blobs.Select(blob => Put(blob, writer))];

    /// <inheritdoc/>
    public byte[] Get(BlobHash hash)
    {
        if (!_blobs.TryGetValue(hash, out var held))
        {
            throw CommitRules.Missing(hash, Source);
        }

        var seen = BlobHash.Of(held.Bytes);
        return seen == hash ? held.Bytes : throw CommitRules.Damaged(hash, seen, held.Bytes.Length, Source);
    }

    /// <inheritdoc/>
    public void Commit(RunManifest manifest)
    {
        CommitRules.RequireTerm(manifest, CurrentTerm, Source);
        var json = ManifestCodec.Write(manifest);
        if (_manifests.Exists(kept => kept.Json.AsSpan().SequenceEqual(json)))
        {
            return;
        }

        if (_manifests.Count > 0)
        {
            CommitRules.RequireOrder(manifest, new Term(_manifests[^1].Manifest.Term), new StepId(_manifests[^1].Manifest.Step), Source);
        }

        foreach (var blob in manifest.Blobs)
        {
            if (!_blobs.ContainsKey(blob.Hash))
            {
                throw CommitRules.MissingBlob(manifest, blob, Source);
            }
        }

        _manifests.RemoveAll(kept => kept.Manifest.Step == manifest.Step); // it shares its blobs
        _manifests.Add(new Kept(ManifestCodec.Read(json, Source), json));
        if (_manifests.Count > _keep)
        {
            _manifests.RemoveRange(0, _manifests.Count - _keep);
        }

        Sweep(_generation++);
    }

    /// <inheritdoc/>
    public RunManifest? ReadNewest() => _manifests.Count == 0 ? null : _manifests[^1].Manifest;

    /// <inheritdoc/>
    public RunManifest? ReadNewest(IReadOnlyList<RunManifest> unusable) => CommitRules.NewestBut(unusable, ReadAll());

    /// <inheritdoc/>
    public IReadOnlyList<RunManifest> ReadAll() => [.. _manifests.Select(kept => kept.Manifest).Reverse()];

    /// <inheritdoc/>
    public RunManifest Read(StepId step) => _manifests.FindLast(kept => kept.Manifest.Step == step.Value)?.Manifest
        ?? throw CommitRules.MissingStep(step, _manifests.Select(kept => kept.Manifest.Step), Source);

    private static byte[] Whole(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : bytes.ToArray();

    /// <summary>Removes blobs that no manifest names and that were put before a generation.</summary>
    private void Sweep(ulong generation)
    {
        var named = _manifests.SelectMany(kept => kept.Manifest.Blobs).Select(blob => blob.Hash).ToHashSet();
        foreach (var (hash, held) in _blobs.ToList())
        {
            if (held.Generation < generation && !named.Contains(hash))
            {
                _blobs.Remove(hash);
            }
        }
    }

    private sealed record Held(byte[] Bytes, ulong Generation);

    private sealed record Kept(RunManifest Manifest, byte[] Json);
}
