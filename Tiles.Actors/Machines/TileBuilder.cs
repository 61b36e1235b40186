using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Plan;

namespace Tessera.Actors.Machines;

/// <summary>Builds the physics of a tile.</summary>
/// <param name="physics">Configuration.</param>
/// <param name="shape">Logical size.</param>
/// <param name="identity">Who draws.</param>
public delegate ITile TileConstructor(RpuConfig physics, TileShape shape, TileIdentity identity);

/// <summary>Builds the machines of tiles from what an assignment says about them, in whatever process they are hosted.</summary>
/// <param name="construct">Builds the physics.</param>
public sealed class TileBuilder(TileConstructor construct)
{
    private readonly Dictionary<string, RpuConfig> _physics = new(StringComparer.Ordinal); // by its text: most tiles of a run share one

    /// <summary>Builds tiles with the physics of this program.</summary>
    public TileBuilder()
        : this(static (physics, shape, identity) => TileFactory.Create(physics, shape, identity))
    {
    }

    /// <summary>The machine of a tile, as constructed: without weights, before its first term.</summary>
    /// <exception cref="Kernels.Configuration.Binding.ConfigurationException">The physics is none that this version knows.</exception>
    public TileMachine Build(RunBlueprint run, TileStagePlan stage, TilePlan tile) => new(Describe(run, tile), Construct(run, stage, tile));

    /// <summary>Who a tile is.</summary>
    public static TileDescription Describe(RunBlueprint run, TilePlan tile) => new()
    {
        Id = tile.Id,
        Name = tile.Name,
        ConfigurationHash = run.ConfigurationHash,
        BatchMax = run.BatchMax,
        EvaluationMax = run.EvaluationMax,
    };

    /// <summary>The physics of a tile.</summary>
    public ITile Construct(RunBlueprint run, TileStagePlan stage, TilePlan tile)
    {
        var text = run.Physics[stage.Grid.Physics];
        if (!_physics.TryGetValue(text, out var physics))
        {
            physics = RpuConfigText.Read(text);
            _physics.Add(text, physics);
        }

        return construct(physics, new TileShape(tile.OutSize, tile.InSize, tile.AnalogBias), new TileIdentity(run.Seed, (uint)tile.Id.Index));
    }
}
