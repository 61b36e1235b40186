using System.Net.Sockets;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Wire;

namespace Tessera.Actors.Transport;

internal sealed partial class PeerConnection
{
    private const int BufferBytes = 32 * 1024;
    private const int PollMicroseconds = 1_000_000;
    private const int LingerMilliseconds = 500;

    // Holds heads and headers; of a payload only what came along with its header.
    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private int _start;
    private int _count;
    private bool _isDrained; // the socket gave less than it was asked for

    private ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _count);

    private void ReceiveMessages()
    {
        while (true)
        {
            var needed = FrameHead.Bytes;
            while (_count >= needed)
            {
                var head = FrameHead.Read(Buffered, _settings.Frames);
                if (_count < FrameHead.Bytes + head.HeaderBytes)
                {
                    needed = FrameHead.Bytes + head.HeaderBytes;
                    break;
                }

                Skip(FrameHead.Bytes);
                if (!head.IsPing)
                {
                    TakeFrame(head);
                }
            }

            FillBuffer(needed);
        }
    }

    private void TakeFrame(FrameHead head)
    {
        var header = Buffered[..head.HeaderBytes];
        if (HandshakeFrame.IsRefusal(header))
        {
            throw Ended(ConnectionEnd.RefusedByPeer, HandshakeFrame.ReadRefusal(header, _settings.Frames));
        }

        var message = MessageCodec.ReadHeader(header, head.PayloadBytes, _settings.Frames);
        Skip(head.HeaderBytes);
        if (head.PayloadBytes == 0)
        {
            Deliver(message with { Peer = Remote!.Peer, Payload = default }, null, 0);
            return;
        }

        var lease = _network.Pool.Rent(head.PayloadBytes / sizeof(float));
        try
        {
            ReceivePayload(lease.Bytes(head.PayloadBytes));
        }
        catch
        {
            lease.Release();
            throw;
        }

        Deliver(message with { Peer = Remote!.Peer, Payload = lease.View(message.Payload.Rows, message.Payload.Columns) }, lease, head.PayloadBytes);
    }

    private void ReceivePayload(Span<byte> payload)
    {
        var buffered = Math.Min(_count, payload.Length);
        Buffered[..buffered].CopyTo(payload);
        Skip(buffered);
        for (payload = payload[buffered..]; !payload.IsEmpty;)
        {
            payload = payload[Receive(payload)..];
        }
    }

    private void Deliver(in Message message, ReceiveLease? lease, int payloadBytes)
    {
        _network.Counters.MessageReceived(payloadBytes);
        _isHandling = true;
        try
        {
            _network.Inbox.Deliver(message, lease);
        }
        catch (Exception error)
        {
            TransportLog.InboxFailed(_network.Logger, Remote!.Peer, error);
            throw Ended(ConnectionEnd.InboxFailed, $"handling a {message.Kind} failed: {error.Message}");
        }
        finally
        {
            // Silence is only what happens while somebody listens.
            Volatile.Write(ref _lastHeard, Environment.TickCount64);
            _isHandling = false;
        }
    }

    private void Skip(int count)
    {
        _start += count;
        _count -= count;
        if (_count == 0)
        {
            _start = 0;
        }
    }

    /// <summary>Receives at least one byte behind those that are buffered.</summary>
    /// <param name="needed">Bytes that the buffer must be able to hold. It grows with what comes, not with what a head claims.</param>
    private void FillBuffer(int needed)
    {
        if (_count == 0 && _buffer.Length > BufferBytes)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
        }

        if (_start > 0)
        {
            Buffered.CopyTo(_buffer);
            _start = 0;
        }

        if (_count == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(Math.Max(needed, BufferBytes), 2L * _buffer.Length));
        }

        _count += Receive(_buffer.AsSpan(_count));
    }

    /// <returns>Bytes that were received, 1 or more.</returns>
    private int Receive(Span<byte> destination)
    {
        while (true)
        {
            if (Volatile.Read(ref _end) is { } end)
            {
                throw end;
            }

            if (_isDrained)
            {
                _isDrained = false;
                _socket.Poll(PollMicroseconds, SelectMode.SelectRead);
                continue; // it may have ended meanwhile
            }

            var count = _socket.Receive(destination, SocketFlags.None, out var error);
            if (error == SocketError.Success && count > 0)
            {
                _isDrained = count < destination.Length;
                Volatile.Write(ref _lastHeard, Environment.TickCount64);
                _network.Counters.Received(count);
                return count;
            }

            if (error == SocketError.Success)
            {
                throw Ended(ConnectionEnd.ByPeer, "the other side closed it");
            }

            if (error is SocketError.WouldBlock or SocketError.IOPending)
            {
                _isDrained = true;
            }
            else if (error != SocketError.Interrupted)
            {
                throw Ended(ConnectionEnd.ByPeer, $"receiving failed ({error})");
            }
        }
    }

    // Until the other side closes too, or for half a second.
    private void ReadToEnd()
    {
        var deadline = Environment.TickCount64 + LingerMilliseconds;
        while (Environment.TickCount64 < deadline)
        {
            var count = _socket.Receive(_buffer, SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock or SocketError.IOPending)
            {
                _socket.Poll(1000 * (int)Math.Max(1, deadline - Environment.TickCount64), SelectMode.SelectRead);
            }
            else if (error != SocketError.Success || count == 0)
            {
                return;
            }
        }
    }
}
