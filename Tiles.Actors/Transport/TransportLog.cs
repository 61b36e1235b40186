using Microsoft.Extensions.Logging;
using Tessera.Protocol.Identity;

namespace Tessera.Actors.Transport;

/// <summary>What the data plane logs; one event id a meaning.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(1, LogLevel.Information, "Taking connections at {Address}")]
    public static partial void Listening(ILogger logger, PeerAddress address);

    [LoggerMessage(2, LogLevel.Information, "Connected to {Peer} '{Name}' ({Role}) {Direction} {Where}, protocol version {Version}")]
    public static partial void Found(ILogger logger, PeerId peer, string name, string role, string direction, string where, int version);

    [LoggerMessage(3, LogLevel.Warning, "Connection to {Peer} '{Name}' closed, {End}: {Reason}")]
    public static partial void Lost(ILogger logger, PeerId peer, string name, ConnectionEnd end, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Connection {Direction} {Where} was not made, {End}: {Reason}")]
    public static partial void Refused(ILogger logger, string direction, string where, ConnectionEnd end, string reason);

    [LoggerMessage(5, LogLevel.Warning, "{Peer} cannot be reached at {Address}: {Reason} Trying again every {Interval}")]
    public static partial void NotReached(ILogger logger, PeerId peer, PeerAddress address, string reason, TimeSpan interval);

    [LoggerMessage(6, LogLevel.Debug, "Connection to {Peer} '{Name}' closed, {End}: {Reason}")]
    public static partial void Closed(ILogger logger, PeerId peer, string name, ConnectionEnd end, string reason);

    [LoggerMessage(7, LogLevel.Error, "Handling a message or an event of {Peer} failed; its connection is closed. This is a defect; please report it")]
    public static partial void InboxFailed(ILogger logger, PeerId peer, Exception error);

    [LoggerMessage(8, LogLevel.Warning, "Accepting connections at {Address} failed: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, PeerAddress address, string reason);

    [LoggerMessage(9, LogLevel.Warning, "This process did not run for {Milliseconds} ms; silence of others is counted from now")]
    public static partial void Paused(ILogger logger, long milliseconds);
}
