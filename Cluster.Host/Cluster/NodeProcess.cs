using Microsoft.Extensions.Logging;
using Tessera.Actors.ControlPlanes;
using Tessera.Actors.Edges;
using Tessera.Actors.Machines;
using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Host.Http;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Cluster;

/// <summary>A process that hosts tiles of a run until it is asked to end: then it drains, leaves and ends.</summary>
/// <param name="place">How it takes part.</param>
/// <param name="capacity">What it can take.</param>
/// <param name="threads">Threads that compute.</param>
/// <param name="log">Where it tells what happens.</param>
internal sealed class NodeProcess(ProcessPlace place, NodeCapacity capacity, int threads, ILogger log)
{
    private const int TilesMax = 4096; // the bound of its queues
    private const int StagesMax = 1024;

    /// <summary>Runs until the end.</summary>
    /// <param name="drain">Asks it to drain and end.</param>
    public void Run(CancellationToken drain)
    {
        using ClusterLinks links = ClusterLinks.Open(place, "node", listens: true, log, drain);
        using PostgresRunStore? store = OpenStore(drain);
        NodeProbe probe = new(new NodeMachine(new TileBuilder().Build, awaitsLease: true, TilesMax));
        using StatusServer? http = StatusParts.Serve(place, new NodeStatus(new StatusParts(ProcessStatus.Node, place, links), probe));
        Member self = new(links.Self, place.Name, capacity.Cores, capacity.MemoryBytes)
        {
            Address = (place.Advertise ?? links.Bound!).ToString(),
            Labels = capacity.Labels,
            Http = StatusParts.Reach(place, http),
        };
        using LocalEdge edge = new(threads, StageGroups.Credit + 8, links.Network);
        edge.Add(Recipient.Node, probe, StageGroups.MailboxCapacity(StagesMax, TilesMax));
        edge.Add(Recipient.StoreClient, new StoreClientMachine(ClusterTimes.Store with { WaitingMax = 4 * TilesMax }), 4 * TilesMax);
        edge.Add(Recipient.ControlClient, new ControlClientMachine(self, ClusterTimes.Leases), 64);
        edge.AddBlocking(Recipient.Store, new StoreService(store), 64);
        edge.AddBlocking(Recipient.Control, new ControlService(links.Plane), 64);
        edge.Start();
        links.Network.Attach(edge);
        edge.Post(new Message { Kind = MessageKind.Start, To = Recipient.ControlClient, Tile = TileId.None });
        HostLog.NodeUp(log, place.Name, links.Self.ToString(), self.Address, capacity.Cores);
        Serve(edge, probe, drain);
    }

    /// <summary>The store of the run, which a coordinator creates: a node that is first waits for it.</summary>
    private PostgresRunStore OpenStore(CancellationToken stop) => ClusterLinks.Patiently(
        () =>
        {
            try { return PostgresRunStore.Open(place.Cluster.Database, place.Cluster.Run, files: place.Cluster.Files); }
            catch (StoreException error) when (error.Refusal == Refusal.Missing)
            {
                throw new StoreException(Refusal.Unavailable, $"The run '{place.Cluster.Run}' was not begun yet; a coordinator begins it.", error);
            }
        },
        log,
        stop);

    private void Serve(LocalEdge edge, NodeProbe probe, CancellationToken drain)
    {
        using CancellationTokenRegistration registration = drain.Register(() =>
        {
            HostLog.Draining(log);
            using PostgresControlPlane plane = new(place.Cluster.Database, place.Cluster.Run);
            try { plane.Drain(place.Name); }
            catch (StoreException error) { HostLog.Waiting(log, error.Message); }
            edge.Post(new Message { Kind = MessageKind.Stop, To = Recipient.Client, Tile = TileId.None });
        });
        while (true)
        {
            Message news = edge.Receive();
            NodeView view = probe.View;
            if (news.Kind == MessageKind.Assigned) { HostLog.Hosting(log, view.Tiles.Count, view.Term.ToString()); }
            if (drain.IsCancellationRequested && view.Tiles.Count == 0)
            {
                HostLog.Drained(log);
                return;
            }
        }
    }
}

/// <summary>What a node can take.</summary>
/// <param name="Cores">Its share of the tiles.</param>
/// <param name="MemoryBytes">For tiles.</param>
/// <param name="Labels"><c>key=value</c> pairs, separated by commas.</param>
internal sealed record NodeCapacity(int Cores, long MemoryBytes, string Labels);
