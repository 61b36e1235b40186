using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;

namespace Tessera.Host.Runs;

/// <summary>
/// The private database server of a cluster that goes with it. The run folder says where it lives, so that the server of a cluster whose owner was killed
/// can be ended and its folder deleted by whoever goes on. Whoever calls holds the lock of the run.
/// </summary>
internal sealed class RunServer : IDisposable
{
    private readonly RunFolder _folder;

    private RunServer(RunFolder folder, PostgresServer server)
    {
        _folder = folder;
        Server = server;
    }

    /// <summary>The server.</summary>
    public PostgresServer Server { get; }

    /// <summary>Starts a new one in a temporary folder, after removing what is left of an earlier one.</summary>
    /// <param name="folder">The run.</param>
    /// <exception cref="StoreException">It does not start, or the earlier one does not end.</exception>
    public static RunServer Start(RunFolder folder)
    {
        Remove(folder);
        string place = PostgresServer.CreateTemporaryFolder();
        File.WriteAllText(folder.Server, place + "\n"); // first: whatever happens from here on, nothing is forgotten
        return new RunServer(folder, PostgresServer.Start(new PostgresServerSettings { Folder = place, IsTemporary = true }));
    }

    /// <summary>Removes what is left of an earlier one.</summary>
    /// <param name="folder">The run.</param>
    /// <exception cref="StoreException">It does not end.</exception>
    public static void Remove(RunFolder folder)
    {
        if (!File.Exists(folder.Server)) { return; }
        if (File.ReadAllText(folder.Server).Trim() is { Length: > 0 } place) { PostgresServer.Discard(place); }
        File.Delete(folder.Server);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Server.Dispose();
        File.Delete(_folder.Server);
    }
}
