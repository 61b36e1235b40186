using Tessera.Actors.Stores;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Postgres;

/// <content>Manifests: committed in one transaction with all that depends on it.</content>
public sealed partial class PostgresRunStore
{
    private const string NewestFirst = "ORDER BY term DESC, step DESC, position DESC";

    /// <inheritdoc/>
    public void Commit(RunManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        RequireWritable();
        var json = ManifestCodec.Write(manifest);
        var (term, retired) = _session.Transact("store a checkpoint", () =>
        {
            var run = ReadRun("FOR UPDATE");
            CommitRules.RequireTerm(manifest, run.Term, Source);
            RequireConfiguration(manifest, run.Identity);
            var rows = Rows($"AND term = {manifest.Term} AND step >= {manifest.Step} {NewestFirst}");
            if (rows.Exists(row => row.Json.AsSpan().SequenceEqual(json)))
            {
                return (run.Term, []);
            }

            if (rows.Count > 0)
            {
                CommitRules.RequireOrder(manifest, new Term(rows[0].Term), new StepId(rows[0].Step), Source);
            }

            Insert(manifest, json);
            return (run.Term, Retire(run.Generation));
        });
        DeleteFiles(term, retired);
    }

    /// <inheritdoc/>
    public RunManifest? ReadNewest() => _session.Run("read the newest checkpoint", () =>
    {
        // One statement, so that a checkpoint that is committed meanwhile is seen as a whole or not at all.
        var found = _session.Query(
            "SELECT r.newest, m.position, m.term, m.step, m.sha256, m.json FROM tessera.runs r "
            + $"LEFT JOIN LATERAL (SELECT * FROM tessera.manifests WHERE run = r.run {NewestFirst} LIMIT 1) m ON true WHERE r.run = $1",
            row => (Newest: row.GetString(0), Row: row.IsDBNull(1) ? null : ReadRow(row, 1)),
            Run);
        if (found.Count == 0)
        {
            throw NoRun(_session, Run);
        }

        if (found[0] is { Newest: "", Row: null })
        {
            return null;
        }

        return found[0].Row is { } newest && newest.Hash == found[0].Newest
            ? Parse(newest)
            : throw new StoreException(
                Refusal.Damaged,
                $"The newest checkpoint of {Source} is not the one that was stored last: the database was damaged. "
                + "Restore it from a backup or train the run again.");
    });

    /// <inheritdoc/>
    public RunManifest? ReadNewest(IReadOnlyList<RunManifest> unusable) => CommitRules.NewestBut(unusable, ReadAll());

    /// <inheritdoc/>
    public IReadOnlyList<RunManifest> ReadAll() => _session.Run("list the checkpoints", () => Rows(NewestFirst).ConvertAll(Parse));

    /// <inheritdoc/>
    public RunManifest Read(StepId step) => _session.Run("read a checkpoint", () =>
    {
        var rows = Rows(NewestFirst);
        var row = rows.Find(row => row.Step == step.Value);
        return row is null ? throw CommitRules.MissingStep(step, rows.Select(kept => kept.Step), Source) : Parse(row);
    });

    private static ManifestRow ReadRow(Npgsql.NpgsqlDataReader row, int first) => new(
        row.GetInt64(first), checked((ulong)row.GetInt64(first + 1)), checked((ulong)row.GetInt64(first + 2)), row.GetString(first + 3),
        row.GetFieldValue<byte[]>(first + 4));

    private List<ManifestRow> Rows(string condition) => _session.Query(
        $"SELECT position, term, step, sha256, json FROM tessera.manifests WHERE run = $1 {condition}", row => ReadRow(row, 0), Run);

    private void Insert(RunManifest manifest, byte[] json)
    {
        var hashes = manifest.Blobs.Select(blob => blob.Hash.Hex).Distinct().ToArray();
        var held = _session.Query("SELECT sha256 FROM tessera.blobs WHERE run = $1 AND sha256 = ANY($2)", row => row.GetString(0), Run, hashes).ToHashSet();
        if (manifest.Blobs.FirstOrDefault(blob => !held.Contains(blob.Hash.Hex) || (_files is not null && _files.LengthOf(blob.Hash) is null)) is { } missing)
        {
            throw CommitRules.MissingBlob(manifest, missing, Source);
        }

        var (term, step, hash) = (checked((long)manifest.Term), checked((long)manifest.Step), BlobHash.Of(json).Hex);
        var position = _session.Query(
            "INSERT INTO tessera.manifests(run, term, step, sha256, json) VALUES($1, $2, $3, $4, $5) RETURNING position", row => row.GetInt64(0),
            Run, term, step, hash, json)[0];
        _session.Execute("INSERT INTO tessera.named(position, run, sha256) SELECT $1, $2, unnest($3)", position, Run, hashes);
        _session.Execute(
            "INSERT INTO tessera.history(run, position, term, step, sha256, peer) "
            + "VALUES($1, $2, $3, $4, $5, (SELECT peer FROM tessera.terms WHERE run = $1 AND term = $3))",
            Run, position, term, step, hash);
        _session.Execute("UPDATE tessera.runs SET generation = generation + 1, newest = $2 WHERE run = $1", Run, hash);
    }

    /// <summary>
    /// Retires manifests beyond those to keep, of one step the newest alone since others share its blobs, and removes blobs that no manifest names. A blob that was put since the commit before this one may
    /// belong to the checkpoint that is being written next: it carries the present generation and stays until a commit of a later one finds it
    /// unnamed.
    /// </summary>
    /// <returns>The blobs removed.</returns>
    private List<BlobHash> Retire(long generation)
    {
        _session.Execute(
            "DELETE FROM tessera.manifests WHERE run = $1 AND position NOT IN (SELECT position FROM tessera.manifests m WHERE run = $1 "
            + "AND NOT EXISTS (SELECT FROM tessera.manifests n WHERE n.run = $1 AND n.step = m.step AND (n.term, n.position) > (m.term, m.position)) "
            + $"{NewestFirst} LIMIT $2)",
            Run, (long)_keep);
        var removed = _session.Query(
            "DELETE FROM tessera.blobs b WHERE b.run = $1 AND b.generation < $2 "
            + "AND NOT EXISTS (SELECT FROM tessera.named n WHERE n.run = $1 AND n.sha256 = b.sha256) RETURNING b.sha256",
            row => new BlobHash(row.GetString(0)), Run, generation);
        _session.Execute(
            "DELETE FROM tessera.bodies o WHERE o.run = $1 AND o.generation < $2 AND NOT EXISTS (SELECT FROM tessera.blobs b WHERE b.body = o.body)",
            Run, generation);
        return removed;
    }

    private RunManifest Parse(ManifestRow row)
    {
        var seen = BlobHash.Of(row.Json).Hex;
        if (seen != row.Hash)
        {
            throw Damaged(row, $"its text has hash {seen}, its row says {row.Hash}");
        }

        try
        {
            var manifest = ManifestCodec.Read(row.Json, $"{Source}, checkpoint {row.Position}");
            return manifest.Term == row.Term && manifest.Step == row.Step
                ? manifest
                : throw Damaged(row, $"it is of term {manifest.Term} and step {manifest.Step}, its row says {row.Term} and {row.Step}");
        }
        catch (SnapshotFormatException error)
        {
            throw new StoreException(Refusal.Damaged, error.Message, error);
        }
    }

    private StoreException Damaged(ManifestRow row, string seen) => new(
        Refusal.Damaged, $"Checkpoint {row.Position} of {Source} was damaged: {seen}. Restore the database from a backup or repeat the run.");

    private void RequireConfiguration(RunManifest manifest, RunIdentity identity)
    {
        if (manifest.ConfigurationHash != identity.ConfigurationHash)
        {
            throw new StoreException(
                Refusal.Unfit,
                $"The checkpoint of step {manifest.Step} is of configuration {manifest.ConfigurationHash}, "
                + $"but {Source} is of {identity.ConfigurationHash}. Store it with the run that it belongs to.");
        }
    }

    private sealed record ManifestRow(long Position, ulong Term, ulong Step, string Hash, byte[] Json);
}
