using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Tiles;

/// <summary>Small tiles and fixed inputs for the tests of the tile contract.</summary>
internal static class TileFixture
{
    public static readonly IOParameters Perfect = new() { IsPerfect = true };

    public static readonly ReadAddress Training = new(ReadPhase.Training, 1, 0);

    public static SimulatorTile Floating(int outSize, int inSize, MappingParameter? mapping = null, bool analogBias = false, TileOptions? options = null) =>
        TileFactory.Create(
            new FloatingPointRPUConfig { Mapping = mapping ?? new() }, new TileShape(outSize, inSize, analogBias), new TileIdentity(1, 1), options);

    public static SimulatorTile Ideal(int outSize, int inSize, IOParameters forward, MappingParameter? mapping = null, uint tile = 1) =>
        TileFactory.Create(
            new SingleRPUConfig { Device = new IdealDevice(), Forward = forward, Backward = forward, Mapping = mapping ?? new() },
            new TileShape(outSize, inSize),
            new TileIdentity(1, tile));

    public static float[] Values(int seed, int count, float scale = 1.0f)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = (float)((2 * random.NextDouble()) - 1) * scale;
        }

        return values;
    }

    public static float[] Weights(SimulatorTile tile)
    {
        var weights = new float[tile.Shape.OutSize * tile.Shape.InSize];
        tile.GetWeights(weights, []);
        return weights;
    }

    public static float[] ReadForward(ITile tile, float[] x, int batch, ReadAddress? at = null)
    {
        var y = new float[batch * tile.Shape.OutSize];
        tile.Forward(at ?? Training, x, y, batch);
        return y;
    }

    public static float[] ReadBackward(ITile tile, float[] d, int batch, ReadAddress? at = null)
    {
        var x = new float[batch * tile.Shape.InSize];
        tile.Backward(at ?? Training, d, x, batch);
        return x;
    }

    public static void Close(IReadOnlyList<float> expected, IReadOnlyList<float> seen, double tolerance)
    {
        Assert.Equal(expected.Count, seen.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.True(Math.Abs(expected[i] - seen[i]) <= tolerance, $"value {i}: {seen[i]}, expected {expected[i]}");
        }
    }
}
