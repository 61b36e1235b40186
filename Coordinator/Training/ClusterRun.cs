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

/// <summary>The coordinator of a run whose tiles are in other processes. It stands by while another one leads.</summary>
internal sealed class ClusterRun : IRunMachines
{
    private readonly LocalEdge _edge;
    private readonly CoordinatorMachine _coordinator;

    /// <summary>Builds the machines.</summary>
    /// <param name="config">The experiment.</param>
    /// <param name="plan">Its network.</param>
    /// <param name="data">Samples that fit it.</param>
    /// <param name="settings">How the coordinator works.</param>
    /// <param name="store">Where checkpoints go.</param>
    /// <param name="threads">Threads, the caller included.</param>
    /// <param name="seat">The place in the cluster.</param>
    public ClusterRun(
        ExperimentConfig config, NetworkPlan plan, DataPair data, CoordinatorSettings settings, IRunStore store, int threads, ClusterSeat seat)
    {
        _coordinator = new CoordinatorMachine(config, plan, data, settings);
        // One thread more than the caller, who may be busy with a report: leases are renewed all the same.
        _edge = new LocalEdge(Math.Max(2, threads), links: seat.Network);
        _edge.Add(Recipient.Coordinator, _coordinator, CoordinatorMachine.MailboxCapacity(plan));
        _edge.Add(Recipient.StoreClient, new StoreClientMachine(ClusterTimes.Store), (4 * plan.Stages.Count) + 64);
        _edge.Add(Recipient.ControlClient, new ControlClientMachine(new Member(seat.Self, seat.Name, 1, 0), ClusterTimes.Leases), 64);
        _edge.AddBlocking(Recipient.Store, new StoreService(store), 64);
        _edge.AddBlocking(Recipient.Control, new ControlService(seat.Plane), 64);
        _edge.Start();
        seat.Network.Attach(_edge);
    }

    /// <summary>Where the coordinator is; may be called from any thread.</summary>
    public ClusterProgress ReadProgress()
    {
        var status = _coordinator.Status;
        return new ClusterProgress
        {
            Phase = status.Phase.ToString().ToLowerInvariant(),
            WaitsFor = status.WaitsFor,
            Leads = status.Phase is not (CoordinatorPhase.Idle or CoordinatorPhase.Leading),
            IsSuspended = status.IsSuspended,
            Term = status.Term.Value,
            Step = status.Step.Value,
            StepsTotal = status.StepsTotal,
            Epoch = status.Epoch,
            CheckpointStep = status.CheckpointStep?.Value,
            Members = [.. status.Members.Select(member => (member.Member, member.Tiles, member.IsReachable))],
            Repeats = status.Repeats,
            StepsRedone = status.StepsRedone,
            Openings = status.Openings,
            OlderTermRefusals = status.OlderTermRefusals,
        };
    }

    /// <inheritdoc/>
    public void Start(int steps) => Tell(MessageKind.Start, (ulong)steps);

    /// <inheritdoc/>
    public void Grant(int steps) => Tell(MessageKind.Continue, (ulong)steps);

    /// <inheritdoc/>
    public void Stop() => Tell(MessageKind.HandOver, 0);

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
