using System.Net;
using System.Net.Sockets;
using Tessera.Host.Faults.Taps;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Wire;

namespace Tessera.Host.Tests.Faults;

/// <summary>What a tap does to frames, seen from both ends of a connection.</summary>
public sealed class TapTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ManualResetEventSlim _seen = new();
    private readonly Tap _tap;
    private readonly Socket _near = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _far;
    private long _awaited = -1;

    public TapTests()
    {
        _listener.Start();
        _tap = new Tap(DataProtocol.Create, frame =>
        {
            if (frame.Message?.Step.Value == (ulong)Volatile.Read(ref _awaited)) { _seen.Set(); }
        })
        {
            Target = ((IPEndPoint)_listener.LocalEndpoint).Port,
        };
        _near.Connect(IPAddress.Loopback, _tap.Port);
        _far = _listener.AcceptSocket();
        _far.ReceiveTimeout = 10_000;
        foreach (byte[] word in new[] { Word(), Word() }) { _near.Send(word); }
        Assert.Equal((byte[])[.. Word(), .. Word()], Received(2 * Word().Length));
    }

    public void Dispose()
    {
        _near.Dispose();
        _far.Dispose();
        _tap.Dispose();
        _listener.Dispose();
        _seen.Dispose();
    }

    [Fact]
    public void Frames_pass_as_they_are_however_they_are_cut_into_packets()
    {
        byte[] frames = [.. Frame(1), .. Ping(), .. Frame(2)];
        foreach (byte one in frames) { _near.Send([one]); }
        Assert.Equal(frames, Received(frames.Length));
    }

    [Fact]
    public void What_is_held_stays_with_all_behind_it_but_signs_of_life_until_it_is_released()
    {
        TapHold hold = _tap.Hold(frame => frame.Is(MessageKind.Commit, 2));
        _near.Send((byte[])[.. Frame(1), .. Frame(2), .. Frame(3), .. Ping()]);
        Assert.Equal((byte[])[.. Frame(1), .. Ping()], Received(Frame(1).Length + Ping().Length));
        Assert.True(hold.IsHeld);
        hold.Release();
        Assert.Equal((byte[])[.. Frame(2), .. Frame(3)], Received(Frame(2).Length + Frame(3).Length));
    }

    [Fact]
    public void What_a_cut_keeps_arrives_when_it_is_mended_and_the_other_way_is_open_meanwhile()
    {
        _tap.Cut(TapDirection.Forth);
        Volatile.Write(ref _awaited, 1);
        _near.Send((byte[])[.. Ping(), .. Frame(1)]);
        Assert.True(_seen.Wait(TimeSpan.FromSeconds(10)));
        _far.Send(Word());
        byte[] back = new byte[Word().Length];
        Assert.Equal(back.Length, _near.Receive(back));
        Assert.Equal(0, _far.Available);
        _tap.Mend();
        Assert.Equal((byte[])[.. Ping(), .. Frame(1)], Received(Ping().Length + Frame(1).Length));
    }

    [Fact]
    public void Messages_are_doubled_and_signs_of_life_are_not()
    {
        _tap.Duplicates = true;
        _near.Send((byte[])[.. Frame(1), .. Ping(), .. Frame(2)]);
        byte[] expected = [.. Frame(1), .. Frame(1), .. Ping(), .. Frame(2), .. Frame(2)];
        Assert.Equal(expected, Received(expected.Length));
    }

    [Fact]
    public void Half_of_a_truncated_frame_arrives_and_the_end_of_the_connection()
    {
        _tap.Truncate(frame => frame.Is(MessageKind.Commit, 2));
        _near.Send((byte[])[.. Frame(1), .. Frame(2)]);
        int length = Frame(1).Length + (Frame(2).Length / 2);
        Assert.Equal(((byte[])[.. Frame(1), .. Frame(2)])[..length], Received(length));
        Assert.Equal(0, _far.Receive(new byte[1]));
    }

    [Fact]
    public void Sql_is_read_with_the_transaction_that_a_commit_ends()
    {
        TapProtocols sql = SqlProtocol.Create();
        byte[] startup = [0, 0, 0, 8, 0, 3, 0, 0];
        Assert.Equal(8, sql.Forth.Measure([.. startup, (byte)'Q']));
        Assert.Equal(string.Empty, sql.Forth.Read(startup).Text);
        Assert.Equal("BEGIN", sql.Forth.Read(Sql('Q', "BEGIN\0")).Text);
        Assert.Equal("INSERT INTO t VALUES ($1)", sql.Forth.Read(Sql('P', "\0INSERT INTO t VALUES ($1)\0\0\0")).Text);
        Assert.Equal("COMMIT", sql.Forth.Read(Sql('Q', "COMMIT\0")).Text);
        Assert.Equal("INSERT 0 1", sql.Back.Read(Sql('C', "INSERT 0 1\0")).Text);
        Assert.Contains("INSERT INTO t", sql.Back.Read(Sql('C', "COMMIT\0")).Text, StringComparison.Ordinal);
        Assert.Equal("ERROR 53100", sql.Back.Read(Sql('E', "SERROR\0C53100\0Mfull\0\0")).Text);
        Assert.Equal(0, sql.Back.Measure(Sql('C', "COMMIT\0").AsSpan()[..^1]));
    }

    private static byte[] Word() => [5, 0, 0, 0, 1, 0, 0, 0, 0xC0];

    private static byte[] Ping()
    {
        byte[] bytes = new byte[FrameHead.Bytes];
        FrameHead.Ping.Write(bytes);
        return bytes;
    }

    private static byte[] Frame(ulong step)
    {
        MessagePackWriter writer = new();
        Message commit = new() { Kind = MessageKind.Commit, To = Recipient.Node, Tile = TileId.None, Term = new Term(1), Step = new StepId(step) };
        MessageCodec.WriteHead(commit, writer, FrameLimits.Default);
        return writer.Written.ToArray();
    }

    private static byte[] Sql(char type, string body)
    {
        byte[] text = System.Text.Encoding.UTF8.GetBytes(body);
        return [(byte)type, 0, 0, 0, (byte)(4 + text.Length), .. text];
    }

    private byte[] Received(int count)
    {
        byte[] bytes = new byte[count];
        for (int read = 0; read < count;)
        {
            int some = _far.Receive(bytes.AsSpan(read));
            Assert.True(some > 0, $"the connection ended after {read} of {count} bytes");
            read += some;
        }

        return bytes;
    }
}
