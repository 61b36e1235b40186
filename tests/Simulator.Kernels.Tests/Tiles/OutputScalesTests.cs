using Tessera.Kernels.Configuration;
using Tessera.Kernels.Tiles;
using static Tessera.Kernels.Tests.Tiles.TileFixture;

namespace Tessera.Kernels.Tests.Tiles;

/// <summary>Mapping scales, learned scales and what they do to reads and updates (spec mapping, section 4).</summary>
public sealed class OutputScalesTests
{
    private static readonly float[] Matrix = [1, -3, 0.5f, 0.2f, 0.6f, -0.1f];

    [Fact]
    public void Omega_bounds_the_stored_weights_and_keeps_the_logical_ones()
    {
        using var tile = Floating(2, 3, new MappingParameter { WeightScalingOmega = 0.6f });
        tile.SetWeights(Matrix, []);
        Close([5, 5], tile.GetMappingScales(), 1e-6);
        var raw = new float[6];
        tile.GetWeights(raw, [], applyWeightScaling: false);
        Assert.Equal(0.6f, raw.Max(MathF.Abs), 1e-6);
        Close(Matrix, Weights(tile), 1e-6);
        Close([1 - 6 + 0.5f, 0.2f + 1.2f - 0.1f], ReadForward(tile, [1, 2, 1], 1), 1e-5);
        Close([1 + 0.4f, -3 + 1.2f, 0.5f - 0.2f], ReadBackward(tile, [1, 2], 1), 1e-5);
    }

    [Fact]
    public void Columnwise_omega_scales_each_output_and_leaves_zero_rows_alone()
    {
        using var tile = Floating(3, 2, new MappingParameter { WeightScalingOmega = 0.5f, WeightScalingColumnwise = true });
        tile.SetWeights([1, -2, 0, 0, 0.25f, 0.1f], []);
        Close([4, 1, 0.5f], tile.GetMappingScales(), 1e-6);
    }

    [Fact]
    public void The_analog_bias_counts_for_omega()
    {
        using var tile = Floating(1, 1, new MappingParameter { WeightScalingOmega = 1 }, analogBias: true);
        tile.SetWeights([1], [-4]);
        Close([4], tile.GetMappingScales(), 1e-6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_logical_step_of_an_exact_update_does_not_depend_on_the_scales(bool compensation)
    {
        using var tile = Floating(2, 3, new MappingParameter { WeightScalingOmega = 0.6f, WeightScalingLrCompensation = compensation });
        tile.SetWeights(Matrix, []);
        tile.Commit(1, 0.1f, [1, 2, 3], [1, -2], 1);
        Close([1 - 0.1f, -3 - 0.2f, 0.5f - 0.3f, 0.2f + 0.2f, 0.6f + 0.4f, -0.1f + 0.6f], Weights(tile), 1e-5);
        Assert.Equal(0.1f, tile.LearningRate);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_learned_scale_follows_its_gradient_and_the_weights_follow_theirs(bool columnwise)
    {
        using var tile = Floating(2, 3, new MappingParameter { LearnOutScaling = true, OutScalingColumnwise = columnwise });
        tile.SetWeights(Matrix, []);
        float[] alpha = columnwise ? [2, 0.5f] : [2];
        tile.SetLearnedOutScales(alpha);
        float[] x = [1, 2, 1, 0, 1, 1], d = [1, -1, 0.5f, 2];
        var second = columnwise ? 0.5f : 2;
        Close([-4.5f * 2, 1.3f * second, -2.5f * 2, 0.5f * second], ReadForward(tile, x, 2), 1e-5);
        Close([2 - (0.2f * second), -6 - (0.6f * second), 1 + (0.1f * second)], ReadBackward(tile, d, 2)[..3], 1e-5);
        tile.Commit(1, 0.1f, x, d, 2);
        float[] gradient = [-4.5f - (0.5f * 2.5f), -1.3f + 1.0f];
        Close(columnwise ? [2 - (0.1f * gradient[0]), 0.5f - (0.1f * gradient[1])] : [2 - (0.1f * gradient.Sum())], tile.GetLearnedOutScales(), 1e-5);

        // Stored weights move by the gradient times the scale of the forward pass.
        var raw = new float[6];
        tile.GetWeights(raw, [], applyWeightScaling: false);
        Close([1 - (0.1f * 2), -3 - (0.1f * ((2 * 2) + (0.5f * 2))), 0.5f - (0.1f * ((2 * 1) + (0.5f * 2)))], raw[..3], 1e-5);
    }

    [Fact]
    public void A_learned_scale_needs_the_forward_outputs_of_the_step()
    {
        using var tile = Floating(1, 1, new MappingParameter { LearnOutScaling = true });
        var error = Assert.Throws<TileException>(() => tile.Commit(1, 0.1f, [1], [1], 1));
        Assert.Equal("step", error.Argument);
        ReadForward(tile, [1], 1);
        tile.Commit(1, 0.1f, [1], [1], 1);
    }

    [Fact]
    public void Remapping_keeps_the_logical_weights_and_folds_in_the_learned_scale()
    {
        using var tile = Floating(2, 3, new MappingParameter { LearnOutScaling = true });
        tile.SetWeights(Matrix, []);
        tile.SetLearnedOutScales([2]);
        tile.RemapWeights();
        Close([1], tile.GetLearnedOutScales(), 0);
        Close([6, 6], tile.GetMappingScales(), 1e-6);
        Close([.. Matrix.Select(value => 2 * value)], Weights(tile), 1e-5);
    }

    [Fact]
    public void Scales_of_a_wrong_length_are_refused()
    {
        using var tile = Floating(3, 2, new MappingParameter { LearnOutScaling = true });
        Assert.Throws<TileException>(() => tile.SetMappingScales([1, 2]));
        Assert.Throws<TileException>(() => tile.SetLearnedOutScales([1, 2]));
        tile.SetMappingScales([2]);
        Close([2, 2, 2], tile.GetScales(), 0);
    }
}
