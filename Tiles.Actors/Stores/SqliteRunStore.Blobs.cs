using System.Buffers;
using System.Security.Cryptography;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <content>Blobs: written and read in place, without passing through a copy of SQLite's.</content>
public sealed partial class SqliteRunStore
{
    private const int PieceBytes = 128 << 10;
    private const int CompareBytes = 1 << 18;

    /// <summary>Largest blob: SQLite's limit of a row, less what else is in it.</summary>
    internal int BlobBytesMax { get; set; } = 1_000_000_000 - 4096;

    /// <inheritdoc/>
    public BlobHash Put(ReadOnlyMemory<byte> bytes, Term? writer = null) => Put([bytes], writer)[0];

    /// <inheritdoc/>
    public IReadOnlyList<BlobHash> Put(IReadOnlyList<ReadOnlyMemory<byte>> blobs, Term? writer = null)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        RequireWritable();
        foreach (var blob in blobs)
        {
            RequireSize(blob.Length);
        }

        var hashes = blobs.Select(blob => BlobHash.Of(blob.Span)).ToList(); // before the transaction: readers wait for that one
        return _session.Write("store blobs", () =>
        {
            var meta = StoreMeta.Read(_session);
            CommitRules.RequireWriter(writer, meta.Term, Source);
            for (var i = 0; i < blobs.Count; i++)
            {
                PutOne(hashes[i], blobs[i].Span, meta.Generation);
            }

            return hashes;
        });
    }

    /// <inheritdoc/>
    public byte[] Get(BlobHash hash)
    {
        var (bytes, seen) = _session.Read("read a blob", () => Find(hash) is { } row ? ReadOne(row) : throw NotThere(hash));
        return seen == hash ? bytes : throw CommitRules.Damaged(hash, seen, bytes.Length, Source);
    }

    /// <summary>Reads and hashes piece by piece, while each piece is still in the processor's cache.</summary>
    private (byte[] Bytes, BlobHash Hash) ReadOne(BlobRow row)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)row.Length));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (bytes.Length > 0)
        {
            using var blob = _session.OpenBlob(row.Id, readOnly: true);
            for (var first = 0; first < bytes.Length; first += PieceBytes)
            {
                var piece = bytes.AsSpan(first, Math.Min(PieceBytes, bytes.Length - first));
                blob.ReadExactly(piece);
                hash.AppendData(piece);
            }
        }

        return (bytes, new BlobHash(Convert.ToHexStringLower(hash.GetHashAndReset())));
    }

    private StoreException NotThere(BlobHash hash) => IsNamed(hash)
        ? new StoreException(
            Refusal.Damaged,
            $"{Source} lost blob {hash}, which one of its checkpoints names: the file was damaged. "
            + "Restore it from a backup or train the run again.")
        : CommitRules.Missing(hash, Source);

    private void PutOne(BlobHash hash, ReadOnlySpan<byte> bytes, long generation)
    {
        if (Find(hash) is { } row)
        {
            if (row.Length == bytes.Length && Holds(row.Id, bytes))
            {
                if (row.Generation != generation)
                {
                    _session.Execute("UPDATE blobs SET generation = $generation WHERE rowid = $id", ("$generation", generation), ("$id", row.Id));
                }

                return;
            }

            _session.Execute("DELETE FROM blobs WHERE rowid = $id", ("$id", row.Id)); // damaged: to be written again
        }

        _session.Execute(
            "INSERT INTO blobs(sha256, generation, bytes) VALUES($sha256, $generation, zeroblob($length))",
            ("$sha256", hash.Hex), ("$generation", generation), ("$length", bytes.Length));
        if (bytes.Length > 0)
        {
            using var blob = _session.OpenBlob(_session.LastRow, readOnly: false); // a bound parameter would be copied: 8 to 36 % slower
            blob.Write(bytes);
        }
    }

    private BlobRow? Find(BlobHash hash)
    {
        var rows = _session.Query(
            "SELECT rowid, generation, length(bytes) FROM blobs WHERE sha256 = $sha256",
            row => new BlobRow(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)),
            ("$sha256", hash.Hex));
        return rows.Count == 0 ? null : rows[0];
    }

    private bool IsNamed(BlobHash hash) =>
        _session.Query("SELECT position FROM named WHERE sha256 = $sha256", row => row.GetInt64(0), ("$sha256", hash.Hex)).Count > 0;

    /// <summary>
    /// Whether a row has these bytes still: confirming a blob that has rotten would be a lie, and comparing costs less than writing.
    /// </summary>
    private bool Holds(long row, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
        {
            return true;
        }

        using var blob = _session.OpenBlob(row, readOnly: true);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(CompareBytes, bytes.Length));
        try
        {
            while (bytes.Length > 0)
            {
                var part = buffer.AsSpan(0, Math.Min(buffer.Length, bytes.Length));
                blob.ReadExactly(part);
                if (!part.SequenceEqual(bytes[..part.Length]))
                {
                    return false;
                }

                bytes = bytes[part.Length..];
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void RequireSize(int length)
    {
        if (length > BlobBytesMax)
        {
            throw new StoreException(
                Refusal.Unfit,
                $"A blob of {length} bytes does not fit into {Source}, which holds blobs of up to {BlobBytesMax} bytes. "
                + "Use smaller tiles or split the layer.");
        }
    }

    private readonly record struct BlobRow(long Id, long Generation, long Length);
}
