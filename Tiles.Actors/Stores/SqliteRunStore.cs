using Microsoft.Data.Sqlite;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Stores;

/// <summary>
/// The state of a run in one SQLite file: identity, newest term, blobs and manifests (docs/snapshot-format.md). Whatever it confirms survives a loss
/// of power; whatever fails leaves the older checkpoints good and the store ready for the next attempt. One process writes, under a
/// <see cref="RunLock"/>; others may read meanwhile. Calls block and may come from any thread, one at a time.
/// </summary>
public sealed partial class SqliteRunStore : IRunStore, IDisposable
{
    /// <summary>Name of the file in a run's folder.</summary>
    public const string FileName = "state.db";

    private readonly SqliteSession _session;
    private readonly bool _isReadOnly;
    private readonly int _keep;

    private SqliteRunStore(SqliteSession session, RunIdentity identity, bool isReadOnly, int keep)
    {
        _session = session;
        _isReadOnly = isReadOnly;
        _keep = keep;
        Identity = identity;
    }

    /// <summary>What the run was begun with.</summary>
    public RunIdentity Identity { get; }

    /// <summary>The file.</summary>
    public string Path => _session.Path;

    /// <inheritdoc/>
    public Term CurrentTerm => _session.Read("read the term", () => StoreMeta.Read(_session).Term);

    /// <summary>Bytes on the disk, with the journal. The file keeps the room of what was retired and uses it again.</summary>
    public long SizeOnDisk => Length(Path) + Length(Path + "-journal");

    private string Source => $"'{Path}'";

    /// <summary>Begins a new run. A file that an interrupted beginning left empty is taken.</summary>
    /// <param name="path">The file; its folder is created where missing.</param>
    /// <param name="identity">What the run is.</param>
    /// <param name="keep">Complete checkpoints to keep, 1 or more.</param>
    /// <exception cref="StoreException"><see cref="Refusal.Unfit"/> where the file holds something; the file cannot be written.</exception>
    public static SqliteRunStore Create(string path, RunIdentity identity, int keep = CommitRules.KeepByDefault) =>
        Create(path, identity, keep, StoreMeta.CurrentFormat);

    /// <summary>Opens a run to go on with it. What a killed process left unfinished is undone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="keep">Complete checkpoints to keep, 1 or more.</param>
    /// <exception cref="StoreException">Missing, damaged, of a newer format, or cannot be written.</exception>
    public static SqliteRunStore Open(string path, int keep = CommitRules.KeepByDefault)
    {
        CommitRules.RequireKeep(keep);
        var full = RequireFile(path);
        var session = SqliteSession.Open(full, SqliteOpenMode.ReadWrite);
        return Ready(session, isReadOnly: false, keep);
    }

    /// <summary>
    /// Opens a run to read it, also while another process writes it and where nothing can be written. After a process was killed in the middle of a
    /// write, the file must be opened once where it can be written; this method does so if it can.
    /// </summary>
    /// <exception cref="StoreException">Missing, damaged, of a newer format, or cannot be read.</exception>
    public static SqliteRunStore OpenReadOnly(string path)
    {
        var full = RequireFile(path);
        try
        {
            return Ready(SqliteSession.Open(full, SqliteOpenMode.ReadOnly), isReadOnly: true, CommitRules.KeepByDefault);
        }
        catch (StoreException error) when (error.InnerException is SqliteException { SqliteExtendedErrorCode: SqliteErrors.ReadOnlyRollback })
        {
            UndoUnfinished(full, error);
        }

        return Ready(SqliteSession.Open(full, SqliteOpenMode.ReadOnly), isReadOnly: true, CommitRules.KeepByDefault);
    }

    /// <inheritdoc/>
    public Term RaiseTerm()
    {
        RequireWritable();
        return _session.Write("raise the term", () =>
        {
            var meta = StoreMeta.Read(_session);
            meta.Term = new Term(meta.Term.Value + 1);
            meta.Write(_session);
            _session.Execute("DELETE FROM blobs WHERE sha256 NOT IN (SELECT sha256 FROM named)");
            return meta.Term;
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <summary>For tests: a run in another format.</summary>
    internal static SqliteRunStore Create(string path, RunIdentity identity, int keep, int format)
    {
        ArgumentNullException.ThrowIfNull(identity);
        CommitRules.RequireKeep(keep);
        var full = System.IO.Path.GetFullPath(path);
        CreateFolder(full);
        var session = SqliteSession.Open(full, SqliteOpenMode.ReadWriteCreate);
        try
        {
            session.Write("begin a run", () =>
            {
                if (CountTables(session) > 0)
                {
                    throw new StoreException(
                        Refusal.Unfit, $"'{full}' holds a run already, expected none. Resume it, choose another folder, or delete this one.");
                }

                RequireNothing(session);
                CreateTables(session);
                StoreMeta.Begin(identity, format).Write(session);
                return true;
            });
        }
        catch (StoreException)
        {
            session.Dispose();
            throw;
        }

        return new SqliteRunStore(session, identity, isReadOnly: false, keep);
    }

    /// <summary>For tests: fills the disk. Pages of 16 KiB that the file may have, 1 or more, but no fewer than it has.</summary>
    internal void LimitPages(long pages) => _session.Query($"PRAGMA max_page_count={pages}", row => row.GetInt64(0));

    private static void CreateTables(SqliteSession session)
    {
        session.Execute("CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
        session.Execute("CREATE TABLE blobs(sha256 TEXT PRIMARY KEY, generation INTEGER NOT NULL, bytes BLOB NOT NULL)");
        session.Execute("CREATE TABLE manifests(position INTEGER PRIMARY KEY, term INTEGER NOT NULL, step INTEGER NOT NULL, json BLOB NOT NULL)");
        session.Execute("CREATE TABLE named(sha256 TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY(sha256, position)) WITHOUT ROWID");
    }

    private static long CountTables(SqliteSession session) => session.Query("SELECT count(*) FROM sqlite_master", row => row.GetInt64(0))[0];

    /// <summary>SQLite takes a file that is too short for its header for an empty one, and would write over it.</summary>
    private static void RequireNothing(SqliteSession session)
    {
        if (Length(session.Path) is var length and > 0)
        {
            throw new StoreException(
                Refusal.Damaged,
                $"'{session.Path}' has {length} bytes and no tables, expected the state of a run: the file was cut off or is something else. "
                + "Restore it from a backup or choose another folder.");
        }
    }

    private static SqliteRunStore Ready(SqliteSession session, bool isReadOnly, int keep)
    {
        try
        {
            var identity = session.Read("open the state", () =>
            {
                if (CountTables(session) == 0)
                {
                    RequireNothing(session);
                    throw new StoreException(
                        Refusal.Missing, $"'{session.Path}' is empty: the run was ended before it began. Start it again instead of resuming it.");
                }

                return StoreMeta.Read(session).Identity;
            });
            return new SqliteRunStore(session, identity, isReadOnly, keep);
        }
        catch (StoreException)
        {
            session.Dispose();
            throw;
        }
    }

    private static void UndoUnfinished(string path, StoreException original)
    {
        try
        {
            using var writer = SqliteSession.Open(path, SqliteOpenMode.ReadWrite);
            writer.Write("undo an unfinished write", () => true);
        }
        catch (StoreException error) when (error.Refusal == Refusal.Unavailable)
        {
            throw original;
        }
    }

    private static string RequireFile(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        return File.Exists(full)
            ? full
            : throw new StoreException(
                Refusal.Missing,
                $"There is no file '{full}', expected the state of a run. Check the folder's name and whether this user may look into it.");
    }

    private static void CreateFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                Refusal.Unavailable,
                $"Cannot create the folder of '{path}': {error.Message} Choose another folder, or one that this user may write.", error);
        }
    }

    private static long Length(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private void RequireWritable()
    {
        if (_isReadOnly)
        {
            throw new StoreException(Refusal.Unavailable, $"'{Path}' was opened to be read only. Open it for writing.");
        }
    }
}
