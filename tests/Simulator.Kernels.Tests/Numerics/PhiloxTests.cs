using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Numerics;

public class PhiloxTests
{
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(
        0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Reference_gives_the_published_known_answers(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint e0, uint e1, uint e2, uint e3)
    {
        PhiloxReference.Block(new RandomKey(k0, k1), c0, c1, c2, c3, out var w0, out var w1, out var w2, out var w3);
        Assert.Equal((e0, e1, e2, e3), (w0, w1, w2, w3));
    }

    [Fact]
    public void Lanes_equal_the_reference_on_arbitrary_counters()
    {
        for (var trial = 0u; trial < 500; trial++)
        {
            var key = new RandomKey(Word(trial, 100), Word(trial, 101));
            var c0 = Words(trial, 0);
            var c1 = Words(trial, 16);
            var c2 = Words(trial, 32);
            var c3 = Words(trial, 48);
            PhiloxLanes.Block(key, c0, c1, c2, c3, out var w0, out var w1, out var w2, out var w3);
            for (var lane = 0; lane < Lanes.Count; lane++)
            {
                PhiloxReference.Block(key, c0[lane], c1[lane], c2[lane], c3[lane], out var r0, out var r1, out var r2, out var r3);
                Assert.Equal((r0, r1, r2, r3), (w0[lane], w1[lane], w2[lane], w3[lane]));
            }
        }
    }

    [Fact]
    public void Keys_differ_in_every_part_of_their_address()
    {
        var keys = new HashSet<RandomKey>();
        var count = 0;
        foreach (var seed in new ulong[] { 0, 1, 1UL << 32, ulong.MaxValue })
        {
            for (var tile = 0u; tile < 5; tile++)
            {
                for (var replica = 0u; replica < 3; replica++)
                {
                    foreach (var stream in Enum.GetValues<RandomStream>())
                    {
                        for (var callSite = 0u; callSite < 4; callSite++)
                        {
                            keys.Add(RandomKey.Derive(new TileIdentity(seed, tile, replica), stream, callSite));
                            count++;
                        }
                    }
                }
            }
        }

        Assert.Equal(count, keys.Count);
    }

    [Fact]
    public void A_key_is_the_documented_hash()
    {
        PhiloxReference.Block(new RandomKey(0x89abcdef, 0x01234567), 5, 9, 3, 7, out var k0, out var k1, out _, out _);
        Assert.Equal(new RandomKey(k0, k1), RandomKey.Derive(new TileIdentity(0x0123456789abcdef, 7, 3), RandomStream.PulseTrainX, 5));
    }

    private static uint Word(uint trial, uint index)
    {
        PhiloxReference.Block(new RandomKey(17, 4), trial, index, 0, 0, out var word, out _, out _, out _);
        return word;
    }

    private static Vector512<uint> Words(uint trial, uint first)
    {
        var words = new uint[Lanes.Count];
        for (var lane = 0u; lane < words.Length; lane++)
        {
            words[lane] = Word(trial, first + lane);
        }

        return Vector512.Create(words);
    }
}
