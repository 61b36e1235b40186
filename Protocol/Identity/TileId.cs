namespace Tessera.Protocol.Identity;

/// <summary>One tile of the plan. Tiles are numbered stage by stage, input part outermost, output part innermost.</summary>
/// <param name="Index">0 to the plan's tile count - 1; part of every random address of the tile.</param>
public readonly record struct TileId(int Index)
{
    /// <summary>No tile: the message is about something else.</summary>
    public static readonly TileId None = new(-1);

    /// <inheritdoc/>
    public override string ToString() => Index < 0 ? "no tile" : $"T{Index}";
}
