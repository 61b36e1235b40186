using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Actors.Transport;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Host.Cluster;
using Tessera.Host.Http;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Bench;

/// <summary>A cluster as <c>tessera up</c> starts it, with the coordinator in this process, which trains as many steps at a time as it is told.</summary>
internal sealed class BenchCluster : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly StreamWriter _log;
    private readonly ChildNodes _nodes;
    private readonly ClusterLinks _links;
    private readonly PostgresRunStore _store;
    private readonly StatusClient _client = new(token: null);
    private readonly Uri[] _addresses; // of the nodes

    /// <summary>Starts it; it trains when told to.</summary>
    /// <param name="server">Server of its database.</param>
    /// <param name="name">Name of the run in that database.</param>
    /// <param name="config">The experiment.</param>
    /// <param name="data">Its samples.</param>
    /// <param name="settings">How many nodes and threads.</param>
    /// <param name="logs">Folder for what the processes say.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="StoreException">The nodes do not come.</exception>
    public BenchCluster(
        PostgresServer server, string name, ExperimentConfig config, DataPair data, ClusterBenchSettings settings, string logs, CancellationToken stop)
    {
        string folder = Path.Combine(logs, name);
        string database = server.ConnectionString;
        ClusterPlace cluster = new(database, name, null);
        Plan = PlanBuilder.Build(config);
        _nodes = new ChildNodes(cluster, server.Folder, folder, name);
        _log = new StreamWriter(Path.Combine(folder, "coordinator.log")) { AutoFlush = true };
        ConsoleLog log = new(_log);
        for (int node = 0; node < settings.Nodes; node++) { _nodes.Start(1, Math.Max(1, settings.Threads / settings.Nodes)); }
        ProcessPlace place = new() { Cluster = cluster, Name = "coordinator", Listen = PeerAddress.Tcp("127.0.0.1", 0), Http = "off" };
        RunIdentity identity = new(ConfigurationHash.Compute(config), RunManifest.CpuEngine, NumericsVersion.Current);
        _links = ClusterLinks.Open(place, "coordinator", listens: false, log, stop);
        _store = ClusterLinks.Patiently(() => PostgresRunStore.OpenOrCreate(database, name, identity, config.Checkpoint.Keep), log, stop);
        _addresses = AwaitNodes(settings.Nodes, log, stop);
        Run = new SteppedRun(config, data, new RunOptions { Threads = 1 }, _store, new ClusterSeat
        {
            Self = _links.Self,
            Name = place.Name,
            Plane = _links.Plane,
            Network = _links.Network,
            MembersMin = settings.Nodes,
        });
    }

    /// <summary>The network.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>Its training.</summary>
    public SteppedRun Run { get; }

    /// <summary>Bytes that the coordinator's sockets took and gave so far.</summary>
    public long BytesOnWire
    {
        get
        {
            NetworkCounters counters = _links.Network.Network.ReadCounters();
            return counters.BytesSent + counters.BytesReceived;
        }
    }

    /// <summary>Managed bytes that each node has allocated so far, as it says.</summary>
    /// <exception cref="StoreException">A node does not answer.</exception>
    public long[] ReadNodeAllocations()
    {
        return [.. _client.Ask(_addresses).Select(answer => answer.Status?.AllocatedBytes ?? throw new StoreException(Refusal.Unavailable, answer.Problem!))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Run.Dispose();
        _store.Dispose();
        _links.Dispose();
        _nodes.Dispose();
        _client.Dispose();
        _log.Dispose();
    }

    /// <summary>Waits for all nodes, since a run may begin without the late ones; afterwards the control plane belongs to the run.</summary>
    private Uri[] AwaitNodes(int nodes, ILogger log, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        return ClusterLinks.Patiently(
            () =>
            {
                IReadOnlyList<Member> members = _links.Plane.Members().Members;
                if (members.Count == nodes) { return members.Select(member => StatusUrl.Parse(member.Http)).ToArray(); }
                TimeSpan waited = Stopwatch.GetElapsedTime(start);
                throw new StoreException(
                    waited > Patience ? Refusal.Missing : Refusal.Unavailable,
                    $"{members.Count} of {nodes} nodes have joined within {waited.TotalSeconds:F0} s. Try fewer --nodes, or a less busy machine.");
            },
            log,
            stop);
    }
}
