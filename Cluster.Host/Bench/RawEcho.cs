using System.Net;
using System.Net.Sockets;
using Tessera.Actors.Transport;

namespace Tessera.Host.Bench;

/// <summary>The least that carries bytes there and back: two blocking sockets, a thread at each end, no frames.</summary>
internal sealed class RawEcho : IDisposable
{
    private readonly Socket _near;
    private readonly Socket _far;
    private readonly Thread _answering;
    private readonly byte[] _sent;
    private readonly byte[] _received;
    private readonly DirectoryInfo? _folder;

    /// <summary>Connects both ends and starts to answer.</summary>
    /// <param name="isUnix">Over a Unix socket, with the buffers that the data plane asks for, or over TCP.</param>
    /// <param name="bytes">Bytes of an echo.</param>
    public RawEcho(bool isUnix, int bytes)
    {
        _sent = new byte[bytes];
        _received = new byte[bytes];
        _folder = isUnix ? Directory.CreateTempSubdirectory("tessera-") : null;
        using Socket listener = Create(isUnix);
        listener.Bind(isUnix ? new UnixDomainSocketEndPoint(Path.Combine(_folder!.FullName, "raw")) : new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _near = Create(isUnix);
        _near.Connect(listener.LocalEndPoint!);
        _far = listener.Accept();
        Configure(_near);
        Configure(_far);
        _answering = new Thread(Answer) { IsBackground = true, Name = "tessera-raw-echo" };
        _answering.Start();
    }

    /// <summary>Sends everything and takes everything back.</summary>
    /// <param name="times">How often.</param>
    public void Echo(int times)
    {
        for (int i = 0; i < times; i++)
        {
            Send(_near, _sent);
            if (!Receive(_near, _received)) { throw new InvalidOperationException("The echo ended. This is a defect; please report it."); }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _near.Shutdown(SocketShutdown.Both);
        _answering.Join();
        _near.Dispose();
        _far.Dispose();
        _folder?.Delete(recursive: true);
    }

    private static Socket Create(bool isUnix) => isUnix
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private static void Configure(Socket socket)
    {
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
            return;
        }

        int bytes = new PeerNetworkSettings { Self = new(1), Name = "raw" }.SocketBufferBytes;
        socket.SendBufferSize = bytes;
        socket.ReceiveBufferSize = bytes;
    }

    private static void Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) { bytes = bytes[socket.Send(bytes)..]; }
    }

    private static bool Receive(Socket socket, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = socket.Receive(bytes);
            if (count == 0) { return false; }
            bytes = bytes[count..];
        }

        return true;
    }

    private void Answer()
    {
        byte[] bytes = new byte[_sent.Length];
        while (Receive(_far, bytes)) { Send(_far, bytes); }
    }
}
