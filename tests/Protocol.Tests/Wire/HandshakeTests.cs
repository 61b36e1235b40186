using Tessera.Protocol.Identity;
using Tessera.Protocol.Tests.Support;
using Tessera.Protocol.Wire;

namespace Tessera.Protocol.Tests.Wire;

public class HandshakeTests
{
    private const string Secret = "a shared secret of the tests";
    private static readonly byte[] CallersNonce = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] AnswerersNonce = [.. Enumerable.Range(100, 32).Select(i => (byte)i)];

    [Theory]
    [InlineData(null)]
    [InlineData(Secret)]
    public void Both_sides_learn_who_the_other_is(string? secret)
    {
        var (caller, answerer) = Talk(WireSamples.Process(1, "a", secret), WireSamples.Process(2, "b", secret), new PeerId(2));

        Assert.Equal(new RemotePeer(new PeerId(2), "b", "node", 1), caller.Established);
        Assert.Equal(new RemotePeer(new PeerId(1), "a", "node", 1), answerer.Established);
    }

    [Fact]
    public void Bytes_may_come_one_at_a_time()
    {
        Handshake.Call(WireSamples.Process(1, "a"), null, CallersNonce, out var hello);
        var answerer = Handshake.Answer(WireSamples.Process(2, "b"), AnswerersNonce);
        for (var length = 0; length < hello.Length; length++)
        {
            Assert.Equal(0, answerer.Receive(hello.AsSpan(0, length)).Consumed);
        }

        Assert.Equal(hello.Length, answerer.Receive([.. hello, 1, 2]).Consumed);
    }

    [Fact]
    public void The_newest_common_version_is_spoken()
    {
        var old = WireSamples.Process(1, "a") with { Versions = new ProtocolRange(1, 3) };
        var (caller, answerer) = Talk(old, WireSamples.Process(2, "b") with { Versions = new ProtocolRange(2, 5) }, null);

        Assert.Equal((3, 3), (caller.Established!.Version, answerer.Established!.Version));
    }

    [Fact]
    public void Wrong_secrets_identities_and_versions_are_refused_on_both_sides()
    {
        var own = WireSamples.Process(1, "a", Secret);
        Assert.Equal(HandshakeRefusal.Secret, Talk(own, WireSamples.Process(2, "b", Secret + "!"), null).Answerer.Refusal);
        Assert.Equal(HandshakeRefusal.Secret, Talk(own, WireSamples.Process(2, "b"), null).Answerer.Refusal);
        Assert.Equal(HandshakeRefusal.Secret, Talk(WireSamples.Process(1, "a"), WireSamples.Process(2, "b", Secret), null).Answerer.Refusal);
        Assert.Equal(HandshakeRefusal.Identity, Talk(own, WireSamples.Process(2, "b", Secret), new PeerId(3)).Caller.Refusal);
        Assert.Equal(HandshakeRefusal.Identity, Talk(own, WireSamples.Process(1, "b", Secret), null).Answerer.Refusal);
        var (caller, answerer) = Talk(own with { Versions = new ProtocolRange(7, 8) }, WireSamples.Process(2, "b", Secret), null);
        Assert.Equal((HandshakeRefusal.ByPeer, HandshakeRefusal.Version), (caller.Refusal, answerer.Refusal));
        Assert.Equal(answerer.Reason, caller.Reason);
    }

    [Fact]
    public void A_proof_is_good_for_one_connection_only()
    {
        var (settings, other) = (WireSamples.Process(1, "a", Secret), WireSamples.Process(2, "b", Secret));
        var caller = Handshake.Call(settings, null, CallersNonce, out var hello);
        var proof = caller.Receive(Handshake.Answer(other, AnswerersNonce).Receive(hello).Reply.Span).Reply;
        var replayed = Handshake.Answer(other, CallersNonce);
        replayed.Receive(hello);

        Assert.Equal(HandshakeRefusal.Secret, replayed.Receive(proof.Span).Refusal);
    }

    [Fact]
    public void A_proof_sent_back_to_its_maker_is_refused()
    {
        var caller = Handshake.Call(WireSamples.Process(1, "a", Secret), null, CallersNonce, out var hello);
        var proof = caller.Receive(Handshake.Answer(WireSamples.Process(2, "b", Secret), AnswerersNonce).Receive(hello).Reply.Span).Reply;

        Assert.Equal(HandshakeRefusal.Secret, caller.Receive(proof.Span).Refusal);
    }

    [Theory]
    [InlineData("474554202f20485454502f312e310d0a")]
    [InlineData("0400000000000000")]
    [InlineData("05000000ffffffffff")]
    [InlineData("0500000001000000c0")]
    [InlineData("050000000100000080")]
    public void What_is_no_handshake_is_refused(string hex)
    {
        var result = Handshake.Answer(WireSamples.Process(2, "b"), AnswerersNonce).Receive(Convert.FromHexString(hex));

        Assert.Equal(HandshakeRefusal.Malformed, result.Refusal);
        Assert.False(result.Reply.IsEmpty);
    }

    private static (HandshakeResult Caller, HandshakeResult Answerer) Talk(HandshakeSettings callers, HandshakeSettings answerers, PeerId? expected)
    {
        var caller = Handshake.Call(callers, expected, CallersNonce, out var bytes);
        var answerer = Handshake.Answer(answerers, AnswerersNonce);
        HandshakeResult fromCaller = default;
        HandshakeResult fromAnswerer = default;
        for (var toAnswerer = true; bytes.Length > 0; toAnswerer = !toAnswerer)
        {
            var result = (toAnswerer ? answerer : caller).Receive(bytes);
            Assert.Equal(bytes.Length, result.Consumed);
            (fromCaller, fromAnswerer) = toAnswerer ? (fromCaller, result) : (result, fromAnswerer);
            bytes = result.Reply.ToArray();
            if (result.Refusal == HandshakeRefusal.ByPeer)
            {
                break;
            }
        }

        return (fromCaller, fromAnswerer);
    }
}
