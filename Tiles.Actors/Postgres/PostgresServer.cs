using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Tessera.Actors.Stores;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Postgres;

/// <summary>
/// A PostgreSQL server of one's own on this machine, for tests and for a cluster that one command starts. Whatever it confirms is durable. It runs in
/// a session of
/// its own, so that it gets no signal that a terminal sends to this process, and outlives this process if that is killed: the next one that
/// opens the folder goes on with it. Calls come one at a time.
/// </summary>
public sealed partial class PostgresServer : IDisposable
{
    private const string User = "tessera";
    private const string DefaultDatabase = "tessera";
    private const int UnixPort = 5432; // only part of the socket's name
    private const int SocketPathBytesMax = 103; // of macOS; Linux has 107
    private const int StartSeconds = 60;
    private const string DataName = "data";
    private const string TemporaryPrefix = "tessera-pg-";
    private readonly ServerAccount _account;
    private readonly PostgresBinaries _binaries;
    private readonly PostgresServerSettings _settings;
    private readonly string _folder;
    private readonly string _socketFolder;
    private readonly string _password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly int _port;

    private PostgresServer(PostgresServerSettings settings, string folder)
    {
        _settings = settings;
        _folder = folder;
        _account = ServerAccount.Choose();
        var version = Path.Combine(DataFolder, "PG_VERSION");
        _binaries = PostgresBinaries.Find(File.Exists(version) ? File.ReadAllText(version).Trim() : null);
        if (!File.Exists(version))
        {
            CreateData();
        }

        if (RunningPostmaster() is not null && ReadPidFile() is { } running
            && running.Socket.Length > 0 && (running.Port != UnixPort) == settings.ListenOnTcp)
        {
            (_socketFolder, _port) = (running.Socket, running.Port);
        }
        else
        {
            StopOthers();
            _port = settings.ListenOnTcp ? FreePort() : UnixPort;
            _socketFolder = CreateSocketFolder();
        }
    }

    /// <summary>Whether the programs of a server are on this machine.</summary>
    public static bool IsInstalled => PostgresBinaries.AreInstalled;

    /// <summary>How to reach it, in the form of Npgsql, with an empty database to use.</summary>
    public string ConnectionString => ConnectionTo(DefaultDatabase);

    /// <summary>Whether the server's process is there.</summary>
    public bool IsRunning => RunningPostmaster() is not null;

    /// <summary>Where it lives.</summary>
    public string Folder => _folder;

    /// <summary>The file that it logs to.</summary>
    public string LogFile => Path.Combine(DataFolder, "server.log");

    private string DataFolder => Path.Combine(_folder, DataName);

    private bool IsTemporary => _settings.IsTemporary || _settings.Folder is null;

    /// <summary>Starts a server, or goes on with the one that runs from this folder.</summary>
    /// <exception cref="StoreException">PostgreSQL is not installed, does not start, or this process is root and cannot run it as somebody else.</exception>
    public static PostgresServer Start(PostgresServerSettings? settings = null)
    {
        settings ??= new PostgresServerSettings();
        PostgresServer? server = null;
        var folder = settings.Folder is null ? CreateTemporaryFolder() : Path.GetFullPath(settings.Folder);
        try
        {
            Directory.CreateDirectory(folder);
            server = new PostgresServer(settings, folder);
            server.Start();
            return server;
        }
        catch (Exception error) when (error is StoreException or IOException or UnauthorizedAccessException)
        {
            server?.Dispose();
            if (settings.IsTemporary || settings.Folder is null)
            {
                Delete(folder);
            }

            throw error as StoreException
                ?? new StoreException(Refusal.Unavailable, $"Cannot write '{folder}': {error.Message} Choose a folder that this user may write.", error);
        }
    }

    /// <summary>Starts it again after it was stopped or killed; nothing where it runs.</summary>
    /// <exception cref="StoreException">It does not start: with the end of its log.</exception>
    public void Start()
    {
        if (!IsRunning)
        {
            RemoveStaleFiles();
            Configure();
            try
            {
                _account.Run(
                    "start PostgreSQL", _binaries.PgCtl,
                    "start", "-w", "-t", StartSeconds.ToString(CultureInfo.InvariantCulture), "-D", DataFolder, "-l", LogFile);
            }
            catch (StoreException error)
            {
                throw new StoreException(error.Refusal, $"{error.Message} Its log ends with: {LogTail()} (all of it: '{LogFile}')", error);
            }
        }

        Prepare();
    }

    /// <summary>Stops it and waits for that; nothing where it does not run.</summary>
    /// <param name="immediate">Without a checkpoint: it recovers at the next start, as after a loss of power.</param>
    public void Stop(bool immediate = false)
    {
        if (IsRunning)
        {
            Resume();
            _account.Run("stop PostgreSQL", _binaries.PgCtl, "stop", "-w", "-t", "60", "-m", immediate ? "immediate" : "fast", "-D", DataFolder);
        }
    }

    /// <summary>Stops and starts it; whoever was connected must connect again.</summary>
    public void Restart(bool immediate = false)
    {
        Stop(immediate);
        Start();
    }

    /// <summary>Creates an empty database.</summary>
    /// <param name="name">Lower-case letters, digits and underscores.</param>
    /// <returns>How to reach it.</returns>
    public string CreateDatabase(string name)
    {
        Execute("postgres", $"CREATE DATABASE \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        return ConnectionTo(name);
    }

    /// <summary>Stops it, and deletes its folder where that is temporary.</summary>
    public void Dispose()
    {
        try
        {
            Stop();
        }
        catch (StoreException)
        {
            Kill();
        }

        if (!IsInside(_socketFolder))
        {
            Delete(_socketFolder);
        }

        if (IsTemporary)
        {
            Delete(_folder);
        }
    }

    /// <summary>Creates an empty folder for a server that goes with it: who writes its name down before the server starts can <see cref="Discard"/> it later.</summary>
    public static string CreateTemporaryFolder() => Directory.CreateTempSubdirectory(TemporaryPrefix).FullName;

    /// <summary>
    /// Ends the server of a temporary folder whose owner was killed, and deletes the folder. Nothing where there is none, or the folder is no temporary one of a
    /// server.
    /// </summary>
    /// <param name="folder">What <see cref="CreateTemporaryFolder"/> gave.</param>
    /// <exception cref="StoreException">Its processes do not end.</exception>
    public static void Discard(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Path.GetFileName(folder).StartsWith(TemporaryPrefix, StringComparison.Ordinal) || !Directory.Exists(folder))
        {
            return;
        }

        var data = Path.Combine(folder, DataName);
        var sockets = ReadPidFile(data)?.Socket;
        End(data);
        if (!string.IsNullOrEmpty(sockets) && Path.GetFileName(sockets).StartsWith("tessera-", StringComparison.Ordinal))
        {
            Delete(sockets); // a temporary one, beside the folder
        }

        Delete(folder);
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A temporary folder that stays harms nobody.
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool Fits(string folder) => System.Text.Encoding.UTF8.GetByteCount(Path.Combine(folder, ".s.PGSQL.65535")) <= SocketPathBytesMax;

    private string ConnectionTo(string database)
    {
        var parts = new NpgsqlConnectionStringBuilder
        {
            Host = _socketFolder,
            Port = _port,
            Username = User,
            Database = database,
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
        if (_settings.ListenOnTcp)
        {
            (parts.Host, parts.Password) = ("127.0.0.1", _password);
        }

        return parts.ConnectionString;
    }

    private bool IsInside(string folder) => folder.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>A data directory appears whole or not at all.</summary>
    private void CreateData()
    {
        if (IsTemporary)
        {
            _account.Take(_folder);
        }

        var unfinished = Path.Combine(_folder, "data.new");
        Delete(unfinished);
        Directory.CreateDirectory(unfinished);
        _account.Take(unfinished);
        _account.RequireReach(unfinished);
        string[] sync = IsTemporary ? ["--no-sync"] : []; // a temporary folder need not outlast the machine's power
        _account.Run(
            "create a database", _binaries.InitDb,
            ["-D", unfinished, "-U", User, "--encoding=UTF8", "--locale=C", "--data-checksums", "--auth=trust", .. sync]);
        Directory.Move(unfinished, DataFolder);
    }

    /// <summary>Within the server's folder if the path is short enough for a socket, else in a temporary one.</summary>
    private string CreateSocketFolder()
    {
        var folder = Path.Combine(_folder, "socket");
        if (Fits(folder))
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            folder = Directory.CreateTempSubdirectory("tessera-").FullName;
            if (!Fits(folder))
            {
                Delete(folder);
                throw new StoreException(
                    Refusal.Unavailable,
                    $"'{folder}' is too long for a Unix socket, which may have {SocketPathBytesMax} bytes. Set TMPDIR to a shorter folder, for instance /tmp.");
            }
        }

        _account.Take(folder);
        _account.RequireReach(folder);
        return folder;
    }

    private void Configure()
    {
        var lines = new List<string>
        {
            "# Written by tessera at each start.",
            $"unix_socket_directories = '{_socketFolder.Replace("'", "''", StringComparison.Ordinal)}'",
            "unix_socket_permissions = 0700",
            $"listen_addresses = '{(_settings.ListenOnTcp ? "127.0.0.1" : string.Empty)}'",
            string.Create(CultureInfo.InvariantCulture, $"port = {_port}"),
            string.Create(CultureInfo.InvariantCulture, $"max_connections = {_settings.ConnectionsMax}"),
            "password_encryption = 'scram-sha-256'",
            "shared_buffers = 64MB",
            "max_wal_size = 512MB",
            "max_wal_senders = 0",
            "wal_level = minimal",
            "max_parallel_workers = 0",
            "jit = off",
            "fsync = on",
            "full_page_writes = on",
            "synchronous_commit = on",
            "log_checkpoints = off",
            "timezone = 'UTC'",
        };
        File.WriteAllLines(Path.Combine(DataFolder, "postgresql.conf"), lines);
        File.WriteAllLines(
            Path.Combine(DataFolder, "pg_hba.conf"),
            ["local all all trust", .. _settings.ListenOnTcp ? ["host all all 127.0.0.1/32 scram-sha-256"] : Array.Empty<string>()]);
    }

    /// <summary>The database, and the password, which only lives as long as this object.</summary>
    private void Prepare()
    {
        if (_settings.ListenOnTcp)
        {
            Execute("postgres", $"ALTER ROLE {User} PASSWORD '{_password}'");
        }

        try
        {
            Execute("postgres", $"CREATE DATABASE {DefaultDatabase}");
        }
        catch (StoreException error) when (error.InnerException is PostgresException { SqlState: PostgresErrorCodes.DuplicateDatabase })
        {
            // Of before.
        }
    }

    private void Execute(string database, string sql)
    {
        var parts = new NpgsqlConnectionStringBuilder(ConnectionTo(database)) { Host = _socketFolder, Pooling = false, CommandTimeout = 60 };
        try
        {
            using var connection = new NpgsqlConnection(parts.ConnectionString);
            connection.Open();
            using var command = new NpgsqlCommand(sql, connection);
            command.ExecuteNonQuery();
        }
        catch (NpgsqlException error)
        {
            throw new StoreException(Refusal.Unavailable, $"The private PostgreSQL in '{_folder}' refuses: {error.Message} Its log: '{LogFile}'.", error);
        }
    }

    private string LogTail()
    {
        try
        {
            return ProgramCall.Last(File.ReadAllText(LogFile));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "nothing";
        }
    }
}
