using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Stores;
using Tessera.Actors.Tests.Support;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Postgres;

[Collection(PostgresCollection.Name)]
public class PostgresRunStoreConformanceTests : RunStoreTests
{
    private readonly PostgresFixture _postgres;

    public PostgresRunStoreConformanceTests(PostgresFixture postgres)
    {
        PostgresFixture.RequireInstalled();
        _postgres = postgres;
    }

    private protected override Scope Begin(int keep = 2, int terms = 1)
    {
        var store = PostgresRunStore.Create(_postgres.ConnectionString, _postgres.NewRun(), Identity, keep);
        store.PieceBytes = 70_000; // so that blobs have several
        return new Scope(store, terms, store);
    }
}

[Collection(PostgresCollection.Name)]
public class PostgresDirectoryRunStoreConformanceTests : RunStoreTests
{
    private readonly PostgresFixture _postgres;

    public PostgresDirectoryRunStoreConformanceTests(PostgresFixture postgres)
    {
        PostgresFixture.RequireInstalled();
        _postgres = postgres;
    }

    private protected override Scope Begin(int keep = 2, int terms = 1)
    {
        var folder = new TemporaryFolder();
        try
        {
            var store = PostgresRunStore.Create(_postgres.ConnectionString, _postgres.NewRun(), Identity, keep, new DirectoryBlobStore(folder.Path));
            return new Scope(store, terms, store, folder);
        }
        catch (ArgumentException)
        {
            folder.Dispose();
            throw;
        }
    }
}
