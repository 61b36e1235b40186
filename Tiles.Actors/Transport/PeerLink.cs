using System.Net;
using System.Net.Sockets;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Transport;

/// <summary>
/// A peer that is to be connected: dials, runs the connection, and dials again after it ended, on one thread. A loss is reported once, however often the peer is
/// dialled afterwards; what was sent before a loss is gone, what is sent after it waits for the next connection.
/// </summary>
internal sealed class PeerLink
{
    private const int PollMilliseconds = 100;
    private readonly PeerNetwork _network;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private volatile PeerSender _sender;
    private PeerConnection? _connection;
    private bool _isLossKnown;

    /// <summary>Prepares; <see cref="Start"/> dials.</summary>
    public PeerLink(PeerNetwork network, PeerId peer, PeerAddress address)
    {
        _network = network;
        Peer = peer;
        Address = address;
        _sender = network.NewSender();
        _thread = new Thread(Run) { IsBackground = true, Name = $"tessera-peer-{peer.Value}" };
    }

    /// <summary>Who must answer.</summary>
    public PeerId Peer { get; }

    /// <summary>Where.</summary>
    public PeerAddress Address { get; }

    /// <summary>Begins to dial.</summary>
    public void Start() => _thread.Start();

    /// <summary>Sends, now or when there is a connection.</summary>
    public bool Send(in Message message, bool isFollowed) => _sender.Send(message, isFollowed);

    /// <summary>Ends the connection and dials no more; does not wait.</summary>
    public void Stop()
    {
        _stop.Set();
        Volatile.Read(ref _connection)?.Close(ConnectionEnd.Quiet, "the peer is not wanted any more");
    }

    /// <summary>Waits for the thread, unless it is this one.</summary>
    public void Join(TimeSpan limit)
    {
        if (_thread != Thread.CurrentThread)
        {
            _thread.Join(limit);
        }
    }

    private void Run()
    {
        while (!_stop.IsSet)
        {
            var isEstablished = Dial(out var reason);
            if (!_stop.IsSet && (isEstablished || !_isLossKnown))
            {
                _isLossKnown = true;
                var old = _sender;
                _sender = _network.NewSender();
                old.Close();
                if (!isEstablished)
                {
                    TransportLog.NotReached(_network.Logger, Peer, Address, reason, _network.Settings.RedialInterval);
                }

                _network.ReportLoss(Peer, reason);
            }

            _stop.Wait(_network.Settings.RedialInterval);
        }

        _sender.Close();
    }

    /// <returns>Whether there was a connection; it has ended since.</returns>
    private bool Dial(out string reason)
    {
        Socket? socket;
        try
        {
            socket = Connect(out reason);
        }
        catch (SocketException error)
        {
            (socket, reason) = (null, error.Message);
        }

        if (socket is null)
        {
            return false;
        }

        var connection = new PeerConnection(_network, socket, _sender, Address.ToString(), Peer);
        Volatile.Write(ref _connection, connection);
        if (_stop.IsSet)
        {
            connection.Close(ConnectionEnd.Quiet, "the peer is not wanted any more");
        }

        var end = _network.RunConnection(connection);
        Volatile.Write(ref _connection, null);
        reason = end.Message;
        _isLossKnown &= connection.Remote is null;
        return connection.Remote is not null;
    }

    private Socket? Connect(out string reason)
    {
        reason = "the name has no address.";
        foreach (var endPoint in Address.Resolve())
        {
            var socket = _network.NewSocket(endPoint.AddressFamily);
            if (TryConnect(socket, endPoint, out var problem))
            {
                return socket;
            }

            reason = problem;
            socket.Dispose();
            if (_stop.IsSet)
            {
                break;
            }
        }

        return null;
    }

    private bool TryConnect(Socket socket, EndPoint endPoint, out string problem)
    {
        problem = string.Empty;
        socket.Blocking = false;
        try
        {
            socket.Connect(endPoint);
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // Under way.
        }
        catch (SocketException error)
        {
            problem = $"{error.Message}.";
            return false;
        }

        var deadline = Environment.TickCount64 + (long)_network.Settings.DialTimeLimit.TotalMilliseconds;
        while (!_stop.IsSet && Environment.TickCount64 < deadline)
        {
            if (socket.Poll(1000 * PollMilliseconds, SelectMode.SelectWrite))
            {
                var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
                problem = error == SocketError.Success ? string.Empty : $"{new SocketException((int)error).Message}.";
                return error == SocketError.Success;
            }
        }

        problem = $"no answer within {_network.Settings.DialTimeLimit.TotalSeconds} s.";
        return false;
    }
}
