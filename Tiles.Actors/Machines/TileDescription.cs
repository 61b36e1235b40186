using Tessera.Protocol.Identity;

namespace Tessera.Actors.Machines;

/// <summary>Who a tile is and how much it must be able to keep.</summary>
public sealed record TileDescription
{
    /// <summary>Identity.</summary>
    public required TileId Id { get; init; }

    /// <summary>Name of messages and blobs, for instance <c>hidden1/T2</c>.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the run's configuration; a blob of another one is refused.</summary>
    public required string ConfigurationHash { get; init; }

    /// <summary>Whether a blob of another numerics version is taken: the tile then goes on with other bits. Default false.</summary>
    public bool AcceptNumericsChange { get; init; }

    /// <summary>Most vectors of a mini-batch, 1 or more.</summary>
    public required int BatchMax { get; init; }

    /// <summary>Most vectors of one evaluation read, 1 or more.</summary>
    public required int EvaluationMax { get; init; }
}
