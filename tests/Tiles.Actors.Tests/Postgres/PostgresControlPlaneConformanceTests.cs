using Tessera.Actors.Tests.ControlPlanes;
using Tessera.Actors.Tests.Support;

namespace Tessera.Actors.Tests.Postgres;

[Collection(PostgresCollection.Name)]
public class PostgresControlPlaneConformanceTests : ControlPlaneConformanceTests
{
    private readonly PostgresFixture _postgres;

    public PostgresControlPlaneConformanceTests(PostgresFixture postgres) => _postgres = postgres;

    protected override Cluster Begin(Wishes wishes) => new PostgresCluster(_postgres, wishes);
}
