using System.Globalization;
using Npgsql;
using Tessera.Actors.Postgres;

namespace Tessera.Actors.Tests.Support;

/// <summary>One PostgreSQL server for all tests that need one and leave it running. Where none is installed such tests are skipped.</summary>
public sealed class PostgresFixture : IDisposable
{
    private readonly Lazy<PostgresServer> _server = new(() => PostgresServer.Start());
    private int _runs;

    /// <summary>A database that all tests share; each takes a run of its own in it.</summary>
    public string ConnectionString => Server.ConnectionString;

    public PostgresServer Server
    {
        get
        {
            RequireInstalled();
            return _server.Value;
        }
    }

    /// <summary>Skips the test where no server is installed.</summary>
    public static void RequireInstalled() =>
        Skip.IfNot(PostgresServer.IsInstalled, "No PostgreSQL server is installed on this machine (package 'postgresql').");

    /// <summary>A name that no other test has.</summary>
    public string NewRun() => string.Create(CultureInfo.InvariantCulture, $"run-{Interlocked.Increment(ref _runs)}");

    /// <summary>Runs a statement behind everyone's back.</summary>
    public static int Execute(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first value of a query.</summary>
    public static object? Scalar(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    public void Dispose()
    {
        if (_server.IsValueCreated)
        {
            _server.Value.Dispose();
        }
    }
}

/// <summary>Tests of this collection share the server.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";
}
