using System.Net;
using System.Net.Sockets;
using System.Text;
using Tessera.Actors.Transport;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Wire;

namespace Tessera.Actors.Tests.Support;

/// <summary>A blocking socket that does what a test says and nothing by itself.</summary>
internal sealed class RawPeer : IDisposable
{
    private const int PatienceMilliseconds = 20_000;
    private readonly Socket _socket;

    public RawPeer(PeerAddress address)
    {
        _socket = address.IsUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.ReceiveTimeout = PatienceMilliseconds;
        _socket.SendTimeout = PatienceMilliseconds;
        _socket.Connect(address.IsUnix ? new UnixDomainSocketEndPoint(address.Host) : new IPEndPoint(IPAddress.Loopback, address.Port));
    }

    /// <summary>Calls and completes the handshake.</summary>
    public void ShakeHands(int peer, string? secret = null)
    {
        var settings = new HandshakeSettings
        {
            Self = new PeerId(peer),
            Name = $"raw-{peer}",
            Secret = secret is null ? default : Encoding.UTF8.GetBytes(secret),
        };
        var handshake = Handshake.Call(settings, null, new byte[32], out var bytes);
        Send(bytes);
        while (true)
        {
            var result = handshake.Receive(ReadFrame());
            if (result.Established is not null)
            {
                return;
            }

            Assert.True(result.Refusal == HandshakeRefusal.None, result.Reason);
            Send(result.Reply.Span);
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    /// <summary>Sends as much as the other side lets it; false once that closed the connection.</summary>
    public bool TrySend(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Send(bytes);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void EndSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other side closed it first.
        }
    }

    public byte[] ReadFrame()
    {
        var head = Read(FrameHead.Bytes);
        return [.. head, .. Read((int)BitConverter.ToUInt32(head) - sizeof(uint))];
    }

    /// <summary>Reads until the other side closes.</summary>
    public long ReadToEnd()
    {
        var buffer = new byte[64 * 1024];
        long total = 0;
        try
        {
            for (int count; (count = _socket.Receive(buffer)) > 0; total += count)
            {
            }
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed as well.
        }

        return total;
    }

    /// <summary>The reason for which the other side closes; pings before it are passed over.</summary>
    public string ReadRefusal()
    {
        while (true)
        {
            var frame = ReadFrame();
            if (frame.Length > FrameHead.Bytes && HandshakeFrame.IsRefusal(frame.AsSpan(FrameHead.Bytes)))
            {
                return HandshakeFrame.ReadRefusal(frame.AsSpan(FrameHead.Bytes), FrameLimits.Default);
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private byte[] Read(int count)
    {
        var bytes = new byte[count];
        for (var filled = 0; filled < count;)
        {
            var received = _socket.Receive(bytes.AsSpan(filled));
            Assert.True(received > 0, "The other side closed the connection where more was expected.");
            filled += received;
        }

        return bytes;
    }
}
