using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Wire;

namespace Tessera.Actors.Transport;

/// <summary>
/// The sending side of one connection, also while there is none yet. A message goes straight from its tensor to the socket, on the thread that sends it; what the
/// socket does not take at once is copied, and a thread of its own sends that. Nothing here waits for the other side.
/// </summary>
internal sealed class PeerSender(PeerNetworkSettings settings, TransportCounters counters)
{
    private const int ScratchBytes = 64 * 1024;
    private const int PollMicroseconds = 200_000;
    private static readonly byte[] PingFrame = MakePing();
    private readonly object _gate = new();
    private readonly MessagePackWriter _writer = new();
    private readonly PendingBytes _pending = new();
    private readonly byte[] _scratch = GC.AllocateUninitializedArray<byte>(ScratchBytes);
    private int _held; // bytes of _scratch that wait for the message that follows
    private Socket? _socket;
    private Action<ConnectionEnd, string>? _close;
    private Thread? _drainer;
    private bool _closed;
    private long _waitingMessages; // sent before there is a connection
    private long _lastSent;

    /// <summary>Sends a message, now or when there is a connection.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isFollowed">Whether another one is sent at once: until then this one is held, so that both are one packet.</param>
    /// <returns>False if the connection is closed.</returns>
    /// <exception cref="WireFormatException">The message cannot travel.</exception>
    public bool Send(in Message message, bool isFollowed)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _writer.Clear();
            MessageCodec.WriteHead(message, _writer, settings.Frames);
            var payloadBytes = MessageCodec.PayloadBytes(message);
            if (_pending.Count + _held + _writer.Length + payloadBytes > settings.BytesInFlightMax)
            {
                Overflow();
                return false;
            }

            PushFrame(message, isFollowed);
            if (_closed)
            {
                return false;
            }

            _waitingMessages += _socket is null ? 1 : 0;
            counters.MessageSent(payloadBytes);
            return true;
        }
    }

    /// <summary>The handshake is done: sends what waits, and everything from now on.</summary>
    /// <param name="socket">A socket that does not block.</param>
    /// <param name="close">Called when sending fails; must not wait.</param>
    public void Attach(Socket socket, Action<ConnectionEnd, string> close)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _socket = socket;
            _close = close;
            _waitingMessages = 0;
            _lastSent = Environment.TickCount64;
            WakeDrainer();
        }
    }

    /// <summary>Says that this process is alive, if nothing was sent for a while. Does not wait for a thread that sends just now.</summary>
    public void Ping(long now)
    {
        if (now - Volatile.Read(ref _lastSent) < (long)settings.HeartbeatInterval.TotalMilliseconds || !Monitor.TryEnter(_gate))
        {
            return;
        }

        try
        {
            if (!_closed && _socket is not null && _pending.IsEmpty && _held == 0)
            {
                Push(PingFrame);
            }
        }
        finally
        {
            Monitor.Exit(_gate);
        }
    }

    /// <summary>Sends a last frame, if the socket is between two frames and takes it, and closes.</summary>
    public void CloseWith(ReadOnlySpan<byte> frame)
    {
        lock (_gate)
        {
            if (!_closed && _socket is not null && _pending.IsEmpty && _held == 0)
            {
                Push(frame);
            }
        }

        Close();
    }

    /// <summary>Drops what waits and takes nothing more. The socket stays open: it belongs to the connection.</summary>
    public void Close()
    {
        Thread? drainer;
        lock (_gate)
        {
            _closed = true;
            _held = 0;
            _pending.Clear();
            counters.Dropped(_waitingMessages);
            _waitingMessages = 0;
            drainer = _drainer;
            Monitor.PulseAll(_gate);
        }

        if (drainer != Thread.CurrentThread)
        {
            drainer?.Join();
        }
    }

    private static byte[] MakePing()
    {
        var frame = new byte[FrameHead.Bytes];
        FrameHead.Ping.Write(frame);
        return frame;
    }

    // Head and the beginning of the numbers share one buffer, so that a small message is one packet; the rest of a large dense payload is not copied.
    private void PushFrame(in Message message, bool isFollowed)
    {
        var fill = _held;
        _held = 0;
        Gather(_writer.Written, ref fill);
        if (MessageCodec.PayloadBytes(message) > 0)
        {
            var payload = message.Payload;
            if (payload.IsDense)
            {
                Gather(MemoryMarshal.AsBytes(payload.Dense), ref fill);
            }
            else
            {
                for (var row = 0; row < payload.Rows; row++)
                {
                    Gather(MemoryMarshal.AsBytes(payload.Row(row)), ref fill);
                }
            }
        }

        if (isFollowed && !_closed)
        {
            _held = fill;
        }
        else
        {
            Push(_scratch.AsSpan(0, fill));
        }
    }

    private void Gather(ReadOnlySpan<byte> bytes, ref int fill)
    {
        while (!bytes.IsEmpty)
        {
            if (fill == 0 && bytes.Length >= ScratchBytes)
            {
                Push(bytes);
                return;
            }

            var count = Math.Min(ScratchBytes - fill, bytes.Length);
            bytes[..count].CopyTo(_scratch.AsSpan(fill));
            fill += count;
            bytes = bytes[count..];
            if (fill == ScratchBytes)
            {
                Push(_scratch);
                fill = 0;
            }
        }
    }

    private void Push(ReadOnlySpan<byte> bytes)
    {
        if (_closed || bytes.IsEmpty)
        {
            return;
        }

        if (_socket is not null && _pending.IsEmpty)
        {
            bytes = bytes[SendNow(bytes)..];
        }

        if (!_closed && !bytes.IsEmpty)
        {
            _pending.Append(bytes);
            WakeDrainer();
        }
    }

    /// <returns>Bytes that the socket took.</returns>
    private int SendNow(ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        while (sent < bytes.Length)
        {
            int count;
            SocketError error;
            try
            {
                count = _socket!.Send(bytes[sent..], SocketFlags.None, out error);
            }
            catch (ObjectDisposedException)
            {
                (count, error) = (0, SocketError.OperationAborted);
            }

            if (error == SocketError.Success)
            {
                sent += count;
                counters.Sent(count);
                Volatile.Write(ref _lastSent, Environment.TickCount64);
            }
            else if (error is SocketError.WouldBlock or SocketError.IOPending)
            {
                break;
            }
            else if (error != SocketError.Interrupted)
            {
                Fail(ConnectionEnd.ByPeer, $"sending failed ({error})");
                break;
            }
        }

        return sent;
    }

    private void Overflow()
    {
        if (_socket is not null)
        {
            Fail(ConnectionEnd.Overflow, $"{_pending.Count} bytes wait for it and one more message exceeds {settings.BytesInFlightMax}: it reads too slowly");
            return;
        }

        // The peer is being dialled. Half of what waits would be worse than nothing, because the rest would look complete.
        counters.Dropped(_waitingMessages);
        _waitingMessages = 0;
        _held = 0;
        _pending.Clear();
    }

    private void Fail(ConnectionEnd end, string reason)
    {
        _closed = true;
        _held = 0;
        _pending.Clear();
        Monitor.PulseAll(_gate);
        _close?.Invoke(end, reason);
    }

    private void WakeDrainer()
    {
        if (_socket is null || _pending.IsEmpty)
        {
            return;
        }

        if (_drainer is null)
        {
            _drainer = new Thread(Drain) { IsBackground = true, Name = "tessera-send" };
            _drainer.Start();
        }

        Monitor.PulseAll(_gate);
    }

    private void Drain()
    {
        while (true)
        {
            lock (_gate)
            {
                while (!_closed && _pending.IsEmpty)
                {
                    Monitor.Wait(_gate);
                }

                while (!_closed && !_pending.IsEmpty)
                {
                    var first = _pending.First();
                    var sent = SendNow(first);
                    if (_closed)
                    {
                        break;
                    }

                    _pending.Consume(sent);
                    if (sent < first.Length)
                    {
                        break;
                    }
                }

                if (_closed)
                {
                    return;
                }
            }

            WaitUntilWritable();
        }
    }

    private void WaitUntilWritable()
    {
        try
        {
            _socket!.Poll(PollMicroseconds, SelectMode.SelectWrite);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The next attempt to send says what is wrong.
        }
    }
}
