using System.Data;
using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;
using Tessera.Actors.Stores;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Postgres;

/// <content>
/// Blobs: first the bytes, in pieces, which hold up nobody; then one short transaction that checks the term again and gives them their name.
/// </content>
public sealed partial class PostgresRunStore
{
    private const int Attempts = 3;

    /// <summary>Bytes of a piece; tests make it small.</summary>
    internal int PieceBytes { get; set; } = 1 << 20;

    /// <inheritdoc/>
    public BlobHash Put(ReadOnlyMemory<byte> bytes, Term? writer = null) => Put([bytes], writer)[0];

    /// <inheritdoc/>
    public IReadOnlyList<BlobHash> Put(IReadOnlyList<ReadOnlyMemory<byte>> blobs, Term? writer = null)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        RequireWritable();
        var hashes = blobs.Select(blob => BlobHash.Of(blob.Span)).ToList();
        var distinct = new SortedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal); // every writer locks in one order
        for (var i = 0; i < blobs.Count; i++)
        {
            distinct[hashes[i].Hex] = blobs[i];
        }

        _session.Run("store blobs", () =>
        {
            for (var attempt = 1; !TryPut(distinct, writer); attempt++)
            {
                if (attempt == Attempts)
                {
                    throw new StoreException(
                        Refusal.Unavailable,
                        $"Cannot store blobs in {Source}: others removed them {Attempts} times while they were being written. It is tried again.");
                }
            }

            return true;
        });
        return hashes;
    }

    /// <inheritdoc/>
    public byte[] Get(BlobHash hash)
    {
        if (_files is not null)
        {
            return GetFile(hash, _files);
        }

        var (bytes, seen) = _session.Run("read a blob", () => ReadPieces(hash));
        return seen == hash ? bytes : throw CommitRules.Damaged(hash, seen, bytes.Length, Source);
    }

    /// <summary>Reads and hashes piece by piece into the one array that is handed out.</summary>
    private (byte[] Bytes, BlobHash Hash) ReadPieces(BlobHash hash)
    {
        using var command = _session.Command(
            "SELECT b.length, octet_length(p.bytes), p.bytes FROM tessera.blobs b LEFT JOIN tessera.pieces p ON p.body = b.body "
            + "WHERE b.run = $1 AND b.sha256 = $2 ORDER BY p.piece",
            Run, hash.Hex);
        using var reader = command.ExecuteReader(CommandBehavior.SequentialAccess);
        byte[]? bytes = null;
        var filled = 0;
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (reader.Read())
        {
            bytes ??= GC.AllocateUninitializedArray<byte>(checked((int)reader.GetInt64(0)));
            var count = reader.IsDBNull(1) ? 0 : reader.GetInt32(1);
            if (count > bytes.Length - filled)
            {
                filled += count; // more than were written: reported below
                break;
            }

            for (var read = 0; read < count;)
            {
                read += (int)reader.GetBytes(2, read, bytes, filled + read, count - read);
            }

            sum.AppendData(bytes.AsSpan(filled, count));
            filled += count;
        }

        reader.Dispose();
        if (bytes is null)
        {
            throw NotThere(hash);
        }

        return filled == bytes.Length
            ? (bytes, new BlobHash(Convert.ToHexStringLower(sum.GetHashAndReset())))
            : throw new StoreException(
                Refusal.Damaged,
                $"{Source} has {filled} or more bytes of blob {hash}, which has {bytes.Length}: the database was damaged. "
                + "Restore it from a backup or train the run again.");
    }

    private StoreException NotThere(BlobHash hash) =>
        _session.Query("SELECT position FROM tessera.named WHERE run = $1 AND sha256 = $2 LIMIT 1", row => row.GetInt64(0), Run, hash.Hex).Count > 0
            ? new StoreException(
                Refusal.Damaged,
                $"{Source} lost blob {hash}, which one of its checkpoints names: the database was damaged. "
                + "Restore it from a backup or train the run again.")
            : CommitRules.Missing(hash, Source);

    /// <returns>False where others removed meanwhile what it counted on.</returns>
    private bool TryPut(SortedDictionary<string, ReadOnlyMemory<byte>> blobs, Term? writer)
    {
        var run = ReadRun(string.Empty);
        CommitRules.RequireWriter(writer, run.Term, Source); // before the bytes travel; once more when they are there
        if (_files is not null)
        {
            return TryPutFiles(blobs, writer, _files);
        }

        var held = FindIntact(blobs);
        var missing = blobs.Where(blob => !held.ContainsKey(blob.Key)).ToList();
        var bodies = CreateBodies(run.Generation, missing.Count);
        try
        {
            Upload(bodies, missing);
            if (TryName(blobs, missing.Select(blob => blob.Key).ToList(), bodies, held, writer))
            {
                return true;
            }
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            return false; // a new term or two commits went by: the bodies were swept
        }
        catch (Exception error) when (error is StoreException or PostgresException)
        {
            TryDelete(bodies);
            throw;
        }

        TryDelete(bodies);
        return false;
    }

    /// <summary>
    /// Blobs that are there with these very bytes, and where: confirming one that has rotten would be a lie. The server hashes what it has, piece by
    /// piece, so that
    /// the bytes do not travel.
    /// </summary>
    private Dictionary<string, long> FindIntact(SortedDictionary<string, ReadOnlyMemory<byte>> blobs)
    {
        var rows = _session.Query(
            "SELECT sha256, body, length FROM tessera.blobs WHERE run = $1 AND sha256 = ANY($2) AND body IS NOT NULL",
            row => (Hash: row.GetString(0), Body: row.GetInt64(1), Length: row.GetInt64(2)),
            Run, blobs.Keys.ToArray());
        var pieces = rows.Count == 0 ? [] : _session.Query(
            "SELECT body, octet_length(bytes), sha256(bytes) FROM tessera.pieces WHERE body = ANY($1) ORDER BY body, piece",
            row => (Body: row.GetInt64(0), Length: row.GetInt32(1), Hash: row.GetFieldValue<byte[]>(2)),
            rows.Select(row => row.Body).ToArray());
        var byBody = pieces.ToLookup(piece => piece.Body);
        return rows.Where(row => row.Length == blobs[row.Hash].Length && IsIntact(blobs[row.Hash], byBody[row.Body]))
            .ToDictionary(row => row.Hash, row => row.Body);
    }

    private static bool IsIntact(ReadOnlyMemory<byte> bytes, IEnumerable<(long Body, int Length, byte[] Hash)> pieces)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (var piece in pieces)
        {
            if (piece.Length > bytes.Length
                || SHA256.HashData(bytes.Span[..piece.Length], digest) != piece.Hash.Length
                || !digest.SequenceEqual(piece.Hash))
            {
                return false;
            }

            bytes = bytes[piece.Length..];
        }

        return bytes.Length == 0;
    }

    private List<long> CreateBodies(long generation, int count) => count == 0 ? [] : _session.Query(
        "INSERT INTO tessera.bodies(run, generation) SELECT $1, $2 FROM generate_series(1, $3) RETURNING body", row => row.GetInt64(0),
        Run, generation, count);

    /// <summary>
    /// Sends the pieces, about as many bytes at a time as a piece has. They need not be durable one by one: the transaction that names them makes
    /// everything so that
    /// went before it.
    /// </summary>
    private void Upload(List<long> bodies, List<KeyValuePair<string, ReadOnlyMemory<byte>>> blobs)
    {
        using var batch = _session.Batch();
        var pending = 0;
        for (var i = 0; i < blobs.Count; i++)
        {
            var bytes = blobs[i].Value;
            for (var piece = 0; bytes.Length > 0; piece++)
            {
                var length = Math.Min(PieceBytes, bytes.Length);
                if (pending + length > PieceBytes)
                {
                    Send(batch);
                    pending = 0;
                }

                Add(batch, bodies[i], piece, bytes[..length]);
                pending += length;
                bytes = bytes[length..];
            }
        }

        Send(batch);
    }

    private static void Add(NpgsqlBatch batch, long body, int piece, ReadOnlyMemory<byte> bytes)
    {
        if (batch.BatchCommands.Count == 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT set_config('synchronous_commit', 'off', true)"));
        }

        var command = new NpgsqlBatchCommand("INSERT INTO tessera.pieces(body, piece, bytes) VALUES($1, $2, $3)");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = body });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = piece });
        command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = bytes, NpgsqlDbType = NpgsqlDbType.Bytea });
        batch.BatchCommands.Add(command);
    }

    private static void Send(NpgsqlBatch batch)
    {
        if (batch.BatchCommands.Count > 0)
        {
            batch.ExecuteNonQuery();
            batch.BatchCommands.Clear();
        }
    }

    private bool TryName(
        SortedDictionary<string, ReadOnlyMemory<byte>> blobs, List<string> missing, List<long> bodies, Dictionary<string, long> held, Term? writer) =>
        _session.InTransaction(() =>
        {
            var run = ReadRun("FOR SHARE");
            CommitRules.RequireWriter(writer, run.Term, Source);
            var kept = _session.Execute(
                "UPDATE tessera.blobs b SET generation = $2 FROM unnest($3, $4) AS h(sha256, body) "
                + "WHERE b.run = $1 AND b.sha256 = h.sha256 AND b.body = h.body",
                Run, run.Generation, held.Keys.ToArray(), held.Values.ToArray());
            _session.Execute(
                "INSERT INTO tessera.blobs(run, sha256, length, body, generation) "
                + "SELECT $1, n.sha256, n.length, n.body, $2 FROM unnest($3, $4, $5) AS n(sha256, length, body) "
                + "ON CONFLICT (run, sha256) DO UPDATE SET length = excluded.length, body = excluded.body, generation = excluded.generation",
                Run, run.Generation, missing.ToArray(), missing.Select(hash => (long)blobs[hash].Length).ToArray(), bodies.ToArray());
            return kept == held.Count;
        });

    /// <summary>Bodies without a name are swept in the end, but room may be short now.</summary>
    private void TryDelete(List<long> bodies)
    {
        try
        {
            _session.Execute(
                "DELETE FROM tessera.bodies o WHERE body = ANY($1) AND NOT EXISTS (SELECT FROM tessera.blobs b WHERE b.body = o.body)", bodies.ToArray());
        }
        catch (Exception error) when (PostgresErrors.IsKnown(error))
        {
            // The failure that led here is the one to report.
        }
    }
}
