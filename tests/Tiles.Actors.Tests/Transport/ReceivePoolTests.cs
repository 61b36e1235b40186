using Tessera.Actors.Transport;

namespace Tessera.Actors.Tests.Transport;

public class ReceivePoolTests
{
    [Fact]
    public void Memory_is_used_again_after_its_last_holder_released_it()
    {
        var pool = new ReceivePool(1 << 20);
        var lease = pool.Rent(1000);
        lease.Retain();
        lease.Release();
        Assert.NotSame(lease, pool.Rent(1000));
        lease.Release();

        Assert.Same(lease, pool.Rent(1024));
        Assert.Equal(0, pool.KeptBytes);
    }

    [Fact]
    public void A_release_too_many_is_a_defect()
    {
        var lease = new ReceivePool(1 << 20).Rent(10);
        lease.Release();

        Assert.Throws<InvalidOperationException>(lease.Release);
    }

    [Fact]
    public void What_is_kept_is_bounded()
    {
        var pool = new ReceivePool(8192);
        ReceiveLease[] leases = [pool.Rent(1024), pool.Rent(1024), pool.Rent(1024), pool.Rent(5000)];
        foreach (var lease in leases)
        {
            lease.Release();
        }

        Assert.Equal(8192, pool.KeptBytes);
    }

    [Fact]
    public void Values_start_at_a_cache_line_and_are_dense()
    {
        var tensor = new ReceivePool(0).Rent(12).View(3, 4);
        unsafe
        {
            fixed (float* first = &tensor.Values[tensor.Offset])
            {
                Assert.Equal(0, (long)first % 64);
            }
        }

        Assert.Equal(12, tensor.Dense.Length);
    }
}
