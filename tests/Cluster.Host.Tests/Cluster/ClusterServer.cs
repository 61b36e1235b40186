using Tessera.Actors.Postgres;
using Tessera.Host.Faults;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Cluster;

/// <summary>One PostgreSQL server for all tests of clusters, which therefore run one after another; each has a run of its own in it.</summary>
public sealed class ClusterServer : IDisposable
{
    private readonly Lazy<PostgresServer> _server = new(() => PostgresServer.Start(FaultTable.Server));
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<FaultlessRun> _reference;

    public ClusterServer() => _reference = new Lazy<FaultlessRun>(() => FaultTable.TrainReference(_folder.Root));

    /// <summary>What the cases of the fault table come to without faults.</summary>
    internal FaultlessRun Reference => _reference.Value;

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
        _folder.Dispose();
    }
}

/// <summary>Tests that start clusters.</summary>
[CollectionDefinition(Name)]
public sealed class ClusterTests : ICollectionFixture<ClusterServer>
{
    public const string Name = "clusters";
}
