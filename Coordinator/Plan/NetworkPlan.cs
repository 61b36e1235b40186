using Tessera.Coordination.Experiments;
using Tessera.Kernels.Configuration;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Plan;

/// <summary>A network compiled to stages, edges and tiles. It depends on the experiment alone, never on threads, nodes or micro-batches.</summary>
public sealed record NetworkPlan
{
    /// <summary>Stages in order of evaluation; stage 0 is the data.</summary>
    public required IReadOnlyList<StagePlan> Stages { get; init; }

    /// <summary>Arrows in ascending order of (To, Operand).</summary>
    public required IReadOnlyList<EdgePlan> Edges { get; init; }

    /// <summary>All tiles in the order of their identities.</summary>
    public required IReadOnlyList<TilePlan> Tiles { get; init; }

    /// <summary>Physics of the tile stages, by <see cref="TileGridPlan.Physics"/>.</summary>
    public required IReadOnlyList<RpuConfig> Physics { get; init; }

    /// <summary>The experiment's layers: layer i is stage i + 1.</summary>
    public required IReadOnlyList<LayerConfig> Layers { get; init; }

    /// <summary>Loss at the last stage.</summary>
    public required LossKind Loss { get; init; }

    /// <summary>Values of a sample.</summary>
    public int InputFeatures => Stages[0].OutFeatures;

    /// <summary>Values of an output vector: classes.</summary>
    public int OutputFeatures => Stages[^1].OutFeatures;

    /// <summary>Devices of all tiles.</summary>
    public long Crosspoints => Tiles.Sum(tile => tile.Crosspoints);

    /// <summary>The experiment's description of a stage other than the data.</summary>
    public LayerConfig LayerOf(StageId stage) => Layers[stage.Index - 1];

    /// <summary>Physics of a tile.</summary>
    public RpuConfig PhysicsOf(TilePlan tile) => Physics[Stages[tile.Stage.Index].Grid!.Physics];
}
