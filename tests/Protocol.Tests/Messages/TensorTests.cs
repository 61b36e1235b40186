using System.Runtime.CompilerServices;
using Tessera.Protocol.Messages;

namespace Tessera.Protocol.Tests.Messages;

public class TensorTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(10, 784)]
    public unsafe void Buffers_start_a_cache_line(int rows, int columns)
    {
        var padded = AlignedFloats.Padded(rows, columns);
        var dense = AlignedFloats.Dense(rows, columns);

        Assert.Equal(0, padded.Stride % 16);
        Assert.Equal(columns, dense.Stride);
        Assert.Equal((nuint)0, (nuint)Unsafe.AsPointer(ref padded.Row(0)[0]) % 64);
        Assert.Equal((nuint)0, (nuint)Unsafe.AsPointer(ref dense.Row(0)[0]) % 64);
    }

    [Fact]
    public void A_part_is_the_same_memory()
    {
        var all = AlignedFloats.Dense(3, 5);
        for (var i = 0; i < 15; i++)
        {
            all.Dense[i] = i;
        }

        var part = all.Part(1, 2);
        var copy = new float[6];
        part.CopyTo(copy);

        Assert.Equal([1f, 2f, 6f, 7f, 11f, 12f], copy);
        Assert.False(part.IsDense);
        Assert.Throws<InvalidOperationException>(() => part.Dense.Length);
        part.Row(2)[1] = -1;
        Assert.Equal(-1f, all.Row(2)[2]);
    }
}
