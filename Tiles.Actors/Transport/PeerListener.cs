using System.Net;
using System.Net.Sockets;

namespace Tessera.Actors.Transport;

/// <summary>A socket that takes connections, with its thread.</summary>
internal sealed class PeerListener
{
    private const int Backlog = 128;
    private const int PollMicroseconds = 100_000;
    private readonly PeerNetwork _network;
    private readonly Socket _socket;
    private readonly Thread _thread;
    private volatile bool _stopped;

    /// <summary>Listens, and accepts once <see cref="Start"/> is called.</summary>
    /// <exception cref="TransportException">The address cannot be used.</exception>
    public PeerListener(PeerNetwork network, PeerAddress address)
    {
        _network = network;
        try
        {
            var endPoint = address.Resolve()[0];
            _socket = network.NewSocket(endPoint.AddressFamily);
            try
            {
                Bind(address, endPoint);
                _socket.Listen(Backlog);
                _socket.Blocking = false;
            }
            catch
            {
                _socket.Dispose();
                throw;
            }
        }
        catch (SocketException error)
        {
            throw new TransportException($"Cannot take connections at {address}: {error.Message}. Name another address, or port 0 for any free one.", error);
        }

        Address = _socket.LocalEndPoint is IPEndPoint bound ? address.At(bound.Port) : address;
        _thread = new Thread(Accept) { IsBackground = true, Name = "tessera-accept" };
    }

    /// <summary>Where, with the port that was chosen.</summary>
    public PeerAddress Address { get; }

    /// <summary>Begins to accept.</summary>
    public void Start() => _thread.Start();

    /// <summary>Accepts no more.</summary>
    public void Stop()
    {
        _stopped = true;
        if (_thread != Thread.CurrentThread && _thread.IsAlive)
        {
            _thread.Join();
        }

        _socket.Dispose();
        if (Address.IsUnix)
        {
            File.Delete(Address.Host);
        }
    }

    private void Bind(PeerAddress address, EndPoint endPoint)
    {
        if (!address.IsUnix)
        {
            _socket.Bind(endPoint);
            return;
        }

        RemoveAbandoned(address, endPoint);
        _socket.Bind(endPoint);

        // Whoever may write to the file may connect; without a secret that is the guard.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(address.Host, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    // A process that was killed leaves its socket's file behind, and nobody answers there.
    private void RemoveAbandoned(PeerAddress address, EndPoint endPoint)
    {
        if (!File.Exists(address.Host))
        {
            return;
        }

        using var probe = _network.NewSocket(AddressFamily.Unix);
        try
        {
            probe.Connect(endPoint);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
        {
            if (new FileInfo(address.Host).Length == 0)
            {
                File.Delete(address.Host);
            }

            return;
        }

        throw new TransportException($"Cannot take connections at {address}: another process does. Stop it, or name another path.");
    }

    private void Accept()
    {
        while (!_stopped)
        {
            try
            {
                if (_socket.Poll(PollMicroseconds, SelectMode.SelectRead))
                {
                    _network.Take(_socket.Accept());
                }
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.WouldBlock or SocketError.ConnectionAborted or SocketError.Interrupted)
            {
                // The caller gave up in between.
            }
            catch (SocketException error)
            {
                // Such as too many open files: others will be closed.
                TransportLog.AcceptFailed(_network.Logger, Address, error.Message);
                Thread.Sleep(PollMicroseconds / 1000);
            }
        }
    }
}
