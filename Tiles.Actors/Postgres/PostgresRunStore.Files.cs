using Tessera.Actors.Stores;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Postgres;

/// <content>
/// Blobs whose bytes are files of a shared directory. Whoever names a blob sees its file under a lock on the run that is shared; whoever removes
/// files holds that lock
/// alone and looks for names again: a name without a file never comes to be.
/// </content>
public sealed partial class PostgresRunStore
{
    private const int FilesAtOnce = 32; // the lock is held while they are removed, and for 2 seconds at most
    private Term _sweptTerm;

    private byte[] GetFile(BlobHash hash, DirectoryBlobStore files)
    {
        if (IsListed(hash) && files.LengthOf(hash) is not null)
        {
            return files.Get(hash);
        }

        throw IsListed(hash)
            ? new StoreException(
                Refusal.Damaged,
                $"'{files.PathOf(hash)}' is not there, but {Source} lists it. "
                + "Check that the directory is mounted, restore it from a backup, or train the run again.")
            : _session.Run("find a blob", () => NotThere(hash));
    }

    private bool IsListed(BlobHash hash) => _session.Run("find a blob", () => FindListed([hash]).Count > 0);

    /// <summary>Those of some blobs that have a name.</summary>
    private HashSet<BlobHash> FindListed(IReadOnlyList<BlobHash> hashes) => _session.Query(
        "SELECT sha256 FROM tessera.blobs WHERE run = $1 AND sha256 = ANY($2)", row => new BlobHash(row.GetString(0)),
        Run, hashes.Select(hash => hash.Hex).ToArray()).ToHashSet();

    private bool TryPutFiles(SortedDictionary<string, ReadOnlyMemory<byte>> blobs, Term? writer, DirectoryBlobStore files)
    {
        foreach (var (hash, bytes) in blobs)
        {
            files.Put(new BlobHash(hash), bytes);
        }

        return _session.InTransaction(() =>
        {
            var run = ReadRun("FOR SHARE");
            CommitRules.RequireWriter(writer, run.Term, Source);
            if (blobs.Any(blob => files.LengthOf(new BlobHash(blob.Key)) != blob.Value.Length))
            {
                return false; // swept before they had a name
            }

            _session.Execute(
                "INSERT INTO tessera.blobs(run, sha256, length, generation) SELECT $1, n.sha256, n.length, $2 FROM unnest($3, $4) AS n(sha256, length) "
                + "ON CONFLICT (run, sha256) DO UPDATE SET generation = excluded.generation",
                Run, run.Generation, blobs.Keys.ToArray(), blobs.Values.Select(bytes => (long)bytes.Length).ToArray());
            return true;
        });
    }

    /// <summary>
    /// Removes the files of blobs that were retired; in each term once, also those that nobody ever named. What was asked for has been done before: a
    /// file that
    /// cannot be removed now takes room until the next term, no more.
    /// </summary>
    private void DeleteFiles(Term term, IReadOnlyList<BlobHash> retired)
    {
        if (_files is null)
        {
            return;
        }

        try
        {
            if (_sweptTerm != term)
            {
                _files.DeleteUnfinished();
                retired = _files.List();
            }

            foreach (var some in retired.Chunk(FilesAtOnce))
            {
                DeleteUnlisted(some, _files);
            }

            _sweptTerm = term;
        }
        catch (StoreException)
        {
            _sweptTerm = Term.None;
        }
    }

    private void DeleteUnlisted(IReadOnlyList<BlobHash> hashes, DirectoryBlobStore files)
    {
        if (_session.Run("list blobs", () => FindListed(hashes)).Count == hashes.Count)
        {
            return; // without a lock
        }

        _session.Transact("remove files of blobs", () =>
        {
            ReadRun("FOR UPDATE");
            var listed = FindListed(hashes);
            foreach (var hash in hashes.Where(hash => !listed.Contains(hash)))
            {
                files.Delete(hash);
            }

            return true;
        });
    }
}
