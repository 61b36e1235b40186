using System.Diagnostics;
using System.Net;
using System.Reflection;
using Tessera.Actors.Transport;
using Tessera.Host.Http;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Wire;

namespace Tessera.Host.Cluster;

/// <summary>What the status of every process of a cluster begins with.</summary>
/// <param name="role">See <see cref="ProcessStatus.Role"/>.</param>
/// <param name="place">How the process takes part.</param>
/// <param name="links">Its identity and connections.</param>
internal sealed class StatusParts(string role, ProcessPlace place, ClusterLinks links)
{
    private static readonly string Version = typeof(StatusParts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>The status of a process of which nothing else is known.</summary>
    public ProcessStatus Begin()
    {
        NetworkCounters counters = links.Network.Network.ReadCounters();
        return new ProcessStatus
        {
            Role = role,
            Name = place.Name,
            Run = place.Cluster.Run,
            Peer = links.Self.Value,
            Version = Version,
            Protocol = ProtocolRange.Supported.Max,
            UptimeSeconds = Stopwatch.GetElapsedTime(_start).TotalSeconds,
            AllocatedBytes = GC.GetTotalAllocatedBytes(precise: true),
            Ready = false,
            BytesSent = counters.BytesSent,
            BytesReceived = counters.BytesReceived,
            Frames = counters.MessagesSent + counters.MessagesReceived,
            Connections = counters.Connections,
            RefusedConnections = counters.Ended.Where(end => end.Key is >= ConnectionEnd.TooMany and not ConnectionEnd.RefusedByPeer).Sum(end => end.Value),
        };
    }

    /// <summary>Serves health and status, or null where nobody wants that.</summary>
    /// <param name="place">How the process takes part.</param>
    /// <param name="source">Knows the status.</param>
    public static StatusServer? Serve(ProcessPlace place, IStatusSource source)
    {
        if (place.Http == "off") { return null; }
        HttpAddress address = HttpAddress.Parse(place.Http ?? HttpAddress.Default);
        return StatusServer.Start(address, HttpToken.OfEnvironment(), source);
    }

    /// <summary>
    /// How others reach the HTTP of this process. Where it listens on all interfaces: by the host that it advertises for the data plane, or takes its connections
    /// at, or by the name of the machine.
    /// </summary>
    public static string Reach(ProcessPlace place, StatusServer? server)
    {
        if (server is null) { return string.Empty; }
        string host = IsEverywhere(server.Address.Address) ? HostOf(place) : server.Address.Address.ToString();
        return $"http://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{server.Port}";
    }

    private static string HostOf(ProcessPlace place)
    {
        if (place.Advertise is { IsUnix: false } advertised) { return advertised.Host; }
        bool isOfOthers = !place.Listen.IsUnix && !(IPAddress.TryParse(place.Listen.Host, out IPAddress? address) && (IsEverywhere(address) || IPAddress.IsLoopback(address)));
        return isOfOthers ? place.Listen.Host : Environment.MachineName;
    }

    private static bool IsEverywhere(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>A member as it is shown.</summary>
    public static MemberStatus Of(Member member, int? tiles, string? state) => new()
    {
        Name = member.Name,
        Peer = member.Peer.Value,
        Address = member.Address,
        Cores = member.Cores,
        MemoryBytes = member.MemoryBytes,
        Labels = member.Labels.Length == 0 ? null : member.Labels,
        Draining = member.IsDraining,
        Tiles = tiles,
        State = state,
    };
}
