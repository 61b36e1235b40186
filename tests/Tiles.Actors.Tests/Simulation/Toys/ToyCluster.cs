using Tessera.Actors.Machines;
using Tessera.Actors.Simulation;
using Tessera.Actors.Tests.Support;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Simulation.Toys;

/// <summary>A trainer and a node with one real <see cref="TileMachine"/>, under simulation.</summary>
public sealed class ToyCluster : IDisposable
{
    private readonly Func<SimulatedWorld, TileMachine> _build;

    public ToyCluster(ulong seed, SimulationFaults faults, Func<SimulatedWorld, TileMachine>? build = null, ulong steps = 20)
    {
        _build = build ?? (world => new TileMachine(Description, Tile(world)));
        World = new SimulatedWorld(seed, faults, new SimulationSettings { CoordinatorLease = TimeSpan.FromMilliseconds(50) });
        World.Invariants.ExpectManifest([("tile", "toy")]);
        Node = World.AddProcess("node", setup =>
        {
            setup.Add(Recipient.Node, new ToyNode(this), 256);
            setup.Add(Recipient.StoreClient, new ToyStoreClient(), 64);
            setup.AddTile(new TileId(0), _build(World));
        });
        Trainer = World.AddProcess("trainer", setup =>
        {
            setup.Add(Recipient.Coordinator, new ToyTrainer(Node, steps), 256);
            setup.Add(Recipient.StoreClient, new ToyStoreClient(), 64);
            setup.Add(
                Recipient.ControlClient,
                new CallbackMachine((_, message, outbox) => outbox.Send(message with { To = Recipient.Coordinator })),
                64);
            setup.Post(new Message { Kind = MessageKind.Start, To = Recipient.Coordinator });
        });
        World.ClientMessage += (_, _) => IsDone = true;
    }

    public static TileDescription Description { get; } = new()
    {
        Id = new TileId(0),
        Name = "toy",
        ConfigurationHash = "c",
        BatchMax = 2,
        EvaluationMax = 2,
    };

    public SimulatedWorld World { get; }

    public SimulatedProcess Node { get; }

    public SimulatedProcess Trainer { get; }

    public bool IsDone { get; private set; }

    public static ITile Tile(SimulatedWorld world, uint salt = 1) =>
        world.Observe(new TileId(0), new PerfectTile(new TileShape(2, 3), disturbance: 0.01f, salt));

    public void Run() => World.RunUntil(() => IsDone, TimeSpan.FromSeconds(60));

    public void Dispose() => World.Dispose();

    /// <summary>Forwards requests to the tile, and builds it anew once in a term that asks for it.</summary>
    private sealed class ToyNode(ToyCluster cluster) : IMachine
    {
        private Term _term;

        public void Handle(TimeSpan now, in Message message, Outbox outbox)
        {
            if (message.To == Recipient.Tile)
            {
                outbox.Send(message);
            }
            else if (message.Kind == MessageKind.Assign && message.Term.CompareTo(_term) >= 0)
            {
                if (message.Term != _term)
                {
                    outbox.Host(new TileId(0), cluster._build(cluster.World));
                    _term = message.Term;
                }

                outbox.Send(message with { Kind = MessageKind.Assigned, To = Recipient.Coordinator, Body = null });
            }
        }
    }
}
