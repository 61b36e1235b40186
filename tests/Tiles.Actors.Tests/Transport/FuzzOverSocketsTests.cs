using Tessera.Actors.Tests.Support;
using Tessera.Actors.Transport;
using Tessera.Protocol.Tests.Support;
using Tessera.Protocol.Wire;

namespace Tessera.Actors.Tests.Transport;

/// <summary>
/// Mutated frames over real connections. Every one of them is read by the receiver's parser of frames: it is the first of a connection whose handshake is
/// done, or follows frames that were whole.
/// </summary>
public class FuzzOverSocketsTests
{
    private const int Frames = 10_000;
    private const int Talkers = 4; // each a process of its own for the receiver
    private const long RetainedBytesMax = 64 << 20;
    private static readonly FrameLimits Limits = new() { FrameBytesMax = 1 << 20 };

    [Fact]
    public void Ten_thousand_mutated_frames_neither_crash_nor_grow_the_process()
    {
        using var folder = new TemporaryFolder();
        var inbox = new RecordingInbox { OnMessage = (_, lease) => lease?.Release() };
        using var a = new TestNetwork(1, change: settings => settings with { Frames = Limits }, inbox: inbox);
        var bound = a.Network.Listen(PeerAddress.Unix(Path.Combine(folder.Path, "a")));
        byte[][] valid = [.. Enumerable.Range(0, 200).Select(i => MessageCodec.Encode(WireSamples.Draw(new Random(i))))];
        var talkers = Enumerable.Range(0, Talkers).Select(i => new Talker(bound, 2 + i, new FrameMutator(3 + i, valid))).ToList();
        talkers.ForEach(talker => talker.Talk(Frames / 100)); // everything is there once
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var threads = talkers.Select(talker => new Thread(() => talker.Talk(Frames / Talkers))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, RetainedBytesMax);
        Assert.All(talkers, talker => Assert.Null(talker.Failure));
        var seen = a.Network.ReadCounters();
        var fates = talkers.SelectMany(talker => talker.Fates).ToLookup(fate => fate.End);
        Assert.True(talkers.Sum(talker => talker.Fates.Count) >= Frames);
        Assert.Equal(talkers.Sum(talker => talker.Fates.Sum(fate => fate.Messages)), seen.MessagesReceived);
        Assert.Equal(fates[FrameEnd.Malformed].Count(), seen.Ended[ConnectionEnd.Malformed]);
        Assert.Equal(fates[FrameEnd.Refusal].Count(), seen.Ended[ConnectionEnd.RefusedByPeer]);
        Assert.Equal(fates[FrameEnd.Unfinished].Count() + talkers.Sum(talker => talker.Farewells), seen.Ended[ConnectionEnd.ByPeer]);
        Assert.Equal(talkers.Sum(talker => talker.Connections), seen.Ended.Values.Sum());
        Assert.InRange(fates[FrameEnd.Malformed].Count(), Frames / 2, Frames);

        // It still serves others.
        using var raw = new RawPeer(bound);
        raw.ShakeHands(2 + Talkers);
        raw.Send(valid[0]);
        raw.EndSending();
        raw.ReadToEnd();
        Assert.Equal(seen.MessagesReceived + 1, a.Network.ReadCounters().MessagesReceived);
    }

    /// <summary>What a receiver makes of bytes, said by the parser alone.</summary>
    private static Fate FateOf(ReadOnlySpan<byte> bytes)
    {
        var messages = 0;
        try
        {
            while (!bytes.IsEmpty)
            {
                if (bytes.Length < FrameHead.Bytes)
                {
                    return new Fate(FrameEnd.Unfinished, messages);
                }

                var head = FrameHead.Read(bytes, Limits);
                if (bytes.Length < FrameHead.Bytes + head.HeaderBytes)
                {
                    return new Fate(FrameEnd.Unfinished, messages);
                }

                var header = bytes.Slice(FrameHead.Bytes, head.HeaderBytes);
                bytes = bytes[(FrameHead.Bytes + head.HeaderBytes)..];
                if (head.IsPing)
                {
                    continue;
                }

                if (HandshakeFrame.IsRefusal(header))
                {
                    HandshakeFrame.ReadRefusal(header, Limits);
                    return new Fate(FrameEnd.Refusal, messages);
                }

                MessageCodec.ReadHeader(header, head.PayloadBytes, Limits);
                if (bytes.Length < head.PayloadBytes)
                {
                    return new Fate(FrameEnd.Unfinished, messages);
                }

                bytes = bytes[head.PayloadBytes..];
                messages++;
            }

            return new Fate(FrameEnd.Whole, messages);
        }
        catch (WireFormatException)
        {
            return new Fate(FrameEnd.Malformed, messages);
        }
    }

    private enum FrameEnd
    {
        Whole,
        Unfinished,
        Malformed,
        Refusal,
    }

    private readonly record struct Fate(FrameEnd End, int Messages);

    /// <summary>Sends frames, over a new connection as soon as one was not whole.</summary>
    private sealed class Talker(PeerAddress bound, int peer, FrameMutator mutator)
    {
        /// <summary>Of each frame that reached the parser.</summary>
        public List<Fate> Fates { get; } = [];

        public int Connections { get; private set; }

        /// <summary>Connections that were ended here after whole frames.</summary>
        public int Farewells { get; private set; }

        public Exception? Failure { get; private set; }

        public void Talk(int frames)
        {
            try
            {
                for (var end = Fates.Count + frames; Fates.Count < end;)
                {
                    TalkOnce(end);
                }
            }
            catch (Exception error)
            {
                Failure = error;
            }
        }

        private void TalkOnce(int end)
        {
            using var raw = new RawPeer(bound);
            raw.ShakeHands(peer);
            Connections++;
            var isWhole = true;
            while (isWhole && Fates.Count < end)
            {
                var frame = mutator.Next();
                if (frame.Length < FrameHead.Bytes)
                {
                    continue; // nothing that a parser could look at
                }

                Fates.Add(FateOf(frame));
                isWhole = Fates[^1].End == FrameEnd.Whole;
                raw.TrySend(frame);
            }

            Farewells += isWhole ? 1 : 0;
            raw.EndSending();
            raw.ReadToEnd();
        }
    }
}
