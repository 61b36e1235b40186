using Tessera.Protocol.Identity;
using Tessera.Protocol.Tests.Support;
using Tessera.Protocol.Wire;

namespace Tessera.Protocol.Tests.Wire;

public class FuzzTests
{
    private const string Secret = "a shared secret of the tests";

    // An assignment within the limit on tiles may be large; anything else costs about what it is long, and an error.
    private const long AllocatedBytesMax = 32 << 20;
    private const long AllocatedBytesMean = 16 << 10;
    private const long RetainedBytesMax = 8 << 20;

    [Fact]
    public void A_hundred_thousand_mutated_frames_are_messages_or_are_refused() => Run(seed: 1, frames: 100_000);

    [Fact]
    [Trait("Category", "Long")]
    public void A_million_mutated_frames_are_messages_or_are_refused() => Run(seed: 2, frames: 1_000_000);

    private static void Run(int seed, int frames)
    {
        var messages = new FrameMutator(seed, [.. Enumerable.Range(0, 200).Select(i => MessageCodec.Encode(WireSamples.Draw(new Random(i))))]);
        var words = new FrameMutator(seed, Conversation());
        var (taken, refused, shaken) = (0, 0, 0);
        var retained = GC.GetTotalMemory(forceFullCollection: true);
        var total = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < frames; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            if (i % 4 == 0)
            {
                shaken += ShakeHands(words, i) ? 1 : 0;
            }
            else if (IsMessage(messages.Next()))
            {
                taken++;
            }
            else
            {
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedBytesMax);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - total) / frames, 0, AllocatedBytesMean);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - retained, long.MinValue, RetainedBytesMax);

        // Neither side of the fence is empty, or the test would test nothing.
        Assert.True(taken > frames / 1000 && refused > frames / 10, $"{taken} of {frames} mutated frames were messages, {refused} were refused");
        Assert.Equal(0, shaken);
    }

    private static bool IsMessage(byte[] frame)
    {
        try
        {
            MessageCodec.Encode(MessageCodec.Decode(frame));
            return true;
        }
        catch (WireFormatException)
        {
            return false;
        }
    }

    // With a secret, no mutation of another connection's words may ever be believed.
    private static bool ShakeHands(FrameMutator words, int round)
    {
        var nonce = new byte[32];
        new Random(round).NextBytes(nonce);
        var settings = WireSamples.Process(1, "a", Secret);
        var handshake = (round / 4) % 2 == 0 ? Handshake.Answer(settings, nonce) : Handshake.Call(settings, new PeerId(2), nonce, out _);
        byte[] received = [.. words.Next(), .. words.Next()];
        for (var position = 0; ;)
        {
            var result = handshake.Receive(received.AsSpan(position));
            position += result.Consumed;
            if (result.Established is not null)
            {
                return true;
            }

            if (result.Refusal != HandshakeRefusal.None || result.Consumed == 0)
            {
                return false;
            }
        }
    }

    private static List<byte[]> Conversation()
    {
        var caller = Handshake.Call(WireSamples.Process(2, "b", Secret), new PeerId(3), new byte[32], out var hello);
        var answerer = Handshake.Answer(WireSamples.Process(3, "c", Secret), new byte[32]);
        var answer = answerer.Receive(hello).Reply.ToArray();
        var proof = caller.Receive(answer).Reply.ToArray();
        var last = answerer.Receive(proof).Reply.ToArray();
        return [hello, answer, proof, last, HandshakeFrame.Refusal("no", FrameLimits.Default)];
    }
}
