using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// PyTorch's default initialisation of a linear layer: weights and bias uniform in (-k, k) with k = 1 / sqrt(fan_in) (Kaiming uniform with
/// a = sqrt 5). The draws are addressed by layer, output and input, so that they do not depend on how the layer is cut onto tiles.
/// </summary>
public static class LinearInitialisation
{
    private const uint WeightCallSite = 0;
    private const uint BiasCallSite = 1;

    /// <summary>Draws the weights of one output: column j has the address (stream weight initialisation, call site 0, row, j).</summary>
    /// <param name="identity">Seed of the run and index of the layer.</param>
    /// <param name="row">Output.</param>
    /// <param name="weights">[fan_in], overwritten.</param>
    /// <param name="fanIn">Inputs of the whole layer.</param>
    public static void WeightRow(in TileIdentity identity, int row, Span<float> weights, int fanIn) =>
        Draw(RandomKey.Derive(identity, RandomStream.WeightInitialisation, WeightCallSite), row, weights, fanIn);

    /// <summary>Draws the biases: output i has the address (stream weight initialisation, call site 1, row 0, i).</summary>
    /// <param name="identity">Seed of the run and index of the layer.</param>
    /// <param name="bias">[outputs], overwritten.</param>
    /// <param name="fanIn">Inputs of the whole layer.</param>
    public static void Bias(in TileIdentity identity, Span<float> bias, int fanIn) =>
        Draw(RandomKey.Derive(identity, RandomStream.WeightInitialisation, BiasCallSite), 0, bias, fanIn);

    /// <summary>The bound k = 1 / sqrt(fan_in).</summary>
    public static float Bound(int fanIn) => 1f / MathF.Sqrt(fanIn);

    private static void Draw(RandomKey key, int row, Span<float> values, int fanIn)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fanIn);
        RandomField.Uniforms(key, new DrawAddress(0, 0, 0), row, values);
        var bound = Bound(fanIn);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = MathF.FusedMultiplyAdd(2f * bound, values[i], -bound);
        }
    }
}
