using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <content>Manifests: committed in one transaction with all that depends on it.</content>
public sealed partial class SqliteRunStore
{
    private const string NewestFirst = "ORDER BY term DESC, step DESC, position DESC";

    /// <inheritdoc/>
    public void Commit(RunManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        RequireWritable();
        var json = ManifestCodec.Write(manifest);
        _session.Write("store a checkpoint", () =>
        {
            var meta = StoreMeta.Read(_session);
            CommitRules.RequireTerm(manifest, meta.Term, Source);
            RequireConfiguration(manifest, meta.Identity);
            var rows = Rows($"WHERE term = {manifest.Term} AND step >= {manifest.Step} {NewestFirst}");
            if (rows.Exists(row => row.Json.AsSpan().SequenceEqual(json)))
            {
                return false;
            }

            if (rows.Count > 0)
            {
                CommitRules.RequireOrder(manifest, new Term(rows[0].Term), new StepId(rows[0].Step), Source);
            }

            Insert(manifest, json);
            Retire(meta.Generation);
            meta.Generation++;
            meta.Newest = BlobHash.Of(json).Hex;
            meta.Write(_session);
            return true;
        });
    }

    /// <inheritdoc/>
    public RunManifest? ReadNewest() => _session.Read("read the newest checkpoint", () =>
    {
        var meta = StoreMeta.Read(_session);
        var rows = Rows($"{NewestFirst} LIMIT 1");
        if (meta.Newest.Length == 0 && rows.Count == 0)
        {
            return null;
        }

        return rows.Count == 1 && BlobHash.Of(rows[0].Json).Hex == meta.Newest
            ? Parse(rows[0])
            : throw new StoreException(
                Refusal.Damaged,
                $"The newest checkpoint in {Source} is not the one that was stored last: the file was damaged. "
                + "Restore it from a backup or train the run again.");
    });

    /// <inheritdoc/>
    public RunManifest? ReadNewest(IReadOnlyList<RunManifest> unusable) => CommitRules.NewestBut(unusable, ReadAll());

    /// <inheritdoc/>
    public IReadOnlyList<RunManifest> ReadAll() => _session.Read("list the checkpoints", () => Rows(NewestFirst).ConvertAll(Parse));

    /// <inheritdoc/>
    public RunManifest Read(StepId step) => _session.Read("read a checkpoint", () =>
    {
        var rows = Rows(NewestFirst);
        var row = rows.Find(row => row.Step == step.Value);
        return row is null ? throw CommitRules.MissingStep(step, rows.Select(kept => kept.Step), Source) : Parse(row);
    });

    private List<ManifestRow> Rows(string condition) => _session.Query(
        $"SELECT position, term, step, json FROM manifests {condition}",
        row => new ManifestRow(row.GetInt64(0), checked((ulong)row.GetInt64(1)), checked((ulong)row.GetInt64(2)), row.GetFieldValue<byte[]>(3)));

    private void Insert(RunManifest manifest, byte[] json)
    {
        var hashes = new HashSet<BlobHash>();
        foreach (var blob in manifest.Blobs)
        {
            if (hashes.Add(blob.Hash) && Find(blob.Hash) is null)
            {
                throw CommitRules.MissingBlob(manifest, blob, Source);
            }
        }

        _session.Execute(
            "INSERT INTO manifests(term, step, json) VALUES($term, $step, $json)",
            ("$term", checked((long)manifest.Term)), ("$step", checked((long)manifest.Step)), ("$json", json));
        var position = _session.LastRow;
        foreach (var hash in hashes)
        {
            _session.Execute("INSERT INTO named(sha256, position) VALUES($sha256, $position)", ("$sha256", hash.Hex), ("$position", position));
        }
    }

    /// <summary>
    /// Retires manifests beyond those to keep, of one step the newest alone since others share its blobs, and removes blobs that no manifest names. A blob that was put since the commit before this one may
    /// belong to the checkpoint that is being written next: it carries the present generation and stays until a commit of a later one finds it
    /// unnamed.
    /// </summary>
    private void Retire(long generation)
    {
        _session.Execute(
            "DELETE FROM manifests WHERE position NOT IN (SELECT position FROM manifests m "
            + "WHERE NOT EXISTS (SELECT 1 FROM manifests n WHERE n.step = m.step AND (n.term, n.position) > (m.term, m.position)) "
            + $"{NewestFirst} LIMIT $keep)",
            ("$keep", _keep));
        _session.Execute("DELETE FROM named WHERE position NOT IN (SELECT position FROM manifests)");
        _session.Execute(
            "DELETE FROM blobs WHERE generation < $generation AND sha256 NOT IN (SELECT sha256 FROM named)", ("$generation", generation));
    }

    private RunManifest Parse(ManifestRow row)
    {
        try
        {
            var manifest = ManifestCodec.Read(row.Json, $"{Path}, checkpoint {row.Position}");
            return manifest.Term == row.Term && manifest.Step == row.Step
                ? manifest
                : throw new SnapshotFormatException(
                    $"Checkpoint {row.Position} of {Source} is of term {manifest.Term} and step {manifest.Step}, "
                    + $"its row says {row.Term} and {row.Step}. Restore it from a backup or repeat the run.");
        }
        catch (SnapshotFormatException error)
        {
            throw new StoreException(Refusal.Damaged, error.Message, error);
        }
    }

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

    private sealed record ManifestRow(long Position, ulong Term, ulong Step, byte[] Json);
}
