using Tessera.Actors.ControlPlanes;
using Tessera.Actors.Edges;
using Tessera.Actors.Machines;
using Tessera.Actors.Stores;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Machines;
using Tessera.Coordination.Plan;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>The coordinator of a run whose tiles are in other processes. It stands by while another one leads.</summary>
internal sealed class ClusterRun : RunMachines
{
    private const int ThreadsMin = 2; // one more than the caller, who may be busy with a report: leases are renewed all the same

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
        : base(new CoordinatorMachine(config, plan, data, settings), new LocalEdge(Math.Max(ThreadsMin, threads), links: seat.Network))
    {
        Edge.Add(Recipient.Coordinator, Coordinator, CoordinatorMachine.MailboxCapacity(plan));
        Edge.Add(Recipient.StoreClient, new StoreClientMachine(ClusterTimes.Store), (4 * plan.Stages.Count) + 64);
        Edge.Add(Recipient.ControlClient, new ControlClientMachine(new Member(seat.Self, seat.Name, 1, 0) { Http = seat.Http }, ClusterTimes.Leases), 64);
        Edge.AddBlocking(Recipient.Store, new StoreService(store), 64);
        Edge.AddBlocking(Recipient.Control, new ControlService(seat.Plane), 64);
        Edge.Start();
        seat.Network.Attach(Edge);
    }

    /// <summary>Where the coordinator is; may be called from any thread.</summary>
    public ClusterProgress ReadProgress()
    {
        var status = Coordinator.Status;
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
            Placement = status.Placement,
            TileLatency = (status.TileLatency.Median, status.TileLatency.P99, status.TileLatency.Count),
            Repeats = status.Repeats,
            StepsRedone = status.StepsRedone,
            Openings = status.Openings,
            OlderTermRefusals = status.OlderTermRefusals,
        };
    }

    /// <inheritdoc/>
    public override void Stop() => Tell(MessageKind.HandOver, 0);
}
