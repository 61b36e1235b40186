using Tessera.Actors.Postgres;

namespace Tessera.Host.Faults;

/// <summary>
/// What a command that brings about faults has started: a server, a folder, and the cluster of the moment. All of it is taken down with this object, and when
/// SIGINT or SIGTERM comes.
/// </summary>
internal sealed class FaultStage : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FaultInterrupt _interrupt;
    private IDisposable? _cluster;
    private bool _isDown;

    /// <summary>Starts the server.</summary>
    /// <param name="settings">Settings of the server; default a temporary one.</param>
    public FaultStage(PostgresServerSettings? settings = null)
    {
        Server = PostgresServer.Start(settings);
        _interrupt = new FaultInterrupt(TakeDown);
    }

    /// <summary>The server.</summary>
    public PostgresServer Server { get; }

    /// <summary>A folder for everything else.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("tessera-faults-").FullName;

    /// <summary>Whether the signal came; then it does not return (<see cref="FaultInterrupt.IsEnding"/>).</summary>
    public bool IsEnding() => _interrupt.IsEnding();

    /// <summary>From now on this cluster is taken down too; whoever made it may do so before.</summary>
    public T Owning<T>(T cluster)
        where T : IDisposable
    {
        lock (_gate) { _cluster = cluster; }
        return cluster;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = IsEnding(); // what fails because the signal takes everything down goes no further
        TakeDown();
        _interrupt.Dispose();
    }

    private void TakeDown()
    {
        lock (_gate)
        {
            if (_isDown) { return; }
            _isDown = true;
            _cluster?.Dispose();
            Server.Dispose();
            Directory.Delete(Folder, recursive: true);
        }
    }
}
