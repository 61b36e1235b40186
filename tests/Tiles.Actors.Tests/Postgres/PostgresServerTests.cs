using Npgsql;
using Tessera.Actors.Postgres;
using Tessera.Actors.Tests.Support;

namespace Tessera.Actors.Tests.Postgres;

public class PostgresServerTests
{
    [SkippableFact]
    public void What_was_confirmed_survives_a_stop_a_kill_and_a_new_owner()
    {
        PostgresFixture.RequireInstalled();
        using var folder = new TemporaryFolder();
        Open(folder.Path);
        var settings = new PostgresServerSettings { Folder = folder.Path };
        using (var server = PostgresServer.Start(settings))
        {
            PostgresFixture.Execute(server.ConnectionString, "CREATE TABLE kept(number int)");
            Add(server, 1);
            server.Restart();
            Add(server, 2);
            server.Stop(immediate: true);
            Assert.False(server.IsRunning);
            server.Start();
            Add(server, 3);
            server.Kill();
            Assert.False(server.IsRunning);
            server.Start();
            Assert.True(server.IsRunning);
            Assert.Equal(3L, Count(server));
        }

        using var again = PostgresServer.Start(settings);
        Assert.Equal(3L, Count(again));
    }

    [SkippableFact]
    public void A_server_that_outlived_its_owner_is_taken_over()
    {
        PostgresFixture.RequireInstalled();
        using var folder = new TemporaryFolder();
        Open(folder.Path);
        var settings = new PostgresServerSettings { Folder = folder.Path };
        var lost = PostgresServer.Start(settings); // never disposed of, as by a process that was killed
        var started = Started(lost);

        using var server = PostgresServer.Start(settings);

        Assert.Equal(started, Started(server));
        server.Stop();
        Assert.False(lost.IsRunning);
    }

    [SkippableFact]
    public void A_file_that_a_crash_of_the_machine_left_does_not_keep_it_from_starting()
    {
        PostgresFixture.RequireInstalled();
        using var folder = new TemporaryFolder();
        Open(folder.Path);
        var settings = new PostgresServerSettings { Folder = folder.Path };
        PostgresServer.Start(settings).Dispose();
        var other = Environment.ProcessId; // the number went to another process meanwhile
        File.WriteAllText(Path.Combine(folder.Path, "data", "postmaster.pid"), $"{other}\n{folder.Path}/data\n1\n5432\n{folder.Path}/socket\n\n1 1\nready\n");

        using var server = PostgresServer.Start(settings);

        Assert.True(server.IsRunning);
    }

    [SkippableFact]
    public void A_frozen_server_answers_when_it_goes_on()
    {
        PostgresFixture.RequireInstalled();
        using var server = PostgresServer.Start();
        var frozen = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false, Timeout = 1 }.ConnectionString;

        server.Pause();
        using (var connection = new NpgsqlConnection(frozen))
        {
            Assert.ThrowsAny<NpgsqlException>(connection.Open);
        }

        server.Resume();
        Assert.Equal(1, PostgresFixture.Scalar(server.ConnectionString, "SELECT 1"));
    }

    [SkippableFact]
    public void A_port_of_this_machine_wants_a_password()
    {
        PostgresFixture.RequireInstalled();
        using var server = PostgresServer.Start(new PostgresServerSettings { ListenOnTcp = true });
        var parts = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false };

        Assert.Equal("127.0.0.1", parts.Host);
        Assert.Equal(1, PostgresFixture.Scalar(server.ConnectionString, "SELECT 1"));
        server.Restart();
        Assert.Equal(1, PostgresFixture.Scalar(server.ConnectionString, "SELECT 1"));
        parts.Password = "guess";
        using var connection = new NpgsqlConnection(parts.ConnectionString);
        Assert.Throws<PostgresException>(connection.Open);
    }

    [SkippableFact]
    public void A_temporary_server_leaves_nothing()
    {
        PostgresFixture.RequireInstalled();
        string folder;
        using (var server = PostgresServer.Start())
        {
            folder = Path.GetDirectoryName(Path.GetDirectoryName(server.LogFile)!)!;
            Assert.True(Directory.Exists(folder));
            var hosts = new NpgsqlConnectionStringBuilder(server.ConnectionString).Host!;
            Assert.StartsWith(folder, hosts, StringComparison.Ordinal);
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(hosts));
            }
        }

        Assert.False(Directory.Exists(folder));
    }

    [SkippableFact]
    public void A_long_path_gets_a_short_socket()
    {
        PostgresFixture.RequireInstalled();
        using var folder = new TemporaryFolder();
        Open(folder.Path);
        var deep = folder.File(new string('d', 80));

        using var server = PostgresServer.Start(new PostgresServerSettings { Folder = deep });

        Assert.Equal(1, PostgresFixture.Scalar(server.ConnectionString, "SELECT 1"));
    }

    /// <summary>Lets the server's account in, where that is another.</summary>
    private static void Open(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute);
        }
    }

    private static void Add(PostgresServer server, int number) => PostgresFixture.Execute(server.ConnectionString, $"INSERT INTO kept VALUES({number})");

    private static object? Count(PostgresServer server) => PostgresFixture.Scalar(server.ConnectionString, "SELECT count(*) FROM kept");

    private static object? Started(PostgresServer server) => PostgresFixture.Scalar(server.ConnectionString, "SELECT pg_postmaster_start_time()");
}
