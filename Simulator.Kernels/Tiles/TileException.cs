using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tiles;

/// <summary>A tile refused an argument. Nothing was changed.</summary>
public sealed class TileException : ArgumentException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="tile">The tile that refused.</param>
    /// <param name="argument">Name of the argument.</param>
    /// <param name="seen">What was given.</param>
    /// <param name="expected">What would have been accepted, and the way out where it is not obvious.</param>
    public TileException(TileIdentity tile, string argument, string seen, string expected)
        : base($"Tile {tile.Tile} refused '{argument}': saw {seen}, expected {expected}.")
    {
        Tile = tile;
        Argument = argument;
        Seen = seen;
        Expected = expected;
    }

    /// <summary>The tile that refused.</summary>
    public TileIdentity Tile { get; }

    /// <summary>Name of the argument.</summary>
    public string Argument { get; }

    /// <summary>What was given.</summary>
    public string Seen { get; }

    /// <summary>What would have been accepted.</summary>
    public string Expected { get; }
}
