using System.CommandLine;
using Tessera.Actors.Stores;
using Tessera.Actors.Transport;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Cluster;

/// <summary>The options by which a process finds its cluster: the database, the run, and how it is reached itself.</summary>
internal sealed class ClusterOptions
{
    /// <summary>Environment variable in place of <c>--database</c>.</summary>
    public const string DatabaseVariable = "TESSERA_DATABASE";

    /// <summary>Environment variable in place of <c>--run</c>.</summary>
    public const string RunVariable = "TESSERA_RUN";

    /// <summary>Environment variable in place of <c>--name</c>.</summary>
    public const string NameVariable = "TESSERA_NODE_NAME";

    private readonly Option<string?> _database = new("--database")
    {
        Description = $"Connection string of PostgreSQL; default the variable {DatabaseVariable}, which hides a password from lists of processes.",
        HelpName = "CONNECTION",
    };

    private readonly Option<string?> _run = new("--run") { Description = $"Name of the run in that database; default the variable {RunVariable}.", HelpName = "NAME" };
    private readonly Option<string?> _name = new("--name")
    {
        Description = $"Name of this process, the same after a restart; default the variable {NameVariable}, then the name of the machine.",
        HelpName = "NAME",
    };

    private readonly Option<string> _listen = new("--listen")
    {
        Description = "Where connections are taken: tcp://HOST:PORT or unix:/PATH. Anything but this machine wants a shared secret.",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => "tcp://127.0.0.1:0",
    };

    private readonly Option<string?> _advertise = new("--advertise") { Description = "How others reach it, where that differs from --listen.", HelpName = "HOST:PORT" };
    private readonly Option<string?> _secretFile = new("--secret-file")
    {
        Description = $"File with the secret that all processes of the cluster share; default the variable {SharedSecret.Variable}.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _blobs = new("--blobs")
    {
        Description = "Folder, shared by all processes, for the bytes of checkpoints; default the database.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _http = new("--http")
    {
        Description = "Where health and status are served, ADDRESS:PORT or 'off'.",
        HelpName = "ADDRESS:PORT",
    };

    /// <summary>Adds the options that say which cluster.</summary>
    public void AddCluster(Command command)
    {
        command.Add(_database);
        command.Add(_run);
    }

    /// <summary>Adds the options of a process that belongs to it.</summary>
    public void AddProcess(Command command)
    {
        AddCluster(command);
        command.Add(_name);
        command.Add(_listen);
        command.Add(_advertise);
        command.Add(_http);
        command.Add(_secretFile);
        command.Add(_blobs);
    }

    /// <summary>Whether the command line says which cluster, or a part of it.</summary>
    public bool NamesCluster(ParseResult parsed) => parsed.GetValue(_database) is not null || parsed.GetValue(_run) is not null;

    /// <summary>Database and run, as far as the command line and the variables name them.</summary>
    public (string? Database, string? Run) FindCluster(ParseResult parsed) =>
        (parsed.GetValue(_database) ?? Variable(DatabaseVariable), parsed.GetValue(_run) ?? Variable(RunVariable));

    /// <summary>Which cluster.</summary>
    /// <exception cref="CommandLineException">Something is missing or cannot be.</exception>
    public ClusterPlace ReadCluster(ParseResult parsed)
    {
        (string? database, string? run) = FindCluster(parsed);
        if (database is null) { throw new CommandLineException($"There is no --database; expected the connection string of PostgreSQL, for instance --database \"Host=db;Username=tessera;Database=tessera\", or the variable {DatabaseVariable}. 'tessera up' starts one by itself."); }
        if (run is null) { throw new CommandLineException($"There is no --run; expected the name of the run, the same for all its processes, or the variable {RunVariable}."); }
        string? blobs = parsed.GetValue(_blobs);
        return new ClusterPlace(database, run, blobs is null ? null : Path.GetFullPath(blobs));
    }

    /// <summary>How this process takes part.</summary>
    /// <exception cref="CommandLineException">Something cannot be.</exception>
    public ProcessPlace ReadProcess(ParseResult parsed)
    {
        string listen = parsed.GetValue(_listen)!;
        if (!PeerAddress.TryParse(listen, out PeerAddress? address, out string? problem)) { throw new CommandLineException($"--listen: '{listen}' {problem}, as in tcp://127.0.0.1:7420 or unix:/run/tessera.sock."); }
        string? secretFile = parsed.GetValue(_secretFile);
        return new ProcessPlace
        {
            Cluster = ReadCluster(parsed),
            Name = parsed.GetValue(_name) ?? Variable(NameVariable) ?? Environment.MachineName.ToLowerInvariant(),
            Listen = address,
            Advertise = Advertised(parsed.GetValue(_advertise)),
            Secret = secretFile is null ? SharedSecret.FromEnvironment() : SharedSecret.FromFile(secretFile),
            Http = parsed.GetValue(_http),
        };
    }

    private static PeerAddress? Advertised(string? text)
    {
        if (text is null) { return null; }
        string full = text.Contains("://", StringComparison.Ordinal) || text.StartsWith("unix:", StringComparison.Ordinal) ? text : "tcp://" + text;
        return PeerAddress.TryParse(full, out PeerAddress? address, out string? problem) ? address : throw new CommandLineException($"--advertise: '{text}' {problem}, as in node-3.example:7420.");
    }

    /// <summary>The value of an environment variable, or null where it is not set or empty.</summary>
    internal static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

/// <summary>Which run of which database.</summary>
/// <param name="Database">Connection string.</param>
/// <param name="Run">Name of the run.</param>
/// <param name="Blobs">Folder for the bytes of checkpoints, or null for the database.</param>
internal sealed record ClusterPlace(string Database, string Run, string? Blobs)
{
    /// <summary>The folder as a store of blobs, or null.</summary>
    public DirectoryBlobStore? Files => Blobs is null ? null : new DirectoryBlobStore(Blobs);
}

/// <summary>How a process takes part in a run.</summary>
internal sealed record ProcessPlace
{
    /// <summary>Which run.</summary>
    public required ClusterPlace Cluster { get; init; }

    /// <summary>Its name, stable over restarts.</summary>
    public required string Name { get; init; }

    /// <summary>Where it takes connections.</summary>
    public required PeerAddress Listen { get; init; }

    /// <summary>How others reach it; null where that is where it listens.</summary>
    public PeerAddress? Advertise { get; init; }

    /// <summary>What all processes know, or null.</summary>
    public SharedSecret? Secret { get; init; }

    /// <summary>Where HTTP is served, or null for a free port of this machine; <c>off</c> for none.</summary>
    public string? Http { get; init; }
}
