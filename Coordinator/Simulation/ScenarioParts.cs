using Tessera.Actors.Machines;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Machines;
using Tessera.Kernels.Tiles;

namespace Tessera.Coordination.Simulation;

/// <summary>Builds the machine of a tile.</summary>
/// <param name="description">Who it is.</param>
/// <param name="tile">Its physics.</param>
internal delegate TileMachine TileMachineFactory(TileDescription description, ITile tile);

/// <summary>Builds the node of a process.</summary>
/// <param name="build">Builds the machine of a tile.</param>
internal delegate IMachine NodeFactory(TileMachineBuilder build);

/// <summary>Which machines a simulated run is made of; the defaults are those of a real one.</summary>
internal sealed record ScenarioParts
{
    /// <summary>The machines of tiles.</summary>
    public TileMachineFactory CreateTile { get; init; } = static (description, tile) => new TileMachine(description, tile);

    /// <summary>The nodes.</summary>
    public NodeFactory CreateNode { get; init; } = static build => new NodeMachine(build, awaitsLease: true);

    /// <summary>The checkpointer of coordinators.</summary>
    public CheckpointerFactory CreateCheckpointer { get; init; } =
        static (plan, hash, stages, tickets) => new Checkpointer(plan, hash, stages, tickets);
}
