using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Simulation;

/// <summary>
/// Blobs on a disk that knows what is durable: a write that is under way when the power fails is gone, or leaves its beginning and garbage
/// under the name of the whole.
/// </summary>
internal sealed class SimulatedDisk
{
    private readonly Dictionary<BlobHash, StoredBlob> _byHash = [];
    private readonly List<StoredBlob> _inOrder = []; // in order of being put first: the only order in which they are walked
    private readonly HashSet<BlobHash> _stored = []; // whatever was durable once, retired or damaged since or not
    private long _generation; // manifests committed

    /// <summary>Blobs, damaged ones included.</summary>
    public int Count => _inOrder.Count;

    /// <summary>What is under a name: null where there is nothing.</summary>
    public byte[]? Read(BlobHash hash) => _byHash.GetValueOrDefault(hash)?.Bytes;

    /// <summary>Whether a blob is durable and as it was written.</summary>
    public bool IsIntact(BlobHash hash) => Read(hash) is { } bytes && BlobHash.Of(bytes) == hash;

    /// <summary>Whether a blob was ever durable, though it may be retired or damaged since.</summary>
    public bool WasStored(BlobHash hash) => _stored.Contains(hash);

    /// <summary>Begins to write; cheap where the bytes are there.</summary>
    public void BeginWrite(BlobHash hash, byte[] bytes)
    {
        var blob = Entry(hash);
        blob.Generation = _generation;
        blob.Writing = IsIntact(hash) ? null : bytes;
    }

    /// <summary>The bytes are durable.</summary>
    public void EndWrite(BlobHash hash, byte[] bytes)
    {
        var blob = Entry(hash);
        blob.Generation = _generation;
        blob.Bytes = bytes;
        blob.Writing = null;
        _stored.Add(hash);
    }

    /// <summary>The write was given up without a trace.</summary>
    public void CancelWrite(BlobHash hash)
    {
        if (_byHash.TryGetValue(hash, out var blob))
        {
            blob.Writing = null;
            if (blob.Bytes is null)
            {
                Remove(blob);
            }
        }
    }

    /// <summary>The power fails.</summary>
    public void Tear(SimulationRandom random)
    {
        for (var i = _inOrder.Count - 1; i >= 0; i--)
        {
            var blob = _inOrder[i];
            if (blob.Writing is { } bytes)
            {
                if (random.Below(2) == 0)
                {
                    blob.Bytes = Torn(bytes, random);
                }

                CancelWrite(blob.Hash);
            }
        }
    }

    /// <summary>Flips a bit for good.</summary>
    public bool Damage(BlobHash hash, SimulationRandom random)
    {
        if (Read(hash) is not { Length: > 0 } bytes)
        {
            return false;
        }

        var damaged = (byte[])bytes.Clone();
        damaged[random.Below(damaged.Length)] ^= (byte)(1 << random.Below(8));
        _byHash[hash].Bytes = damaged;
        return true;
    }

    /// <summary>A manifest was committed: removes blobs that none of those kept names, unless they were put since the commit before.</summary>
    public void Retire(IReadOnlyList<RunManifest> kept)
    {
        var named = new HashSet<BlobHash>();
        foreach (var manifest in kept)
        {
            foreach (var blob in manifest.Blobs)
            {
                named.Add(blob.Hash);
            }
        }

        for (var i = _inOrder.Count - 1; i >= 0; i--)
        {
            var blob = _inOrder[i];
            if (blob.Generation < _generation && blob.Writing is null && !named.Contains(blob.Hash))
            {
                Remove(blob);
            }
        }

        _generation++;
    }

    /// <summary>The beginning alone, or the beginning and garbage up to the full length; never the whole.</summary>
    private static byte[] Torn(byte[] bytes, SimulationRandom random)
    {
        var written = random.Below(bytes.Length + 1);
        var torn = bytes.AsSpan(0, random.Below(2) == 0 ? written : bytes.Length).ToArray();
        for (var i = written; i < torn.Length; i++)
        {
            torn[i] = (byte)random.Below(256);
        }

        if (written == bytes.Length && written > 0)
        {
            torn[^1] ^= 0xFF;
        }

        return torn;
    }

    private StoredBlob Entry(BlobHash hash)
    {
        if (!_byHash.TryGetValue(hash, out var blob))
        {
            blob = new StoredBlob(hash);
            _byHash.Add(hash, blob);
            _inOrder.Add(blob);
        }

        return blob;
    }

    private void Remove(StoredBlob blob)
    {
        _byHash.Remove(blob.Hash);
        _inOrder.Remove(blob);
    }

    private sealed class StoredBlob(BlobHash hash)
    {
        public BlobHash Hash { get; } = hash;

        /// <summary>What is durable under the name.</summary>
        public byte[]? Bytes { get; set; }

        /// <summary>What is being written.</summary>
        public byte[]? Writing { get; set; }

        /// <summary>Manifests committed before it was put last.</summary>
        public long Generation { get; set; }
    }
}
