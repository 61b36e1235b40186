using Tessera.Actors.Postgres;
using Tessera.Host.Http;
using Tessera.Protocol.Cluster;

namespace Tessera.Host.Cluster;

/// <summary>The members of a run as its database knows them.</summary>
internal sealed class PostgresDirectory : IMemberDirectory
{
    private readonly PostgresControlPlane _plane;

    private PostgresDirectory(PostgresControlPlane plane) => _plane = plane;

    /// <summary>Opens the directory of a run.</summary>
    public static IMemberDirectory Open(string database, string run) => new PostgresDirectory(new PostgresControlPlane(database, run));

    /// <inheritdoc/>
    public IReadOnlyList<Member> Members() => _plane.Members().Members;

    /// <inheritdoc/>
    public Leader? Leader() => _plane.Leader();

    /// <inheritdoc/>
    public void Dispose() => _plane.Dispose();
}
