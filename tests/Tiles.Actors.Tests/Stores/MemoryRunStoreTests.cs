using Tessera.Actors.Stores;
using Tessera.Protocol.Messages;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

public class MemoryRunStoreTests : RunStoreTests
{
    [Fact]
    public void A_change_of_an_array_that_was_put_is_noticed()
    {
        var store = new MemoryRunStore();
        var array = Blob(1);
        var hash = store.Put(array);

        array[3]++;

        Refused(Refusal.Damaged, () => store.Get(hash));
    }

    private protected override Scope Begin(int keep = 2, int terms = 1) => new(new MemoryRunStore(keep), terms);
}
