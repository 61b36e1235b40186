using Tessera.Protocol.Plan;

namespace Tessera.Protocol.Cluster;

/// <summary>
/// All that a node must know to build tiles of a run and to add up what they answer. It follows from the experiment and its data alone, so that
/// every coordinator of a run says the same.
/// </summary>
public sealed record RunBlueprint
{
    /// <summary>SHA-256 of the run's configuration (64 hex): which run it is.</summary>
    public required string ConfigurationHash { get; init; }

    /// <summary>Seed of the run, part of every random address.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Version of the numerics that the coordinator computes with; a node of another one refuses.</summary>
    public required int NumericsVersion { get; init; }

    /// <summary>Most vectors of a mini-batch, 1 or more.</summary>
    public required int BatchMax { get; init; }

    /// <summary>Most vectors of one evaluation read, 1 or more.</summary>
    public required int EvaluationMax { get; init; }

    /// <summary>Configurations of tile physics as canonical JSON, by <see cref="TileGridPlan.Physics"/>.</summary>
    public required IReadOnlyList<string> Physics { get; init; }

    /// <summary>The stages that lie on tiles, in order of evaluation; their tiles are numbered through.</summary>
    public required IReadOnlyList<TileStagePlan> Stages { get; init; }
}
