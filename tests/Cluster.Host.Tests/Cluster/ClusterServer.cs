using Tessera.Actors.Postgres;

namespace Tessera.Host.Tests.Cluster;

/// <summary>One PostgreSQL server for all tests of clusters, which therefore run one after another; each has a run of its own in it.</summary>
public sealed class ClusterServer : IDisposable
{
    private readonly Lazy<PostgresServer> _server = new(() => PostgresServer.Start());

    /// <summary>The server, started where it was not.</summary>
    /// <remarks>Skips the test where PostgreSQL is not installed.</remarks>
    public PostgresServer Running()
    {
        Skip.IfNot(PostgresServer.IsInstalled, "No PostgreSQL server is installed on this machine (package 'postgresql').");
        _server.Value.Start();
        return _server.Value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_server.IsValueCreated) { _server.Value.Dispose(); }
    }
}

/// <summary>Tests that start clusters.</summary>
[CollectionDefinition(Name)]
public sealed class ClusterTests : ICollectionFixture<ClusterServer>
{
    public const string Name = "clusters";
}
