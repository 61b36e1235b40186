using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Tessera.Actors.Stores;

/// <summary>
/// One connection to a run's database: transactions, statements, and blobs without detours. Every failure leaves as a <see cref="StoreException"/>
/// and leaves the connection without a transaction, ready for the next attempt.
/// </summary>
internal sealed class SqliteSession : IDisposable
{
    private const int BusyMilliseconds = 20_000; // a gigabyte is written in a few seconds
    private const int CacheKibibytes = 65_536; // blobs up to this size reach the disk in one pass
    private readonly SqliteConnection _connection;

    private SqliteSession(string path, SqliteConnection connection)
    {
        Path = path;
        _connection = connection;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Opens a connection.</summary>
    /// <exception cref="StoreException">The file cannot be opened.</exception>
    public static SqliteSession Open(string path, SqliteOpenMode mode)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 1 };
        var session = new SqliteSession(path, new SqliteConnection(settings.ToString()));
        try
        {
            session.Guard("open the state", () =>
            {
                session._connection.Open();
                session.Configure(mode);
                return true;
            });
            return session;
        }
        catch (StoreException)
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements that see one state of the file.</summary>
    public T Read<T>(string what, Func<T> body) => InTransaction("BEGIN", what, body);

    /// <summary>Runs statements that take effect together, durably, or not at all.</summary>
    public T Write<T>(string what, Func<T> body) => InTransaction("BEGIN IMMEDIATE", what, body);

    /// <summary>Runs a statement without a result.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>The rows of a query.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    /// <summary>The bytes of a row of <c>blobs</c>, where they lie in the file.</summary>
    public SqliteBlob OpenBlob(long row, bool readOnly) => new(_connection, "blobs", "bytes", row, readOnly);

    /// <summary>The row that was inserted last.</summary>
    public long LastRow => raw.sqlite3_last_insert_rowid(_connection.Handle);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static StoreException Unreadable(string path, string what, Exception error) =>
        error as StoreException ?? SqliteErrors.Damaged(path, what, error);

    /// <summary>
    /// TRUNCATE with FULL writes a big blob once, since pages that are new or free are not journaled (a write-ahead log writes it twice); a commit is
    /// durable once the emptied journal is, without the folder's own entry having to be; and a finished file can be read where nothing can be
    /// written, while a write-ahead log's readers need a writable folder.
    /// </summary>
    private void Configure(SqliteOpenMode mode)
    {
        Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout={BusyMilliseconds}"));
        Execute("PRAGMA trusted_schema=OFF");
        Execute("PRAGMA cell_size_check=ON");
        Execute("PRAGMA temp_store=MEMORY");
        if (mode == SqliteOpenMode.ReadWriteCreate)
        {
            Execute("PRAGMA page_size=16384"); // writes of a megabyte and more are 1.4 to 1.9 times as fast as with 4096
        }

        if (mode != SqliteOpenMode.ReadOnly)
        {
            Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA cache_size=-{CacheKibibytes}"));
            Execute("PRAGMA journal_mode=TRUNCATE");
            Execute("PRAGMA synchronous=FULL");
        }
    }

    private T InTransaction<T>(string begin, string what, Func<T> body) => Guard(what, () =>
    {
        Execute(begin);
        try
        {
            var result = body();
            Execute("COMMIT");
            return result;
        }
        catch
        {
            RollBack();
            throw;
        }
    });

    private T Guard<T>(string what, Func<T> body)
    {
        try
        {
            return body();
        }
        catch (SqliteException error)
        {
            throw SqliteErrors.Translate(Path, what, error);
        }
        catch (Exception error) when (error is InvalidCastException or FormatException or OverflowException or InvalidOperationException
            or EndOfStreamException or ArgumentException)
        {
            throw Unreadable(Path, what, error); // a value of another type or size than was written
        }
    }

    /// <summary>
    /// Ends a transaction that SQLite has not ended itself; what fails here failed before, and a leftover journal undoes it at the next opening.
    /// </summary>
    private void RollBack()
    {
        try
        {
            if (raw.sqlite3_get_autocommit(_connection.Handle) == 0)
            {
                Execute("ROLLBACK");
            }
        }
        catch (SqliteException)
        {
            // The failure that led here is the one to report.
        }
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
