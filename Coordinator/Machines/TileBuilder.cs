using Tessera.Actors.Machines;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;

namespace Tessera.Coordination.Machines;

/// <summary>Builds the machines of a plan's tiles, wherever they are hosted.</summary>
/// <param name="plan">The network.</param>
/// <param name="seed">Seed of the run.</param>
/// <param name="settings">Sizes, and the configuration's hash.</param>
/// <param name="construct">Builds the physics.</param>
internal sealed class TileBuilder(NetworkPlan plan, ulong seed, CoordinatorSettings settings, TileConstructor construct)
{
    /// <summary>The machine of a tile, as constructed: without weights, before its first term.</summary>
    public TileMachine Build(TileId id) => new(Describe(id), Construct(id));

    /// <summary>Who a tile is.</summary>
    public TileDescription Describe(TileId id) => new()
    {
        Id = id,
        Name = plan.Tiles[id.Index].Name,
        ConfigurationHash = settings.ConfigurationHash,
        AcceptNumericsChange = settings.AcceptNumericsChange,
        BatchMax = settings.BatchMax,
        EvaluationMax = settings.EvaluationMax,
    };

    /// <summary>The physics of a tile.</summary>
    public ITile Construct(TileId id)
    {
        var tile = plan.Tiles[id.Index];
        var shape = new TileShape(tile.OutSize, tile.InSize, tile.AnalogBias);
        return construct(plan.PhysicsOf(tile), shape, new TileIdentity(seed, (uint)id.Index));
    }
}
