namespace Tessera.Coordination.Experiments;

/// <summary>Names of the stages of a network, written or implied.</summary>
public static class StageNames
{
    /// <summary>Name by which stages read the data.</summary>
    public const string Input = "input";

    /// <summary>The name of a stage: its own, else kind and position from 1, for instance <c>tanh2</c>.</summary>
    /// <param name="layer">The stage.</param>
    /// <param name="index">Its place in the list, from 0.</param>
    public static string Of(LayerConfig layer, int index) => layer.Name ?? $"{layer.Type.ToString().ToLowerInvariant()}{index + 1}";

    /// <summary>The names of all stages in order.</summary>
    public static string[] OfAll(IReadOnlyList<LayerConfig> layers)
    {
        string[] names = new string[layers.Count];
        for (int index = 0; index < names.Length; index++) { names[index] = Of(layers[index], index); }
        return names;
    }
}
