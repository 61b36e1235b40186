using System.Text;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;
using Tessera.Protocol.Tests.Support;
using Tessera.Protocol.Wire;

namespace Tessera.Protocol.Tests.Wire;

public class MessageCodecTests
{
    [Fact]
    public void Every_member_that_travels_comes_back()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var sent = WireSamples.Draw(new Random(seed));
            WireAssert.Same(sent, MessageCodec.Decode(MessageCodec.Encode(sent)), seed);
        }
    }

    [Fact]
    public void Members_with_a_meaning_in_one_process_alone_do_not_travel()
    {
        var sent = WireSamples.Forward(1, 1) with { Peer = new PeerId(5), From = Recipient.Node, Blob = [1, 2, 3] };
        var seen = MessageCodec.Decode(MessageCodec.Encode(sent));

        Assert.Equal((PeerId.Here, Recipient.None, null), (seen.Peer, seen.From, seen.Blob));
    }

    [Fact]
    public void A_forward_needs_less_than_forty_bytes_beside_its_numbers()
    {
        var forward = WireSamples.Forward(64, 512);

        Assert.InRange(MessageCodec.Encode(forward).Length - MessageCodec.PayloadBytes(forward), 1, 40);
    }

    [Fact]
    public void Writing_and_reading_a_header_allocates_nothing()
    {
        var forward = WireSamples.Forward(8, 16);
        var writer = new MessagePackWriter();
        long before = 0;
        for (var i = 0; i < 200; i++)
        {
            before = i == 100 ? GC.GetAllocatedBytesForCurrentThread() : before;
            writer.Clear();
            MessageCodec.WriteHead(forward, writer, FrameLimits.Default);
            var head = FrameHead.Read(writer.Written, FrameLimits.Default);
            MessageCodec.ReadHeader(writer.Written[FrameHead.Bytes..], head.PayloadBytes, FrameLimits.Default);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_long_detail_is_cut_at_a_character()
    {
        var sent = WireSamples.Forward(1, 1) with { Detail = "x" + new string('€', 2000) };
        var seen = MessageCodec.Decode(MessageCodec.Encode(sent));

        Assert.Equal(sent.Detail[..1366], seen.Detail);
        Assert.InRange(Encoding.UTF8.GetByteCount(seen.Detail!), 4094, 4096);
    }

    [Fact]
    public void Keys_of_a_later_version_are_passed_over()
    {
        var writer = new MessagePackWriter();
        writer.Reserve(FrameHead.Bytes);
        writer.WriteMapHeader(6);
        writer.WriteInt64(1000);
        writer.WriteArrayHeader(1);
        writer.WriteNil();
        writer.WriteInt64(-5);
        writer.WriteNil();
        writer.WriteString("name");
        writer.WriteBinary([1]);
        writer.WriteInt64(1);
        writer.WriteInt64(200);
        writer.WriteInt64(2);
        writer.WriteInt64((int)Recipient.Node);
        writer.WriteInt64(11);
        writer.WriteInt64(7);
        new FrameHead(writer.Length - FrameHead.Bytes, 0).Write(writer.At(0, FrameHead.Bytes));
        var seen = MessageCodec.Decode(writer.Written);

        Assert.Equal(((MessageKind)200, Recipient.Node, 7UL), (seen.Kind, seen.To, seen.Step.Value));
    }

    [Theory]
    [InlineData("no kind", 2, 4)]
    [InlineData("no recipient", 1, 1)]
    [InlineData("a store as recipient", 1, 1, 2, 6)]
    [InlineData("a client as recipient", 1, 1, 2, 3)]
    [InlineData("no kind but zero", 1, 0, 2, 4)]
    [InlineData("a key twice", 1, 1, 2, 4, 1, 1)]
    [InlineData("an unknown refusal", 1, 1, 2, 4, 3, 10)]
    [InlineData("an unknown purpose", 1, 1, 2, 4, 4, 2)]
    [InlineData("a negative count", 1, 1, 2, 4, 13, -1)]
    [InlineData("a tile below none", 1, 1, 2, 4, 7, -2)]
    [InlineData("a tile above the limit", 1, 1, 2, 4, 7, 65536)]
    [InlineData("a range that overflows", 1, 1, 2, 4, 12, int.MaxValue, 13, 1)]
    [InlineData("numbers that do not follow", 1, 1, 2, 4, 19, 2, 20, 2)]
    [InlineData("numbers whose size overflows", 1, 1, 2, 4, 19, 65536, 20, 65536)]
    [InlineData("rows without columns", 1, 1, 2, 4, 19, 1)]
    public void An_impossible_header_is_refused(string what, params int[] pairs)
    {
        var writer = new MessagePackWriter();
        writer.WriteMapHeader(pairs.Length / 2);
        foreach (var value in pairs)
        {
            writer.WriteInt64(value);
        }

        var header = writer.Written.ToArray();
        var error = Record.Exception(() => MessageCodec.ReadHeader(header, 0, FrameLimits.Default));

        Assert.True(error is WireFormatException, $"{what}: {error}");
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(3u, 0u)]
    [InlineData(4u, 1u)]
    [InlineData(8u, 0u)]
    [InlineData((256u << 20) + 1, 4u)]
    [InlineData((16u << 20) + 8, (16u << 20) + 1)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    public void An_impossible_head_is_refused(uint rest, uint header)
    {
        byte[] bytes = [.. BitConverter.GetBytes(rest), .. BitConverter.GetBytes(header)];

        Assert.Throws<WireFormatException>(() => FrameHead.Read(bytes, FrameLimits.Default));
    }

    [Fact]
    public void What_cannot_travel_is_refused_when_it_is_written()
    {
        var good = WireSamples.Forward(2, 2);
        var small = new FrameLimits { FrameBytesMax = 40 };

        Assert.Throws<WireFormatException>(() => MessageCodec.Encode(good with { To = Recipient.Store }));
        Assert.Throws<WireFormatException>(() => MessageCodec.Encode(good with { Kind = MessageKind.None }));
        Assert.Throws<WireFormatException>(() => MessageCodec.Encode(good with { Body = new MemberList([]) }));
        Assert.Throws<WireFormatException>(() => MessageCodec.Encode(good with { Hash = new BlobHash("x") }));
        Assert.Throws<WireFormatException>(() => MessageCodec.Encode(good, small));
    }
}
