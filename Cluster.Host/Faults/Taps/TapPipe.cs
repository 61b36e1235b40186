using System.Net.Sockets;
using Tessera.Protocol.Wire;

namespace Tessera.Host.Faults.Taps;

/// <summary>One direction of one connection through a tap, on a thread of its own.</summary>
internal sealed class TapPipe
{
    private const int BufferBytes = 64 * 1024;
    private readonly Tap _tap;
    private readonly TapConnection _connection;
    private readonly TapDirection _direction;
    private readonly Socket _from;
    private readonly Socket _to;
    private readonly ITapProtocol _protocol;
    private readonly object _gate = new();
    private List<TapFrame>? _held; // null while frames pass
    private bool _hasEnded; // while they do not

    /// <summary>Prepares.</summary>
    public TapPipe(Tap tap, TapConnection connection, TapDirection direction, Socket from, Socket to, ITapProtocol protocol)
    {
        _tap = tap;
        _connection = connection;
        _direction = direction;
        _from = from;
        _to = to;
        _protocol = protocol;
    }

    /// <summary>Passes bytes on until the connection ends. Never throws.</summary>
    public void Run()
    {
        try { Pump(); }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or WireFormatException) { } // the end, whoever brought it about
        lock (_gate)
        {
            _hasEnded = true;
            if (_tap.IsCut(_direction)) { return; } // nobody learns of it
        }

        _connection.Close();
    }

    /// <summary>Lets what is held go on, unless this way is cut.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (_tap.IsCut(_direction)) { return; }
            try
            {
                foreach (TapFrame frame in _held ?? []) { _to.Send(frame.Bytes); }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                _connection.Close();
            }

            _held = null;
            if (_hasEnded) { _connection.Close(); }
        }
    }

    private void Pump()
    {
        byte[] buffer = new byte[BufferBytes];
        int count = 0;
        while (true)
        {
            int received = _from.Receive(buffer.AsSpan(count));
            if (received == 0) { return; }
            count += received;
            int first = 0;
            while (_protocol.Measure(buffer.AsSpan(first, count - first)) is int length and > 0)
            {
                Pass(_protocol.Read(buffer.AsSpan(first, length).ToArray()));
                first += length;
            }

            count -= first;
            buffer.AsSpan(first, count).CopyTo(buffer);
            if (count == buffer.Length) { Array.Resize(ref buffer, 2 * buffer.Length); }
        }
    }

    private void Pass(TapFrame frame)
    {
        _tap.See(frame);
        lock (_gate)
        {
            bool isCut = _tap.IsCut(_direction);
            if (_held is null && (isCut || _tap.TryHold(frame, this))) { _held = []; }
            if (_held is not null && (isCut || !frame.IsPing))
            {
                _held.Add(frame);
                return;
            }

            if (_tap.TryTruncate(frame))
            {
                _to.Send(frame.Bytes.AsSpan(0, frame.Bytes.Length / 2));
                _connection.Close();
                return;
            }

            if (_tap.DelayOf(frame) is { } delay && delay > TimeSpan.Zero) { _connection.Closed.Wait(delay); }
            _to.Send(frame.Bytes);
            if (_tap.Duplicates && frame.Message is not null) { _to.Send(frame.Bytes); }
        }
    }
}
