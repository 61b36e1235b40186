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
internal sealed class LocalRun : RunMachines
{
    private const int TileMailboxCapacity = TileRequests.Credit + 8; // requests within credit, and one of every other kind

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
        : base(new CoordinatorMachine(config, plan, data, settings), new LocalEdge(threads, TileMailboxCapacity))
    {
        var builder = new TileBuilder(construct);
        Edge.Add(Recipient.Coordinator, Coordinator, CoordinatorMachine.MailboxCapacity(plan));
        var stages = plan.Stages.Count(stage => stage.Grid is not null);
        Edge.Add(Recipient.Node, new NodeMachine(builder.Build), StageGroups.MailboxCapacity(stages, plan.Tiles.Count));
        Edge.Add(Recipient.StoreClient, new StoreClientMachine(StoreClientSettings.Local), 4 * (plan.Tiles.Count + plan.Stages.Count) + 64);
        var self = new Member(PeerId.Here, "local", threads, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        Edge.Add(Recipient.ControlClient, new ControlClientMachine(self, LeaseSettings.NeverLapses), 16);
        Edge.AddBlocking(Recipient.Store, new StoreService(store), 64);
        Edge.AddBlocking(Recipient.Control, new ControlService(new LocalControlPlane(store)), 8);
        Edge.Start();
        Edge.Post(new Message { Kind = MessageKind.Start, To = Recipient.ControlClient, Tile = TileId.None });
    }

    /// <inheritdoc/>
    public override void Stop() => Tell(MessageKind.Stop, 0);
}
