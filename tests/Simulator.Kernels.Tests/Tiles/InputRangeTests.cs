using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using static Tessera.Kernels.Tests.Tiles.TileFixture;

namespace Tessera.Kernels.Tests.Tiles;

/// <summary>The input range of a tile: what reads do with it and how commits change it (spec forward, sections 11 and 15).</summary>
public sealed class InputRangeTests
{
    private static readonly InputRangeParameter Plain = new() { Enable = true, InitFromData = 0, Decay = 0, InitValue = 2 };

    private static readonly float[] Inputs = [1, -2.5f, 3, 0.5f];
    private static readonly float[] Gradients = [0.1f, 0.3f, -0.4f, 0.2f];

    [Fact]
    public void Reads_clip_to_the_range_and_give_its_scale_back()
    {
        using var tile = Tile(Plain, [1, 1, 1, 1]);
        Close([1 - 2 + 2 + 0.5f], ReadForward(tile, Inputs, 1), 1e-6);
        Close([3, 3, 3, 3], ReadBackward(tile, [3], 1), 0);
        tile.SetInputRange(-0.25f);
        Assert.Equal(0.25f, tile.InputRange);
        Close([0.25f - 0.25f + 0.25f + 0.25f], ReadForward(tile, Inputs, 1), 1e-6);
    }

    [Fact]
    public void The_update_sees_the_inputs_within_the_range()
    {
        using var tile = Tile(Plain with { LearnInputRange = false }, [1, 1, 1, 1]);
        tile.Commit(1, 0.1f, Inputs, [1], 1);
        Close([1 - 0.05f, 1 + 0.1f, 1 - 0.1f, 1 - 0.025f], Weights(tile), 1e-6);
    }

    [Fact]
    public void The_first_mini_batches_set_the_range_from_their_data()
    {
        using var tile = Tile(Plain with { InitFromData = 2, LearnInputRange = false }, [1, 1, 1, 1]);
        tile.Commit(1, 0, [1, -2, 3, 0.5f], [0], 1);
        Assert.Equal(6.16948134f, tile.InputRange!.Value, 1e-5);
        tile.Commit(2, 0, [1, 1, 1, 1], [0], 1);
        Assert.Equal(6.16948134f, tile.InputRange!.Value, 1e-5);
        Assert.Equal(1, tile.InputRangeUpdates);
        tile.Commit(3, 0, [0.1f, -0.1f, 0.1f, -0.1f], [0], 1);
        var deviation = Math.Sqrt(0.04 / 3);
        Assert.Equal((6.16948134 + (3 * deviation)) / 2, tile.InputRange!.Value, 1e-5);
        tile.Commit(4, 0, [100, -100, 100, -100], [0], 1);
        Assert.Equal((6.16948134 + (3 * deviation)) / 2, tile.InputRange!.Value, 1e-5);
        Assert.Equal(2, tile.InputRangeUpdates);
    }

    [Theory]
    [InlineData(false, 1, -0.7)]
    [InlineData(true, 1, -1.4)]
    [InlineData(true, 0.5f, -0.7)]
    public void Clipped_inputs_whose_gradient_wants_more_enlarge_it(bool relative, float scale, double gradient)
    {
        var parameter = Plain with { GradientRelative = relative, GradientScale = scale, Decay = 0.1f };
        Assert.Equal(gradient, InputRangeReference.Gradient(parameter, Inputs, Gradients, 4, 2, 0), 1e-6);

        // The backward product of a gradient of 1 is the weights.
        using var tile = Tile(parameter, Gradients);
        Step(tile, 1, 0.5f, [1]);
        Assert.Equal(2 - (0.5 * gradient), tile.InputRange!.Value, 1e-6);
    }

    [Fact]
    public void It_decays_while_nearly_all_inputs_lie_inside()
    {
        using var tile = Tile(Plain with { Decay = 0.1f, InitValue = 4 }, Gradients);
        Step(tile, 1, 0.5f, [1]);
        Assert.Equal(4 - (0.5 * 0.1 * 4), tile.InputRange!.Value, 1e-6);
        Assert.Equal(-1.4f, InputRangeReference.Gradient(Plain with { Decay = 0.1f, InputMinPercentage = 0.5f }, Inputs, Gradients, 4, 2, 0), 1e-6);
        Assert.Equal(-1.2f, InputRangeReference.Gradient(Plain with { Decay = 0.1f, InputMinPercentage = 0.4f }, Inputs, Gradients, 4, 2, 0), 1e-6);
    }

    [Fact]
    public void Clipped_outputs_enlarge_it_where_they_are_managed()
    {
        // One masked output of four input gradients: p = 0.75.
        Assert.Equal(-1.4 - (0.25 * 2), InputRangeReference.Gradient(Plain with { ManageOutputClipping = true }, Inputs, Gradients, 4, 2, 1), 1e-6);
        Assert.Equal(
            -1.4, InputRangeReference.Gradient(Plain with { ManageOutputClipping = true, OutputMinPercentage = 0.75f }, Inputs, Gradients, 4, 2, 1), 1e-6);
        var io = new IOParameters { OutNoise = 0, OutBound = 0.1f, NoiseManagement = NoiseManagementType.None, BoundManagement = BoundManagementType.None };
        using var tile = Tile(Plain with { ManageOutputClipping = true }, [1, 1, 1, 1], io);
        Step(tile, 1, 0.5f, [1]);

        // The output is masked, so its gradient is gone, and with it what clipped inputs want.
        Assert.Equal(2 + (0.5 * 0.25 * 2), tile.InputRange!.Value, 1e-6);
        Step(tile, 2, 0, [1]);
        Assert.Equal(2.25, tile.InputRange!.Value, 1e-6);
    }

    [Fact]
    public void A_commit_without_the_backward_reads_is_refused_and_changes_nothing()
    {
        using var tile = Tile(Plain, [1, 1, 1, 1]);
        Assert.True(tile.NeedsBackward);
        ReadForward(tile, Inputs, 1);
        var error = Assert.Throws<TileException>(() => tile.Commit(1, 0.1f, Inputs, [1], 1));
        Assert.Equal("step", error.Argument);
        Assert.Equal((2f, 0.1f), (tile.InputRange!.Value, tile.LearningRate));
        Close([1, 1, 1, 1], Weights(tile), 0);
        ReadBackward(tile, [1], 1);
        Assert.Throws<TileException>(() => tile.Commit(2, 0.1f, Inputs, [1], 1));
        tile.Commit(2, 0, [], [], 0);
        tile.Commit(3, 0, Inputs, [1], 1);
        Assert.Equal(2f, tile.InputRange);
    }

    [Fact]
    public void The_vector_sweeps_have_the_bits_of_the_reference()
    {
        for (var trial = 0; trial < 60; trial++)
        {
            var random = new Random(trial);
            var (inSize, batch) = (random.Next(1, 70), random.Next(1, 6));
            var parameter = Plain with { InitFromData = random.Next(2), Decay = 0.01f, InputMinPercentage = 0.5f, InitValue = 0.7f, InitStdAlpha = 2 };
            var (x, g) = (Values(trial, batch * inSize), Values(trial + 1000, batch * inSize));
            x[0] = 0.7f;
            var range = new InputRange(parameter, inSize);
            var seen = new float[inSize];
            range.Normalise(x.AsSpan(0, inSize), seen);
            Assert.Equal(Array.ConvertAll(x[..inSize], value => InputRangeReference.Normalised(value, 0.7f)), seen);
            range.KeepGradients(5, 0, g, batch);
            range.Commit(0.3f, x, 0);
            var gradient = InputRangeReference.Gradient(parameter, x, g, inSize, 0.7f, 0);
            var deviation = InputRangeReference.Deviation(x, inSize);
            var fromData = parameter.InitFromData > 0 && deviation > 0 ? MathF.FusedMultiplyAdd(0.7f, 0, 2 * deviation) / 1 : 0.7f;
            Assert.Equal(MathF.Abs(MathF.FusedMultiplyAdd(-0.3f, gradient, fromData)), range.Value);
        }
    }

    [Fact]
    public void Tiles_without_a_range_and_impossible_ranges_are_refused()
    {
        using var none = Floating(1, 4);
        Assert.Null(none.InputRange);
        Assert.False(none.NeedsBackward);
        Assert.Equal("input_range", Assert.Throws<TileException>(() => none.SetInputRange(1)).Argument);
        using var tile = Tile(Plain, [1, 1, 1, 1]);
        Assert.Throws<TileException>(() => tile.SetInputRange(float.NaN));
        Assert.Throws<TileException>(() => tile.SetInputRange(0));
        using var managed = Tile(
            Plain with { ManageOutputClipping = true },
            [1, 1, 1, 1],
            new IOParameters { NoiseManagement = NoiseManagementType.None, BoundManagement = BoundManagementType.None });
        managed.Commit(1, 0, Inputs, [1], 1);
        Assert.Equal(2f, managed.InputRange);
        Assert.Throws<ConfigurationException>(() => Tile(Plain with { InitValue = -1 }, [1, 1, 1, 1]));
        Assert.Throws<ConfigurationException>(() => Tile(Plain with { ManageOutputClipping = true }, [1, 1, 1, 1]));
    }

    [Fact]
    public void Transposed_layouts_and_a_bias_column_have_the_same_range()
    {
        var config = new FloatingPointRPUConfig { PrePost = new PrePostProcessingParameter { InputRange = Plain with { InitFromData = 1, Decay = 0.1f, InitValue = 0.5f } } };
        using var plain = TileFactory.Create(config, new TileShape(2, 3, AnalogBias: true), new TileIdentity(1, 1));
        using var transposed = TileFactory.Create(
            config, new TileShape(2, 3, AnalogBias: true), new TileIdentity(1, 1), new TileOptions { InTrans = true, OutTrans = true });
        var (x, d) = (Values(2, 12), Values(3, 8));
        for (var step = 1UL; step < 3; step++)
        {
            var at = Training with { Step = step };
            Assert.Equal(Transpose(ReadForward(plain, x, 4, at), 4, 2), ReadForward(transposed, Transpose(x, 4, 3), 4, at));
            Assert.Equal(Transpose(ReadBackward(plain, d, 4, at), 4, 3), ReadBackward(transposed, Transpose(d, 4, 2), 4, at));
            plain.Commit(step, 0.1f, x, d, 4);
            transposed.Commit(step, 0.1f, Transpose(x, 4, 3), Transpose(d, 4, 2), 4);
            Assert.Equal(plain.DumpState(), transposed.DumpState());
        }

        // The bias column sees the constant behind the division: it gives bias times range.
        plain.SetWeights(new float[6], [1, 2]);
        Close([plain.InputRange!.Value, 2 * plain.InputRange!.Value], ReadForward(plain, [0, 0, 0], 1), 1e-6);
    }

    [Fact]
    public void The_range_is_state()
    {
        using var source = Tile(Plain with { InitFromData = 5, Decay = 0.1f }, Gradients);
        Step(source, 1, 0.5f, [1]);
        using var target = Tile(Plain with { InitFromData = 5, Decay = 0.1f }, [0, 0, 0, 0]);
        target.LoadState(source.DumpState());
        Assert.Equal((source.InputRange, source.InputRangeUpdates), (target.InputRange, target.InputRangeUpdates));
        Assert.Equal(1, target.InputRangeUpdates);
        Step(source, 2, 0.5f, [1]);
        Step(target, 2, 0.5f, [1]);
        Assert.Equal(source.DumpState(), target.DumpState());
    }

    private static float[] Transpose(float[] values, int rows, int columns) =>
        [.. Enumerable.Range(0, columns).SelectMany(column => Enumerable.Range(0, rows).Select(row => values[(row * columns) + column]))];

    private static void Step(SimulatorTile tile, ulong step, float learningRate, float[] d)
    {
        var at = Training with { Step = step };
        ReadForward(tile, Inputs, 1, at);
        ReadBackward(tile, d, 1, at);
        tile.Commit(step, learningRate, Inputs, d, 1);
    }

    private static SimulatorTile Tile(InputRangeParameter range, float[] weights, IOParameters? forward = null)
    {
        var prePost = new PrePostProcessingParameter { InputRange = range };
        RpuConfig config = forward is null
            ? new FloatingPointRPUConfig { PrePost = prePost }
            : new SingleRPUConfig { Device = new IdealDevice(), Forward = forward, Backward = Perfect, PrePost = prePost };
        var tile = TileFactory.Create(config, new TileShape(1, weights.Length), new TileIdentity(1, 1));
        tile.SetWeights(weights, []);
        return tile;
    }
}
