using Microsoft.Data.Sqlite;

namespace Tessera.Host.Tests.CommandLine;

/// <summary>Looks into the state of a run, and damages it as disks, people and other versions do.</summary>
internal static class StateFile
{
    /// <summary>The file in a run's folder.</summary>
    public static string Of(string run) => Path.Combine(run, "state.db");

    /// <summary>Runs a statement that must change something.</summary>
    public static void Change(string run, string sql, params (string Name, object Value)[] parameters)
    {
        using SqliteConnection connection = Open(run, SqliteOpenMode.ReadWrite);
        using SqliteCommand command = Command(connection, sql, parameters);
        Assert.True(command.ExecuteNonQuery() > 0, $"'{sql}' changed nothing");
    }

    /// <summary>The value that a query finds first.</summary>
    public static object? Ask(string run, string sql)
    {
        using SqliteConnection connection = Open(run, SqliteOpenMode.ReadOnly);
        using SqliteCommand command = Command(connection, sql, []);
        return command.ExecuteScalar();
    }

    /// <summary>Flips a bit of the last value of every blob.</summary>
    public static void FlipBits(string run)
    {
        foreach (long row in Rows(run))
        {
            byte[] bytes = (byte[])Ask(run, $"SELECT bytes FROM blobs WHERE rowid = {row}")!;
            bytes[^1] ^= 1;
            Change(run, "UPDATE blobs SET bytes = $bytes WHERE rowid = $row", ("$bytes", bytes), ("$row", row));
        }
    }

    private static List<long> Rows(string run)
    {
        using SqliteConnection connection = Open(run, SqliteOpenMode.ReadOnly);
        using SqliteCommand command = Command(connection, "SELECT rowid FROM blobs", []);
        using SqliteDataReader reader = command.ExecuteReader();
        List<long> rows = [];
        while (reader.Read()) { rows.Add(reader.GetInt64(0)); }
        return rows;
    }

    private static SqliteConnection Open(string run, SqliteOpenMode mode)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = Of(run), Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, (string Name, object Value)[] parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in parameters) { command.Parameters.AddWithValue(name, value); }
        return command;
    }
}
