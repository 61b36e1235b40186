using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Transport;

/// <summary>
/// All connections of this process to others. It carries messages in order for as long as a connection lasts, and says when one is lost; it repeats nothing and
/// promises nothing about messages that were on their way then. Any thread may call any member.
/// </summary>
public sealed partial class PeerNetwork : IDisposable
{
    private static readonly TimeSpan JoinLimit = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<PeerId, PeerLink> _links = new();
    private readonly ConcurrentDictionary<PeerId, PeerConnection> _inbound = new();
    private readonly List<PeerListener> _listeners = [];
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _clock;
    private PeerConnection[] _connections = [];

    /// <summary>Prepares; nothing is connected before <see cref="Listen"/> and <see cref="SetPeers"/>.</summary>
    /// <param name="settings">Who this process is.</param>
    /// <param name="inbox">Who takes messages; called from the network's threads.</param>
    /// <param name="logger">Where it logs.</param>
    /// <exception cref="PlatformNotSupportedException">The machine is big-endian.</exception>
    public PeerNetwork(PeerNetworkSettings settings, IPeerInbox inbox, ILogger logger)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Numbers travel as they lie in memory, little-endian; this machine is big-endian and cannot take part.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Self.Value, 1);
        Settings = settings;
        Inbox = inbox;
        Logger = logger;
        Pool = new ReceivePool(settings.KeptBytesMax);
        _clock = new Thread(Watch) { IsBackground = true, Name = "tessera-heartbeat" };
        _clock.Start();
    }

    internal PeerNetworkSettings Settings { get; }

    internal IPeerInbox Inbox { get; }

    internal ILogger Logger { get; }

    internal ReceivePool Pool { get; }

    internal TransportCounters Counters { get; } = new();

    /// <summary>What was done so far.</summary>
    public NetworkCounters ReadCounters() => Counters.Read(Volatile.Read(ref _connections).Count(connection => connection.Remote is not null));

    /// <summary>Takes connections.</summary>
    /// <param name="address">Where; port 0 for any free one.</param>
    /// <returns>The address with the port that was chosen.</returns>
    /// <exception cref="TransportException">The address cannot be used, or would let others than this machine connect without a secret.</exception>
    public PeerAddress Listen(PeerAddress address)
    {
        if (Settings.Secret is null && !address.IsLocal)
        {
            throw new TransportException(
                $"Without a shared secret, connections of other machines are not taken, and {address} would. Put one into a file or into the variable "
                + $"{SharedSecret.Variable}, the same for all processes, or listen on tcp://127.0.0.1 or on a Unix socket.");
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stop.IsSet, this);
            var listener = new PeerListener(this, address);
            _listeners.Add(listener);
            listener.Start();
            TransportLog.Listening(Logger, listener.Address);
            return listener.Address;
        }
    }

    /// <summary>
    /// Says which peers are to be connected. New ones are dialled in the background, again and again while they stay in the list; those that are not in it any more
    /// are closed without a report.
    /// </summary>
    public void SetPeers(IEnumerable<(PeerId Peer, PeerAddress Address)> peers)
    {
        var wanted = peers.ToDictionary(entry => entry.Peer, entry => entry.Address);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stop.IsSet, this);
            foreach (var (peer, link) in _links)
            {
                if (!wanted.TryGetValue(peer, out var address) || address != link.Address)
                {
                    _links.TryRemove(peer, out _);
                    link.Stop();
                }
            }

            foreach (var (peer, address) in wanted)
            {
                if (!_links.ContainsKey(peer))
                {
                    var link = new PeerLink(this, peer, address);
                    _links[peer] = link;
                    link.Start();
                }
            }
        }
    }

    /// <summary>
    /// Sends a message to <see cref="Message.Peer"/>. Never waits for the other side; its payload may be used again when this returns. A message to a peer that is
    /// neither connected nor to be connected is dropped and counted.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="isFollowed">Whether the caller sends another one to the same peer at once. Until then this one may be held, so that both are one packet.</param>
    /// <exception cref="Protocol.Wire.WireFormatException">The message cannot travel: a defect of the sender, or it exceeds a limit.</exception>
    public void Send(in Message message, bool isFollowed = false)
    {
        var isTaken = _links.TryGetValue(message.Peer, out var link) ? link.Send(message, isFollowed)
            : _inbound.TryGetValue(message.Peer, out var connection) && connection.Sender.Send(message, isFollowed);
        if (!isTaken)
        {
            Counters.Dropped(1);
        }
    }

    /// <summary>Closes all connections. Nothing is reported or delivered once this has returned, unless a handler takes longer than 5 s.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stop.IsSet)
            {
                return;
            }

            _stop.Set();
        }

        foreach (var listener in _listeners)
        {
            listener.Stop();
        }

        foreach (var link in _links.Values)
        {
            link.Stop();
        }

        var connections = Volatile.Read(ref _connections);
        foreach (var connection in connections)
        {
            connection.Close(ConnectionEnd.Quiet, "this process ends");
        }

        foreach (var connection in connections)
        {
            connection.WaitForEnd(JoinLimit);
        }

        foreach (var link in _links.Values)
        {
            link.Join(JoinLimit);
        }

        if (_clock != Thread.CurrentThread)
        {
            _clock.Join();
        }
    }
}
