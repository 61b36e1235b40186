using Microsoft.Extensions.Logging;

namespace Tessera.Host.Cluster;

/// <summary>What processes of a cluster log.</summary>
internal static partial class HostLog
{
    [LoggerMessage(1, LogLevel.Warning, "waits for the database: {Reason}")]
    public static partial void Waiting(ILogger log, string reason);

    [LoggerMessage(7, LogLevel.Warning, "the private server stays: {Reason}")]
    public static partial void ServerStays(ILogger log, string reason);

    [LoggerMessage(6, LogLevel.Information, "serves health and status at {Address}")]
    public static partial void Serves(ILogger log, string address);

    [LoggerMessage(2, LogLevel.Information, "node {Name} is {Peer}, takes connections at {Address} and tiles for {Cores} cores")]
    public static partial void NodeUp(ILogger log, string name, string peer, string address, int cores);

    [LoggerMessage(3, LogLevel.Information, "hosts {Tiles} tiles in {Term}")]
    public static partial void Hosting(ILogger log, int tiles, string term);

    [LoggerMessage(4, LogLevel.Information, "drains: waits until its tiles have moved; ask again to end at once")]
    public static partial void Draining(ILogger log);

    [LoggerMessage(5, LogLevel.Information, "drained; ends")]
    public static partial void Drained(ILogger log);

    [LoggerMessage(7, LogLevel.Information, "{Name} leads in {Term}")]
    public static partial void Leads(ILogger log, string name, string term);
}
