using Microsoft.Data.Sqlite;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Stores;

/// <summary>Failures of SQLite as errors of the store: what happened to which file, and the way out.</summary>
internal static class SqliteErrors
{
    /// <summary>The file needs a rollback that a reader may not do: a run was killed while it wrote.</summary>
    public const int ReadOnlyRollback = 776; // SQLITE_READONLY_ROLLBACK

    private const int Permission = 3; // SQLITE_PERM
    private const int Busy = 5; // SQLITE_BUSY
    private const int Locked = 6; // SQLITE_LOCKED
    private const int OutOfMemory = 7; // SQLITE_NOMEM
    private const int ReadOnly = 8; // SQLITE_READONLY
    private const int Interrupted = 9; // SQLITE_INTERRUPT
    private const int InputOutput = 10; // SQLITE_IOERR
    private const int Full = 13; // SQLITE_FULL
    private const int CannotOpen = 14; // SQLITE_CANTOPEN
    private const int Protocol = 15; // SQLITE_PROTOCOL
    private const int TooBig = 18; // SQLITE_TOOBIG
    private const int Authorisation = 23; // SQLITE_AUTH
    private const int DamagedFileSystem = 8458; // SQLITE_IOERR_CORRUPTFS

    /// <summary>Translates.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What was attempted, for instance <c>read a blob</c>.</param>
    /// <param name="error">The failure.</param>
    public static StoreException Translate(string path, string what, SqliteException error) => error.SqliteErrorCode switch
    {
        Full => Failure(Refusal.Full, path, what, "there is no room", "Free some space; checkpoints stored before stay good.", error),
        Busy or Locked or Protocol => Failure(
            Refusal.Unavailable, path, what, "another process has used it for too long", "Try again, or end that process.", error),
        ReadOnly when error.SqliteExtendedErrorCode == ReadOnlyRollback => Failure(
            Refusal.Unavailable, path, what, $"a run that was killed left an unfinished write in '{path}-journal', which only a writer can undo",
            "Open the run once where its folder can be written, or copy both files to such a folder.", error),
        ReadOnly or CannotOpen or Permission or Authorisation => Failure(
            Refusal.Unavailable, path, what, "this process may not open or write it",
            "Check that file and folder exist, who owns them and whether the disk is mounted for writing.", error),
        InputOutput when error.SqliteExtendedErrorCode != DamagedFileSystem => Failure(
            Refusal.Unavailable, path, what, "the disk or file system failed", "Check the disk and try again.", error),
        OutOfMemory or Interrupted => Failure(
            Refusal.Unavailable, path, what, "memory ran out", "Try again with fewer processes on this machine.", error),
        TooBig => Failure(Refusal.Unfit, path, what, "a value is larger than SQLite can hold", "Use smaller tiles.", error),
        _ => Damaged(path, what, error),
    };

    /// <summary>The error for a file whose content is not what a store wrote.</summary>
    public static StoreException Damaged(string path, string what, Exception error) => Failure(
        Refusal.Damaged, path, what, "the file is damaged or not the state of a run", "Restore it from a backup or repeat the run.", error);

    private static StoreException Failure(Refusal refusal, string path, string what, string why, string wayOut, Exception error) =>
        new(refusal, $"Cannot {what} in '{path}': {why} ({error.Message.TrimEnd('.')}). {wayOut}", error);
}
