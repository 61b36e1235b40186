using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using static Tessera.Kernels.Tests.Tiles.TileFixture;

namespace Tessera.Kernels.Tests.Tiles;

/// <summary>Reads, commits and arguments of a tile (spec tile-api, sections 3 to 5).</summary>
public sealed class SimulatorTileTests
{
    [Fact]
    public void Fresh_weights_are_uniform_within_a_tenth()
    {
        using var tile = Floating(40, 50);
        var weights = Weights(tile);
        Assert.All(weights, value => Assert.InRange(value, -0.1f, 0.1f));

        // 2000 uniforms: the mean deviates by 0.0577 / sqrt(2000), the variance by 0.0033 sqrt(0.8 / 2000) a standard deviation.
        var mean = weights.Average();
        var variance = weights.Select(value => Math.Pow(value - mean, 2)).Average();
        Assert.True(Math.Abs(mean) < 6 * 0.0577 / Math.Sqrt(2000), $"mean {mean}");
        Assert.True(Math.Abs(variance - (0.04 / 12)) < 6 * (0.04 / 12) * Math.Sqrt(0.8 / 2000), $"variance {variance}");
    }

    [Fact]
    public void Forward_backward_and_commit_are_the_matrix_algebra()
    {
        using var tile = Floating(2, 3);
        tile.SetWeights([1, 2, 3, -1, 0.5f, 2], []);
        Close([1 + 4 - 3, -1 + 1 - 2], ReadForward(tile, [1, 2, -1], 1), 0);
        Close([2 + 1, 4 - 0.5f, 6 - 2], ReadBackward(tile, [2, -1], 1), 0);
        tile.Commit(1, 0.5f, [1, 2, -1, 1, 0, 0], [2, -1, 0, 4], 2);
        Close([1 - 1, 2 - 2, 3 + 1, -1 + 0.5f - 2, 0.5f + 1, 2 - 0.5f], Weights(tile), 1e-6);
        Assert.Equal(0.5f, tile.LearningRate);
    }

    [Fact]
    public void An_analog_bias_is_the_last_column_with_input_one()
    {
        using var tile = Floating(2, 2, analogBias: true);
        tile.SetWeights([1, 2, 3, 4], [10, 20]);
        Close([13, 27], ReadForward(tile, [1, 1], 1), 0);
        Close([1 + 3, 2 + 4], ReadBackward(tile, [1, 1], 1), 0);
        tile.Commit(1, 1, [1, 0], [1, 2], 1);
        var (weights, bias) = (new float[4], new float[2]);
        tile.GetWeights(weights, bias);
        Close([0, 2, 1, 4], weights, 1e-6);
        Close([9, 18], bias, 1e-6);
    }

    [Fact]
    public void A_digital_bias_is_added_last_and_trained_with_the_plain_gradient()
    {
        using var tile = Floating(2, 2, options: new TileOptions { DigitalBias = true });
        tile.SetWeights([1, 2, 3, 4], [10, 20]);
        Close([13, 27], ReadForward(tile, [1, 1], 1), 0);
        tile.Commit(1, 0.5f, [0, 0, 0, 0], [1, 2, 3, -1], 2);
        var bias = new float[2];
        tile.GetWeights(new float[4], bias);
        Close([10 - 2, 20 - 0.5f], bias, 1e-6);
    }

    [Fact]
    public void Transposed_layouts_hold_the_same_numbers()
    {
        using var plain = Floating(2, 3);
        using var transposed = Floating(2, 3, options: new TileOptions { InTrans = true, OutTrans = true });
        var weights = Values(1, 6);
        plain.SetWeights(weights, []);
        transposed.SetWeights(weights, []);
        var (x, d) = (Values(2, 12), Values(3, 8));
        Assert.Equal(Transpose(ReadForward(plain, x, 4), 4, 2), ReadForward(transposed, Transpose(x, 4, 3), 4));
        Assert.Equal(Transpose(ReadBackward(plain, d, 4), 4, 3), ReadBackward(transposed, Transpose(d, 4, 2), 4));
        plain.Commit(1, 0.1f, x, d, 4);
        transposed.Commit(1, 0.1f, Transpose(x, 4, 3), Transpose(d, 4, 2), 4);
        Assert.Equal(Weights(plain), Weights(transposed));
    }

    [Fact]
    public void Clipped_outputs_lose_their_gradient_in_the_backward_read_only()
    {
        var io = Perfect with { OutBound = 1 };
        using var tile = Ideal(2, 2, io);
        tile.SetWeights([1, 0, 0, 1], []);
        ReadForward(tile, [3, 0.5f], 1);
        Assert.True(tile.HoldsForward(1, 0, 1));
        Close([0, 7], ReadBackward(tile, [5, 7], 1), 0);
        Close([5, 7], ReadBackward(tile, [5, 7], 1, Training with { Step = 2 }), 0);
        tile.Commit(1, 0.1f, [3, 0.5f], [5, 7], 1);
        Assert.True(Weights(tile)[0] < 0, "the update must see the gradient of a clipped output");
    }

    [Fact]
    public void The_gradient_passes_the_converters_unchanged()
    {
        var coarse = new IOParameters { InpRes = 0.5f, OutRes = 0.5f, OutNoise = 0, OutBound = 10 };
        var config = new SingleRPUConfig { Device = new IdealDevice(), Forward = coarse, Backward = Perfect };
        using var tile = TileFactory.Create(config, new TileShape(2, 2), new TileIdentity(1, 1));
        tile.SetWeights([0.3f, -0.2f, 0.5f, 0.7f], []);
        Close([0, 0], ReadForward(tile, [0.4f, -0.3f], 1), 0);
        Close([(0.3f * 2) - 0.5f, (-0.2f * 2) - 0.7f], ReadBackward(tile, [2, -1], 1), 1e-6);
    }

    [Fact]
    public void A_commit_of_nothing_keeps_the_weights_of_a_device_without_dynamics()
    {
        using var tile = Floating(2, 3);
        var before = Weights(tile);
        tile.Commit(1, 0.1f, [], [], 0);
        tile.Commit(2, 0.0f, Values(1, 3), Values(2, 2), 1);
        Assert.Equal(before, Weights(tile));
    }

    [Fact]
    public void Bad_arguments_are_refused_by_name_and_change_nothing()
    {
        using var tile = Floating(2, 3);
        var before = Weights(tile);
        Expect(tile, "x", () => ReadForward(tile, new float[4], 1));
        Expect(tile, "x", () => ReadForward(tile, [0, float.NaN, 0], 1));
        Expect(tile, "d", () => ReadBackward(tile, [0, float.PositiveInfinity], 1));
        Expect(tile, "batch", () => ReadForward(tile, [], 0));
        Expect(tile, "learning_rate", () => tile.Commit(1, -0.1f, new float[3], new float[2], 1));
        Expect(tile, "d", () => tile.Commit(1, 0.1f, new float[3], [0, float.NaN], 1));
        Expect(tile, "weights", () => tile.SetWeights(new float[5], []));
        Expect(tile, "weights", () => tile.SetWeights([1, 2, 3, 4, 5, float.NaN], []));
        Expect(tile, "bias", () => tile.SetWeights(new float[6], new float[2]));
        Expect(tile, "weight_scaling_omega", () => tile.SetWeights(new float[6], [], new SetWeightsOptions { WeightScalingOmega = -1 }));
        Expect(tile, "startColumn", () => tile.ResetColumns(1, 3));
        Expect(tile, "probability", () => tile.Reset(1, 1.5f));
        Assert.Equal(before, Weights(tile));
        Assert.Throws<TileException>(() => Floating(2, 3, analogBias: true, options: new TileOptions { DigitalBias = true }));
    }

    [Fact]
    public void Non_finite_values_are_found_wherever_they_stand()
    {
        for (var length = 1; length < 40; length++)
        {
            using var tile = Floating(1, length);
            for (var at = 0; at < length; at++)
            {
                var x = Values(length, length);
                x[at] = at % 2 == 0 ? float.NaN : float.NegativeInfinity;
                var error = Assert.Throws<TileException>(() => ReadForward(tile, x, 1));
                Assert.EndsWith($"at index {at}", error.Seen, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void State_survives_a_dump_and_a_load_to_the_bit()
    {
        var mapping = new MappingParameter { WeightScalingOmega = 0.6f, LearnOutScaling = true, OutScalingColumnwise = true };
        using var source = Floating(3, 4, mapping);
        source.SetWeights(Values(1, 12), []);
        var (x, d) = (Values(2, 8), Values(3, 6));
        ReadForward(source, x, 2);
        source.Commit(1, 0.1f, x, d, 2);
        using var target = Floating(3, 4, mapping);
        target.LoadState(source.DumpState());
        Assert.Equal(ReadForward(source, x, 2), ReadForward(target, x, 2));
        Assert.Equal(source.GetScales(), target.GetScales());
        var broken = source.DumpState().Where(array => array.Key != "weights").ToDictionary();
        Expect(target, "weights", () => target.LoadState(broken));
        target.LoadState(broken, strict: false);
        Assert.Equal(source.GetScales(), target.GetScales());
    }

    [Fact]
    public void A_tile_tells_what_it_is_and_what_it_needs()
    {
        using var tile = Floating(3, 4, analogBias: true);
        Assert.Contains("out 3, in 4, bias analog", tile.BriefInfo, StringComparison.Ordinal);
        Assert.Equal((5, 3), (tile.Shape.XSize, tile.Shape.DSize));
        var (small, large) = (tile.EstimateMemory(1), tile.EstimateMemory(32));
        Assert.True(small.StateBytes >= 3 * 16 * sizeof(float));
        Assert.True(large.ScratchBytes > small.ScratchBytes);
        Assert.Equal(small.StateBytes, large.StateBytes);
    }

    [Fact]
    public void Unknown_configurations_are_refused() =>
        Assert.Throws<NotSupportedException>(() => TileFactory.Create(new UnknownConfig(), new TileShape(1, 1), new TileIdentity(1, 1)));

    private static void Expect(SimulatorTile tile, string argument, Action action)
    {
        var error = Assert.Throws<TileException>(action);
        Assert.Equal(argument, error.Argument);
        Assert.Equal(tile.Identity, error.Tile);
    }

    private static float[] Transpose(float[] values, int rows, int columns) =>
        [.. Enumerable.Range(0, columns).SelectMany(column => Enumerable.Range(0, rows).Select(row => values[(row * columns) + column]))];

    private sealed record UnknownConfig : RpuConfig;
}
