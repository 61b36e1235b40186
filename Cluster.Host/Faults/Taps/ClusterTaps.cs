using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Tessera.Host.Faults.Taps;

/// <summary>
/// The taps of a cluster: one in front of each node, through which all frames of the data plane go, and one between each process and the database.
/// </summary>
/// <param name="database">The database, by TCP.</param>
internal sealed class ClusterTaps(string database) : IDisposable
{
    private readonly Dictionary<string, Tap> _nodes = [];
    private readonly Dictionary<string, Tap> _databases = [];

    /// <summary>What has passed.</summary>
    public FrameWatch Watch { get; } = new();

    /// <summary>The tap in front of a node, which may not have started yet.</summary>
    public Tap Node(string name)
    {
        if (!_nodes.TryGetValue(name, out Tap? tap))
        {
            _nodes[name] = tap = new Tap(DataProtocol.Create, frame => Watch.See(name, frame));
        }

        return tap;
    }

    /// <summary>The tap between a process, which may not have started yet, and the database.</summary>
    public Tap Database(string name)
    {
        if (!_databases.TryGetValue(name, out Tap? tap))
        {
            _databases[name] = tap = new Tap(SqlProtocol.Create, frame => Watch.SeeSql(frame))
            {
                Target = new NpgsqlConnectionStringBuilder(database).Port,
            };
        }

        return tap;
    }

    /// <summary>How a process reaches the database.</summary>
    public string DatabaseOf(string name) =>
        new NpgsqlConnectionStringBuilder(database) { Port = Database(name).Port, SslMode = SslMode.Disable }.ConnectionString;

    /// <summary>How a node listens and is reached, in a new life.</summary>
    public string[] ArgumentsOf(string node)
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        Node(node).Target = port;
        return ["--listen", $"tcp://127.0.0.1:{port}", "--advertise", $"127.0.0.1:{Node(node).Port}"];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tap tap in (Tap[])[.. _nodes.Values, .. _databases.Values]) { tap.Dispose(); }
    }
}
