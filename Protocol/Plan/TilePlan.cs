using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Plan;

/// <summary>One tile: which block of its layer's matrix it holds.</summary>
public sealed record TilePlan
{
    /// <summary>Identity, part of every random address of the tile.</summary>
    public required TileId Id { get; init; }

    /// <summary>The layer.</summary>
    public required StageId Stage { get; init; }

    /// <summary>Name for people and for blobs, for instance <c>hidden1/T2</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Place in the stage's grid: input part * output parts + output part.</summary>
    public required int Port { get; init; }

    /// <summary>Which part of the inputs.</summary>
    public required int InputPart { get; init; }

    /// <summary>Which part of the outputs.</summary>
    public required int OutputPart { get; init; }

    /// <summary>First input of the block.</summary>
    public required int InputStart { get; init; }

    /// <summary>Inputs, without an analog bias column.</summary>
    public required int InSize { get; init; }

    /// <summary>First output of the block.</summary>
    public required int OutputStart { get; init; }

    /// <summary>Outputs.</summary>
    public required int OutSize { get; init; }

    /// <summary>Whether a last column with constant input 1 holds the bias.</summary>
    public bool AnalogBias { get; init; }

    /// <summary>Columns of the crossbar.</summary>
    public int XSize => InSize + (AnalogBias ? 1 : 0);

    /// <summary>Devices of the tile.</summary>
    public long Crosspoints => (long)XSize * OutSize;
}
