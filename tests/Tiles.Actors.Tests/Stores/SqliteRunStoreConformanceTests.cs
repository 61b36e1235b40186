using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

public class SqliteRunStoreConformanceTests : RunStoreTests
{
    private protected override Scope Begin(int keep = 2, int terms = 1)
    {
        var folder = new TemporaryFolder();
        try
        {
            var store = SqliteRunStore.Create(folder.File(SqliteRunStore.FileName), Identity, keep);
            return new Scope(store, terms, store, folder);
        }
        catch (ArgumentException)
        {
            folder.Dispose();
            throw;
        }
    }
}
