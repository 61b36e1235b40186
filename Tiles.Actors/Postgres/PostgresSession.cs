using System.Globalization;
using Npgsql;
using Tessera.Actors.Stores;

namespace Tessera.Actors.Postgres;

/// <summary>
/// One connection of one's own: opened at the first call, given up at a failure that it does not survive, opened again at the next call. Calls come one at
/// a time. A server that was restarted between two calls is not noticed: what is attempted on a connection that turns out to be dead is attempted
/// once more on a new one, so whatever is done here may be done twice.
/// </summary>
internal sealed class PostgresSession : IDisposable
{
    private const int ConnectSeconds = 2;
    private readonly PostgresAddress _address;
    private readonly string _connectionString;
    private readonly string _preparation;
    private NpgsqlConnection? _connection;

    /// <summary>Prepares a session without connecting.</summary>
    /// <param name="address">Where.</param>
    /// <param name="application">What the server shows for it.</param>
    /// <param name="timeout">How long a statement may take.</param>
    /// <param name="lockTimeout">How long it may wait for others.</param>
    /// <param name="isReadOnly">Whether it refuses to write.</param>
    public PostgresSession(PostgresAddress address, string application, TimeSpan timeout, TimeSpan lockTimeout, bool isReadOnly = false)
    {
        _address = address;
        _connectionString = address.ForSession(ConnectSeconds, timeout, application);
        _preparation = string.Join(
            "; ",
            "SET synchronous_commit = on",
            "SET client_min_messages = warning",
            string.Create(CultureInfo.InvariantCulture, $"SET statement_timeout = {(long)timeout.TotalMilliseconds}"),
            string.Create(CultureInfo.InvariantCulture, $"SET lock_timeout = {(long)lockTimeout.TotalMilliseconds}"),
            "SET idle_in_transaction_session_timeout = 2000", // whoever is frozen in the middle lets go of what others wait for
            $"SET default_transaction_read_only = {(isReadOnly ? "on" : "off")}");
    }

    /// <summary>For people.</summary>
    public string Source => _address.Name;

    /// <summary>What to do on a new connection before anything else.</summary>
    public Action<NpgsqlConnection>? Opened { get; set; }

    /// <summary>The server's version, of the connection that is open.</summary>
    public Version ServerVersion => Connection.PostgreSqlVersion;

    private NpgsqlConnection Connection => _connection ?? throw new InvalidOperationException("The session is not open.");

    /// <summary>Runs statements, each of which takes effect by itself.</summary>
    /// <exception cref="StoreException">One failed.</exception>
    public T Run<T>(string what, Func<T> body)
    {
        for (var isRepeat = false; ; isRepeat = true)
        {
            var isFresh = _connection is null;
            try
            {
                Open();
                return body();
            }
            catch (StoreException)
            {
                GiveUpIfBroken();
                throw;
            }
            catch (Exception error) when (PostgresErrors.IsKnown(error))
            {
                GiveUpIfBroken();
                var tooLate = error is TimeoutException or { InnerException: TimeoutException };
                if (isFresh || isRepeat || tooLate || _connection is not null)
                {
                    throw PostgresErrors.Translate(Source, what, error);
                }
            }
        }
    }

    /// <summary>Runs statements that take effect together, durably, or not at all.</summary>
    /// <exception cref="StoreException">One failed.</exception>
    public T Transact<T>(string what, Func<T> body) => Run(what, () => InTransaction(body));

    /// <summary>As <see cref="Transact"/>, within <see cref="Run"/>.</summary>
    public T InTransaction<T>(Func<T> body)
    {
        Execute("BEGIN");
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
    }

    /// <summary>Runs a statement without a result, with parameters $1, $2, ...</summary>
    /// <returns>Rows that it concerned.</returns>
    public int Execute(string sql, params object?[] parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>The rows of a query.</summary>
    public List<T> Query<T>(string sql, Func<NpgsqlDataReader, T> row, params object?[] parameters)
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

    /// <summary>A statement on the open connection.</summary>
    public NpgsqlCommand Command(string sql, params object?[] parameters)
    {
        var command = new NpgsqlCommand(sql, Connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter ?? DBNull.Value });
        }

        return command;
    }

    /// <summary>Statements that travel together.</summary>
    public NpgsqlBatch Batch() => new(Connection);

    /// <inheritdoc/>
    public void Dispose() => GiveUp();

    private void Open()
    {
        if (_connection is not null)
        {
            return;
        }

        var connection = new NpgsqlConnection(_connectionString);
        try
        {
            connection.Open();
            using (var command = new NpgsqlCommand(_preparation, connection))
            {
                command.ExecuteNonQuery();
            }

            Opened?.Invoke(connection);
            _connection = connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void RollBack()
    {
        try
        {
            Execute("ROLLBACK");
        }
        catch (Exception error) when (PostgresErrors.IsKnown(error))
        {
            GiveUp(); // the failure that led here is the one to report, and without a connection there is no transaction
        }
    }

    private void GiveUpIfBroken()
    {
        if (_connection is { FullState: not System.Data.ConnectionState.Open })
        {
            GiveUp();
        }
    }

    private void GiveUp()
    {
        var connection = _connection;
        _connection = null;
        try
        {
            connection?.Dispose();
        }
        catch (Exception error) when (PostgresErrors.IsKnown(error))
        {
            // It was broken.
        }
    }
}
