using Tessera.Actors.Edges;
using Tessera.Coordination.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>The machines of a run, as far as they are in this process, and how they are told what to do.</summary>
/// <param name="coordinator">Owned.</param>
/// <param name="edge">Owned; the heir adds the machines and starts it.</param>
internal abstract class RunMachines(CoordinatorMachine coordinator, LocalEdge edge) : IDisposable
{
    /// <summary>The process of each tile in the newest term.</summary>
    public IReadOnlyList<PeerId> Hosts => Coordinator.Hosts;

    /// <summary>Who trains.</summary>
    protected CoordinatorMachine Coordinator { get; } = coordinator;

    /// <summary>Where the machines run.</summary>
    protected LocalEdge Edge { get; } = edge;

    /// <summary>Starts or restarts the run.</summary>
    /// <param name="steps">Steps that may be reported before more are granted.</param>
    public void Start(int steps) => Tell(MessageKind.Start, (ulong)steps);

    /// <summary>Lets the run go on by some steps.</summary>
    public void Grant(int steps) => Tell(MessageKind.Continue, (ulong)steps);

    /// <summary>Asks the run to end at the next step boundary with a checkpoint; in a cluster, this process alone. May be called from any thread.</summary>
    public abstract void Stop();

    /// <summary>Works until the coordinator reports.</summary>
    public Message Receive() => Edge.Receive();

    /// <inheritdoc/>
    public void Dispose()
    {
        Edge.Dispose();
        Coordinator.Dispose();
    }

    /// <summary>Sends a message to the coordinator.</summary>
    protected void Tell(MessageKind kind, ulong steps) =>
        Edge.Post(new Message { Kind = kind, To = Recipient.Coordinator, Tile = TileId.None, Operation = steps });
}
