using System.Net.Sockets;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Wire;

namespace Tessera.Actors.Transport;

public sealed partial class PeerNetwork
{
    private static readonly TimeSpan TickMax = TimeSpan.FromMilliseconds(100);

    internal PeerSender NewSender() => new(Settings, Counters);

    internal Socket NewSocket(AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Stream, family == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        socket.SendBufferSize = Settings.SocketBufferBytes;
        socket.ReceiveBufferSize = Settings.SocketBufferBytes;
        return socket;
    }

    /// <summary>Takes a connection that a peer made.</summary>
    internal void Take(Socket socket)
    {
        var connection = new PeerConnection(this, socket, NewSender(), Describe(socket), expected: null);
        var all = Volatile.Read(ref _connections);
        var waiting = all.Count(one => one.IsInbound && one.Remote is null);
        if (all.Length >= Settings.ConnectionsMax || waiting >= Settings.UnauthenticatedMax)
        {
            var reason = all.Length >= Settings.ConnectionsMax
                ? $"'{Settings.Name}' has {all.Length} connections, as many as it takes"
                : $"'{Settings.Name}' has {waiting} connections whose handshake is not done, as many as it takes";
            TurnAway(connection, socket, reason);
            return;
        }

        Add(connection);
        new Thread(() => RunConnection(connection)) { IsBackground = true, Name = "tessera-receive" }.Start();
    }

    /// <summary>Runs a connection to its end on this thread, with all that its end entails.</summary>
    internal ConnectionEndedException RunConnection(PeerConnection connection)
    {
        Add(connection);
        connection.MarkStarted();
        if (_stop.IsSet)
        {
            connection.Close(ConnectionEnd.Quiet, "this process ends");
        }

        var end = connection.Run();
        Remove(connection);
        Counters.Ended(end.End);
        if (connection.Remote is { } remote)
        {
            if (end.End == ConnectionEnd.Quiet)
            {
                TransportLog.Closed(Logger, remote.Peer, remote.Name, end.End, end.Message);
            }
            else
            {
                TransportLog.Lost(Logger, remote.Peer, remote.Name, end.End, end.Message);
            }

            if (connection.IsInbound)
            {
                _inbound.TryRemove(new KeyValuePair<PeerId, PeerConnection>(remote.Peer, connection));
                ReportLoss(remote.Peer, end.Message);
            }
        }
        else if (connection.IsInbound)
        {
            TransportLog.Refused(Logger, connection.Direction, connection.Where, end.End, end.Message);
        }

        connection.MarkEnded();
        return end;
    }

    /// <summary>A handshake is done: messages go out, and the inbox learns of it before any comes in.</summary>
    internal void Establish(PeerConnection connection)
    {
        var remote = connection.Remote!;
        TransportLog.Found(Logger, remote.Peer, remote.Name, remote.Role, connection.Direction, connection.Where, remote.Version);
        if (connection.IsInbound)
        {
            Replace(connection, remote.Peer);
        }

        connection.AttachSender();
        Report(remote.Peer, () => Inbox.PeerFound(remote.Peer), connection);
    }

    /// <summary>Tells the inbox that a peer is lost.</summary>
    internal void ReportLoss(PeerId peer, string reason) => Report(peer, () => Inbox.PeerLost(peer, reason), connection: null);

    // What came over the old connection must be handled before anything of the new one is. A handler that hangs does not hold up the new one for ever.
    private void Replace(PeerConnection connection, PeerId peer)
    {
        PeerConnection? old = null;
        _inbound.AddOrUpdate(
            peer,
            _ =>
            {
                old = null;
                return connection;
            },
            (_, existing) =>
            {
                old = existing;
                return connection;
            });
        if (old is not null)
        {
            old.Close(ConnectionEnd.Replaced, "a newer connection of the same process took its place");
            old.WaitForEnd(Settings.SilenceLimit);
        }
    }

    private void Report(PeerId peer, Action report, PeerConnection? connection)
    {
        if (_stop.IsSet)
        {
            return;
        }

        try
        {
            report();
        }
        catch (Exception error)
        {
            TransportLog.InboxFailed(Logger, peer, error);
            connection?.Close(ConnectionEnd.InboxFailed, $"handling the connection failed: {error.Message}");
        }
    }

    private void TurnAway(PeerConnection connection, Socket socket, string reason)
    {
        Counters.Ended(ConnectionEnd.TooMany);
        using (socket)
        {
            socket.Blocking = false;
            socket.Send(HandshakeFrame.Refusal(reason, Settings.Frames), SocketFlags.None, out _);
        }

        TransportLog.Refused(Logger, connection.Direction, connection.Where, ConnectionEnd.TooMany, reason);
    }

    private void Add(PeerConnection connection)
    {
        lock (_gate)
        {
            if (!_connections.Contains(connection))
            {
                Volatile.Write(ref _connections, [.. _connections, connection]);
            }
        }
    }

    private void Remove(PeerConnection connection)
    {
        lock (_gate)
        {
            Volatile.Write(ref _connections, [.. _connections.Where(one => one != connection)]);
        }
    }

    private static string Describe(Socket socket)
    {
        try
        {
            return socket.AddressFamily == AddressFamily.Unix ? "a Unix socket" : socket.RemoteEndPoint?.ToString() ?? "somewhere";
        }
        catch (SocketException)
        {
            return "somewhere";
        }
    }

    // One thread tells all connections what time it is.
    private void Watch()
    {
        var tick = TimeSpan.FromTicks(Math.Min(TickMax.Ticks, Math.Min(Settings.HeartbeatInterval.Ticks, Settings.SilenceLimit.Ticks) / 4));
        var previous = Environment.TickCount64;
        while (!_stop.Wait(tick))
        {
            var now = Environment.TickCount64;
            var isBack = now - previous > Settings.SilenceLimit.TotalMilliseconds / 2;
            if (isBack)
            {
                TransportLog.Paused(Logger, now - previous);
            }

            previous = now;
            foreach (var connection in Volatile.Read(ref _connections))
            {
                if (isBack)
                {
                    connection.Excuse(now);
                }

                connection.Tick(now);
            }
        }
    }
}
