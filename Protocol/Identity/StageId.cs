namespace Tessera.Protocol.Identity;

/// <summary>One stage of the plan: the data, a tile group, a digital operator or the loss.</summary>
/// <param name="Index">0 is the data; stages are numbered in order of evaluation. -1 is the client outside the graph.</param>
public readonly record struct StageId(int Index)
{
    /// <summary>Whoever drives the graph from outside: the training run, a command.</summary>
    public static readonly StageId Client = new(-1);

    /// <summary>The data.</summary>
    public static readonly StageId Input = new(0);

    /// <inheritdoc/>
    public override string ToString() => Index < 0 ? "client" : $"S{Index}";
}
