using Tessera.Actors.Postgres;
using Tessera.Host.Faults.Taps;
using Tessera.Host.Http;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Faults;

/// <summary>
/// A cluster in which a case happens: two nodes, <see cref="NodeA"/> and <see cref="NodeB"/>, a coordinator, <see cref="Lead"/>, and where wanted a
/// <see cref="Standby"/>; every connection goes through a tap.
/// </summary>
internal sealed class FaultScene : IDisposable
{
    /// <summary>A node.</summary>
    public const string NodeA = "a";

    /// <summary>The node to which faults come.</summary>
    public const string NodeB = "b";

    /// <summary>The coordinator that leads.</summary>
    public const string Lead = "lead";

    /// <summary>The coordinator that stands by.</summary>
    public const string Standby = "standby";

    /// <summary>Steps between checkpoints.</summary>
    public const int EverySteps = 100;

    /// <summary>Epochs of the experiment: 520 steps.</summary>
    public const int Epochs = 40;

    /// <summary>The step at which all wait for the first checkpoint.</summary>
    public const int GateStep = 120;

    /// <summary>The step in which faults come, half way between two checkpoints.</summary>
    public const int Step = 150;

    /// <summary>The step of the checkpoint at which faults come; the one of step 100 is complete then.</summary>
    public const int CheckpointStep = 200;

    /// <summary>A step that is begun after faults.</summary>
    public const int LaterStep = 300;

    /// <summary>A cluster without processes.</summary>
    /// <param name="server">The server of its database, which listens on TCP.</param>
    /// <param name="reference">What it trains.</param>
    public FaultScene(PostgresServer server, FaultlessRun reference)
    {
        Cluster = new FaultCluster(server, reference, isTapped: true);
        Database = new FaultDatabase(server, Cluster.Run);
    }

    /// <summary>Its processes.</summary>
    public FaultCluster Cluster { get; }

    /// <summary>Its database.</summary>
    public FaultDatabase Database { get; }

    /// <summary>What its connections go through.</summary>
    public ClusterTaps Taps => Cluster.Taps!;

    /// <summary>Starts all processes; holds are set before. Training goes on when the first checkpoint is complete and everyone is there.</summary>
    public void Start(bool withStandby = false)
    {
        TapHold gate = HoldAt(GateStep);
        Cluster.StartCoordinator(Lead, nodes: 2);
        if (withStandby) { Cluster.AwaitStatus(Lead, "it leads", status => status.Leader == Lead); }
        Cluster.StartNode(NodeA);
        Cluster.StartNode(NodeB);
        if (withStandby) { Cluster.StartCoordinator(Standby); }
        Cluster.AwaitCheckpoint(Lead, EverySteps);
        if (withStandby) { AwaitStandBy(Standby); }
        Cluster.AwaitHeld(gate, "the first steps are done");
        gate.Release();
    }

    /// <summary>Waits until a coordinator stands by.</summary>
    public void AwaitStandBy(string name) => Cluster.AwaitStatus(name, "it stands by", status => status.Leader is null && status.Phase == "leading");

    /// <summary>Holds training of all at the beginning of a step, on its way to <see cref="NodeA"/>.</summary>
    public TapHold HoldAt(long step) => Taps.Node(NodeA).Hold(frame => frame.Is(MessageKind.Forward, step));

    /// <summary>Holds a process or what it waits for in a phase.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="writer">Whose bytes are held during a snapshot.</param>
    public TapHold Hold(FaultPhase phase, string writer = NodeB) => phase switch
    {
        FaultPhase.BeforeForward => HoldFrame(MessageKind.Forward),
        FaultPhase.BetweenForwardAndBackward => HoldFrame(MessageKind.Backward),
        FaultPhase.BeforeCommit => HoldFrame(MessageKind.Commit),
        FaultPhase.AfterCommit => HoldFrame(MessageKind.Committed),
        FaultPhase.DuringSnapshot => HoldSql(writer, "INSERT INTO tessera.pieces"),
        _ => HoldSql(Lead, "FOR UPDATE"),
    };

    /// <summary>Holds the first SQL, or the first answer to a transaction with it, that begins once the checkpoint's step has begun.</summary>
    /// <param name="process">Whose.</param>
    /// <param name="text">Part of the SQL.</param>
    /// <param name="isAnswer">Whether the transaction has taken effect, and its confirmation is held.</param>
    public TapHold HoldSql(string process, string text, bool isAnswer = false) => Taps.Database(process).Hold(frame =>
        frame.Direction == (isAnswer ? TapDirection.Back : TapDirection.Forth)
        && frame.Text.Contains(text, StringComparison.Ordinal)
        && Taps.Watch.Step >= CheckpointStep);

    /// <summary>Waits until all tiles are on <see cref="NodeA"/>, in another term.</summary>
    public void AwaitAllOnNodeA() =>
        Cluster.AwaitStatus(Lead, "all tiles are on the other node", status => status.Openings >= 2 && status.Hosts(NodeA));

    /// <summary>Waits until <see cref="NodeB"/> knows the term of a coordinator.</summary>
    public void AwaitNodeBKnows(ProcessStatus leader) => Cluster.AwaitStatus(
        NodeB, $"it knows term {leader.Term}", status => status.Suspended == false && status.Term >= leader.Term);

    /// <summary>A fault happens now, and only a new term can mend it.</summary>
    public void MarkFault() => Taps.Watch.MarkFault(needsTerm: true);

    /// <inheritdoc/>
    public void Dispose() => Cluster.Dispose();

    private TapHold HoldFrame(MessageKind kind) => Taps.Node(NodeB).Hold(frame => frame.Is(kind, Step));
}
