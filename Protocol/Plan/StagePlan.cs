using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Plan;

/// <summary>Who computes a stage.</summary>
public enum StageKind
{
    /// <summary>The data.</summary>
    Input,

    /// <summary>A linear layer on analog tiles, with its digital bias.</summary>
    Tiles,

    /// <summary>A digital operator.</summary>
    Digital,
}

/// <summary>One node of the graph.</summary>
public sealed record StagePlan
{
    /// <summary>Identity; stages are in order of evaluation.</summary>
    public required StageId Id { get; init; }

    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>Who computes it.</summary>
    public required StageKind Kind { get; init; }

    /// <summary>Operator, in the words of the experiment file: AnalogLinear, Tanh, ...; <c>Input</c> for the data.</summary>
    public required string Operator { get; init; }

    /// <summary>Stages read, in the order of the operator's operands.</summary>
    public IReadOnlyList<StageId> Inputs { get; init; } = [];

    /// <summary>Values of an input vector; 0 for the data.</summary>
    public int InFeatures { get; init; }

    /// <summary>Values of an output vector.</summary>
    public required int OutFeatures { get; init; }

    /// <summary>Whether a digital bias is added behind the reduction tree.</summary>
    public bool DigitalBias { get; init; }

    /// <summary>Whether this stage or one that it reads has something to learn, so that it takes a gradient.</summary>
    public bool TakesGradient { get; init; }

    /// <summary>The tiles of a tile stage.</summary>
    public TileGridPlan? Grid { get; init; }
}
