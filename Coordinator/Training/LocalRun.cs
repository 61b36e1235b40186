using Tessera.Actors.ControlPlanes;
using Tessera.Actors.Edges;
using Tessera.Actors.Machines;
using Tessera.Actors.Stores;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Machines;
using Tessera.Coordination.Plan;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>
/// All machines of one run in this process behind a local edge: coordinator, node, tiles, and the clients of store and control plane. The caller's thread
/// works too, while it waits for reports.
/// </summary>
internal sealed class LocalRun : IRunMachines
{
    private const int TileMailboxCapacity = TileRequests.Credit + 8; // requests within credit, and one of every other kind
    private readonly LocalEdge _edge;
    private readonly CoordinatorMachine _coordinator;

    /// <summary>Builds the machines; tiles are built when the run starts.</summary>
    /// <param name="config">The experiment.</param>
    /// <param name="plan">Its network.</param>
    /// <param name="data">Samples that fit it.</param>
    /// <param name="settings">How the coordinator works.</param>
    /// <param name="store">Where checkpoints go.</param>
    /// <param name="threads">Threads, the caller included.</param>
    /// <param name="construct">Builds tiles.</param>
    public LocalRun(
        ExperimentConfig config, NetworkPlan plan, DataPair data, CoordinatorSettings settings, IRunStore store, int threads, TileConstructor construct)
    {
        var builder = new TileBuilder(construct);
        _coordinator = new CoordinatorMachine(config, plan, data, settings);
        _edge = new LocalEdge(threads, TileMailboxCapacity);
        _edge.Add(Recipient.Coordinator, _coordinator, CoordinatorMachine.MailboxCapacity(plan));
        var stages = plan.Stages.Count(stage => stage.Grid is not null);
        _edge.Add(Recipient.Node, new NodeMachine(builder.Build), StageGroups.MailboxCapacity(stages, plan.Tiles.Count));
        _edge.Add(Recipient.StoreClient, new StoreClientMachine(StoreClientSettings.Local), 4 * (plan.Tiles.Count + plan.Stages.Count) + 64);
        var self = new Member(PeerId.Here, "local", threads, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        _edge.Add(Recipient.ControlClient, new ControlClientMachine(self, LeaseSettings.NeverLapses), 16);
        _edge.AddBlocking(Recipient.Store, new StoreService(store), 64);
        _edge.AddBlocking(Recipient.Control, new ControlService(new LocalControlPlane(store)), 8);
        _edge.Start();
        _edge.Post(new Message { Kind = MessageKind.Start, To = Recipient.ControlClient, Tile = TileId.None });
    }

    /// <inheritdoc/>
    public void Start(int steps) => Tell(MessageKind.Start, (ulong)steps);

    /// <inheritdoc/>
    public void Grant(int steps) => Tell(MessageKind.Continue, (ulong)steps);

    /// <inheritdoc/>
    public void Stop() => Tell(MessageKind.Stop, 0);

    /// <inheritdoc/>
    public Message Receive() => _edge.Receive();

    /// <inheritdoc/>
    public void Dispose()
    {
        _edge.Dispose();
        _coordinator.Dispose();
    }

    private void Tell(MessageKind kind, ulong steps) =>
        _edge.Post(new Message { Kind = kind, To = Recipient.Coordinator, Tile = TileId.None, Operation = steps });
}
