using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Plan;

namespace Tessera.Actors.Tests.Support;

/// <summary>Runs as a node sees them, without physics.</summary>
public static class Blueprints
{
    /// <summary>A run of one stage, number 1, of single-output tiles with two inputs and one output each.</summary>
    /// <param name="inputParts">Tiles whose outputs are added up.</param>
    /// <param name="outputParts">Tiles that read the same inputs.</param>
    public static RunBlueprint Grid(int inputParts, int outputParts = 1) => new()
    {
        ConfigurationHash = "abc",
        Seed = 1,
        NumericsVersion = Kernels.Numerics.NumericsVersion.Current,
        BatchMax = 2,
        EvaluationMax = 2,
        Physics = ["{}"],
        Stages =
        [
            new TileStagePlan(
                new StageId(1),
                "layer",
                TileGridPlan.Cut(
                    new StageId(1),
                    "layer",
                    new TileId(0),
                    [.. Enumerable.Repeat(2, inputParts)],
                    [.. Enumerable.Repeat(1, outputParts)],
                    analogBias: false,
                    physics: 0)),
        ],
    };
}
