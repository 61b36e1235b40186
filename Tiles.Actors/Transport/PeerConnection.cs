using System.Net.Sockets;
using System.Security.Cryptography;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Wire;

namespace Tessera.Actors.Transport;

/// <summary>
/// One socket from handshake to end, run by one thread: it reads, hands on, and waits while whoever takes the messages is busy. Other threads only send through
/// <see cref="Sender"/> and <see cref="Close"/> it.
/// </summary>
internal sealed partial class PeerConnection
{
    private const int NonceBytes = 32;
    private readonly PeerNetwork _network;
    private readonly PeerNetworkSettings _settings;
    private readonly Socket _socket;
    private readonly PeerId? _expected;
    private readonly long _started = Environment.TickCount64;
    private readonly ManualResetEventSlim _ended = new();
    private ConnectionEndedException? _end;
    private long _lastHeard = Environment.TickCount64;
    private volatile bool _isHandling;
    private Thread? _thread;

    /// <summary>Takes a connected socket.</summary>
    /// <param name="network">Whose it is.</param>
    /// <param name="socket">The socket; disposed by <see cref="Run"/>.</param>
    /// <param name="sender">What was and will be sent to the peer.</param>
    /// <param name="where">The address at the other end, for people.</param>
    /// <param name="expected">Who must answer where this process called; null where it was called.</param>
    public PeerConnection(PeerNetwork network, Socket socket, PeerSender sender, string where, PeerId? expected)
    {
        _network = network;
        _settings = network.Settings;
        _socket = socket;
        _expected = expected;
        Sender = sender;
        Where = where;
    }

    /// <summary>The sending side.</summary>
    public PeerSender Sender { get; }

    /// <summary>The address at the other end, for people.</summary>
    public string Where { get; }

    /// <summary>Whether the other side called.</summary>
    public bool IsInbound => _expected is null;

    /// <summary>For people.</summary>
    public string Direction => IsInbound ? "from" : "to";

    /// <summary>Who is at the other end; null until the handshake is done.</summary>
    public RemotePeer? Remote { get; private set; }

    /// <summary>Handshake, then messages, until the connection ends. Never throws.</summary>
    /// <returns>How it ended.</returns>
    public ConnectionEndedException Run()
    {
        try
        {
            Configure();
            if (ShakeHands())
            {
                _isHandling = true;
                _network.Establish(this);
                Excuse(Environment.TickCount64);
                _isHandling = false;
                ReceiveMessages();
            }
        }
        catch (ConnectionEndedException end)
        {
            TryEnd(end);
        }
        catch (WireFormatException error)
        {
            Refuse(ConnectionEnd.Malformed, error.Message, HandshakeFrame.Refusal(error.Message, _settings.Frames));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            TryEnd(new ConnectionEndedException(ConnectionEnd.ByPeer, $"the socket failed: {error.Message}"));
        }

        // What waits for a peer that is dialled outlives an attempt whose handshake failed.
        if (IsInbound || Remote is not null)
        {
            Sender.Close();
        }

        _socket.Dispose();
        return _end!;
    }

    /// <summary>Remembers this thread as the one that runs the connection.</summary>
    public void MarkStarted() => _thread = Thread.CurrentThread;

    /// <summary>After everything that the end of the connection entails was done.</summary>
    public void MarkEnded() => _ended.Set();

    /// <summary>Waits until nothing of this connection is delivered any more.</summary>
    public void WaitForEnd(TimeSpan limit)
    {
        if (_thread != Thread.CurrentThread)
        {
            _ended.Wait(limit);
        }
    }

    /// <summary>Attaches the sender: what waits goes out.</summary>
    public void AttachSender() => Sender.Attach(_socket, Close);

    /// <summary>Ends the connection; its thread notices at once. Any thread may, and none waits.</summary>
    public void Close(ConnectionEnd end, string reason)
    {
        if (TryEnd(new ConnectionEndedException(end, reason)))
        {
            ShutDown(SocketShutdown.Both);
        }
    }

    /// <summary>What the passing of time entails.</summary>
    public void Tick(long now)
    {
        if (Remote is null)
        {
            if (now - _started > (long)_settings.HandshakeTimeLimit.TotalMilliseconds)
            {
                Close(ConnectionEnd.HandshakeTime, $"the handshake was not done within {_settings.HandshakeTimeLimit.TotalSeconds} s");
            }

            return;
        }

        Sender.Ping(now);
        var silence = now - Volatile.Read(ref _lastHeard);
        if (!_isHandling && silence > (long)_settings.SilenceLimit.TotalMilliseconds)
        {
            Close(ConnectionEnd.Silent, $"silent for {silence} ms; at most {_settings.SilenceLimit.TotalMilliseconds} ms are taken");
        }
    }

    /// <summary>Counts silence from now: this process, not the peer, was away.</summary>
    public void Excuse(long now) => Volatile.Write(ref _lastHeard, now);

    private void Configure()
    {
        _socket.Blocking = false;
        if (_socket.AddressFamily != AddressFamily.Unix)
        {
            _socket.NoDelay = true;
            return;
        }

        // An accepted Unix socket does not inherit them.
        _socket.SendBufferSize = _settings.SocketBufferBytes;
        _socket.ReceiveBufferSize = _settings.SocketBufferBytes;
    }

    private bool ShakeHands()
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        RandomNumberGenerator.Fill(nonce);
        var own = _settings.ForHandshake();
        Handshake handshake;
        if (_expected is { } expected)
        {
            handshake = Handshake.Call(own, expected, nonce, out var hello);
            SendWord(hello);
        }
        else
        {
            handshake = Handshake.Answer(own, nonce);
        }

        while (true)
        {
            var result = handshake.Receive(Buffered);
            Skip(result.Consumed);
            if (result.Refusal != HandshakeRefusal.None)
            {
                Refuse(EndOf(result.Refusal), result.Reason!, result.Reply.Span);
                return false;
            }

            SendWord(result.Reply.Span);
            if (result.Established is { } remote)
            {
                Remote = remote;
                Volatile.Write(ref _lastHeard, Environment.TickCount64);
                return true;
            }

            if (result.Consumed == 0)
            {
                FillBuffer(_settings.Frames.HandshakeBytesMax + FrameHead.Bytes);
            }
        }
    }

    private static ConnectionEnd EndOf(HandshakeRefusal refusal) => refusal switch
    {
        HandshakeRefusal.Version => ConnectionEnd.Version,
        HandshakeRefusal.Secret => ConnectionEnd.Secret,
        HandshakeRefusal.Identity => ConnectionEnd.Identity,
        HandshakeRefusal.ByPeer => ConnectionEnd.RefusedByPeer,
        _ => ConnectionEnd.Malformed,
    };

    // The words of a handshake are smaller than any socket's buffer; a socket that does not take one at once is of no use.
    private void SendWord(ReadOnlySpan<byte> word)
    {
        if (word.IsEmpty)
        {
            return;
        }

        var count = _socket.Send(word, SocketFlags.None, out var error);
        if (error != SocketError.Success || count != word.Length)
        {
            throw Ended(ConnectionEnd.ByPeer, $"sending failed in the handshake ({error})");
        }

        _network.Counters.Sent(count);
    }

    // Tells the other side why, if it still listens. Bytes that it sent and nobody reads would make the system drop the reason too, hence the reading.
    private void Refuse(ConnectionEnd end, string reason, ReadOnlySpan<byte> frame)
    {
        if (!TryEnd(new ConnectionEndedException(end, reason)))
        {
            return;
        }

        try
        {
            if (Remote is null)
            {
                _socket.Send(frame, SocketFlags.None, out _);
            }
            else
            {
                Sender.CloseWith(frame);
            }

            ShutDown(SocketShutdown.Send);
            ReadToEnd();
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The other side is gone; it does not need the reason.
        }
    }

    /// <summary>Settles how the connection ends, and counts that before the other side can see it.</summary>
    /// <returns>Whether it had not ended before.</returns>
    private bool TryEnd(ConnectionEndedException end)
    {
        if (Interlocked.CompareExchange(ref _end, end, null) is not null)
        {
            return false;
        }

        _network.Counters.Ended(end.End);
        return true;
    }

    private ConnectionEndedException Ended(ConnectionEnd end, string reason) => Volatile.Read(ref _end) ?? new ConnectionEndedException(end, reason);

    private void ShutDown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }
    }
}
