using Microsoft.Data.Sqlite;

namespace Tessera.Host.Tests.CommandLine;

/// <summary>Damages the state of a run as disks, people and other versions do.</summary>
internal static class StateFile
{
    /// <summary>The file in a run's folder.</summary>
    public static string Of(string run) => Path.Combine(run, "state.db");

    /// <summary>Runs a statement on the file.</summary>
    public static void Execute(string run, string sql)
    {
        using SqliteConnection connection = new($"Data Source={Of(run)};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0, $"'{sql}' changed nothing");
    }

    /// <summary>Flips one bit of the values of a tile of the newest checkpoint.</summary>
    public static void FlipByte(string run) =>
        Execute(run, "UPDATE blobs SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || (CASE substr(bytes, -1, 1) WHEN x'00' THEN x'01' ELSE x'00' END) AS BLOB)");
}
