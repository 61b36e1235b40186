using System.Text.RegularExpressions;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Tests.Support;
using Tessera.Protocol.Wire;

namespace Tessera.Protocol.Tests.Wire;

public partial class ProtocolPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "protocol.md"));

    [Fact]
    public void The_pages_forward_is_what_is_written_and_is_read()
    {
        var message = new Message
        {
            Kind = MessageKind.Forward,
            To = Recipient.Tile,
            Tile = new TileId(3),
            ReplyTo = new EdgeId(new StageId(2), 1),
            Term = Term.First,
            Step = new StepId(840),
            Vectors = new VectorRange(0, 1),
            Payload = new Tensor([1.5f, -2f], 0, 1, 2, 2),
        };
        var bytes = Example("A forward");

        Assert.Equal(Convert.ToHexStringLower(MessageCodec.Encode(message)), Convert.ToHexStringLower(bytes));
        WireAssert.Same(message, MessageCodec.Decode(bytes), "the page's example");
    }

    [Fact]
    public void The_pages_heartbeat_and_refusal_are_what_is_written()
    {
        var ping = new byte[FrameHead.Bytes];
        FrameHead.Ping.Write(ping);

        Assert.Equal(ping, Example("A heartbeat"));
        Assert.Equal(HandshakeFrame.Refusal("too late", FrameLimits.Default), Example("A refusal"));
    }

    [Fact]
    public void The_pages_handshake_is_what_is_said()
    {
        var secret = "0123456789abcdef";
        var nonces = new[] { Enumerable.Repeat((byte)0x11, 32).ToArray(), [.. Enumerable.Repeat((byte)0x22, 32)] };
        var caller = Handshake.Call(WireSamples.Process(1, "a", secret), new PeerId(2), nonces[0], out var hello);
        var answerer = Handshake.Answer(WireSamples.Process(2, "b", secret), nonces[1]);
        var answer = answerer.Receive(hello).Reply.ToArray();
        var proof = caller.Receive(answer).Reply.ToArray();
        var last = answerer.Receive(proof).Reply.ToArray();

        Assert.Equal(
            (Convert.ToHexStringLower(hello), Convert.ToHexStringLower(proof), Convert.ToHexStringLower(last)),
            (Convert.ToHexStringLower(Example("A hello")), Convert.ToHexStringLower(Example("The caller's proof")), Convert.ToHexStringLower(Example("The answerer's proof"))));
        Assert.Equal(new PeerId(2), caller.Receive(last).Established!.Peer);
    }

    [Fact]
    public void The_pages_limits_are_the_defaults()
    {
        var limits = FrameLimits.Default;
        foreach (var (name, value) in new (string, int)[]
        {
            (nameof(limits.FrameBytesMax), limits.FrameBytesMax), (nameof(limits.HeaderBytesMax), limits.HeaderBytesMax),
            (nameof(limits.HandshakeBytesMax), limits.HandshakeBytesMax), (nameof(limits.DetailBytesMax), limits.DetailBytesMax),
            (nameof(limits.NameBytesMax), limits.NameBytesMax), (nameof(limits.StagesMax), limits.StagesMax), (nameof(limits.TilesMax), limits.TilesMax),
        })
        {
            Assert.Contains(FormattableString.Invariant($"| `{name}` | {value:N0} |"), Page, StringComparison.Ordinal);
        }
    }

    // Hexadecimal bytes at the beginning of the lines of the code block after a title; what follows two spaces explains them.
    private static byte[] Example(string title)
    {
        var start = Page.IndexOf($"{title}:\n\n```\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"The page has no example '{title}'.");
        start = Page.IndexOf("```\n", start, StringComparison.Ordinal) + 4;
        var lines = Page[start..Page.IndexOf("```", start, StringComparison.Ordinal)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return Convert.FromHexString(string.Concat(lines.Select(line => HexBytes().Match(line).Value)).Replace(" ", string.Empty, StringComparison.Ordinal));
    }

    [GeneratedRegex("^[0-9a-f]{2}( [0-9a-f]{2})*(?=  |$)")]
    private static partial Regex HexBytes();

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tessera.slnx")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds Tessera.slnx.");
        }

        return folder;
    }
}
