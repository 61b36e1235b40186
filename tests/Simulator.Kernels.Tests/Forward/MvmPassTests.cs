using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Forward;

/// <summary>Deterministic values of spec forward, section 15, and the rules that no noise is needed to see.</summary>
public sealed class MvmPassTests
{
    private static readonly float[] Weights = [0.5f, -0.25f, 1.0f, -1.0f, 0.75f, 0.125f];
    private static readonly float[] SwappedWeights = [-1.0f, 0.75f, 0.125f, 0.5f, -0.25f, 1.0f];
    private static readonly float[] Input = [0.3f, -0.7f, 0.41f];

    private static readonly IOParameters Quiet = new() { OutNoise = 0, BoundManagement = BoundManagementType.None };

    private static readonly IOParameters Unquantised = new()
    {
        OutNoise = 0,
        InpRes = 0,
        OutRes = 0,
        BoundManagement = BoundManagementType.None,
        NoiseManagement = NoiseManagementType.None,
    };

    [Fact]
    public void Abs_max_scales_the_input_to_the_full_dac_range() =>
        Expect(Quiet, [0.724705882f, -0.757647059f]);

    [Fact]
    public void Without_noise_management_the_input_is_quantised_as_it_is() =>
        Expect(Quiet with { NoiseManagement = NoiseManagementType.None }, [0.752941251f, -0.752941251f]);

    [Fact]
    public void Iteration_stops_at_the_first_round_without_clip() =>
        Expect(Quiet with { BoundManagement = BoundManagementType.Iterative, OutBound = 0.5f }, [0.735686275f, -0.796078431f]);

    [Fact]
    public void Iteration_accepts_a_clipped_result_when_the_dac_resolution_is_used_up() =>
        Expect(Quiet with { BoundManagement = BoundManagementType.Iterative, OutBound = 0.01f }, [0.112f, -0.112f]);

    [Fact]
    public void Iteration_without_quantisation_goes_on_to_the_exact_product() =>
        Expect(
            Quiet with { BoundManagement = BoundManagementType.Iterative, OutBound = 0.01f, InpRes = 0, OutRes = 0 },
            [0.735f, -0.77375f]);

    [Fact]
    public void The_sums_of_the_signs_bound_the_worst_case() =>
        Expect(Quiet with { NoiseManagement = NoiseManagementType.AbsMaxNPSum, OutBound = 0.05f }, [0.426f, -0.426f]);

    [Fact]
    public void Worst_case_iteration_restarts_from_the_sums_of_the_signs() =>
        Expect(
            Quiet with { BoundManagement = BoundManagementType.IterativeWorstCase, OutBound = 0.05f },
            [0.948894203f, -0.882070661f]);

    [Theory]
    [InlineData(0.05f)]
    [InlineData(0.5f)]
    public void Worst_case_iteration_without_noise_management_knows_no_sums(float outBound)
    {
        var io = Quiet with { BoundManagement = BoundManagementType.Iterative, NoiseManagement = NoiseManagementType.None, OutBound = outBound };
        Expect(io with { BoundManagement = BoundManagementType.IterativeWorstCase }, Run(io, Weights, Input));
    }

    [Fact]
    public void Without_the_negative_test_the_last_clipped_output_decides()
    {
        var io = Quiet with { BoundManagement = BoundManagementType.Iterative, OutBound = 0.5f, BmTestNegativeBound = false };
        Expect(io, [0.35f, -0.35f]);
        Expect(io, [-0.796078444f, 0.735686302f], SwappedWeights);
    }

    [Fact]
    public void A_signed_maximum_below_zero_gives_exact_zeros() =>
        Expect(new IOParameters { NoiseManagement = NoiseManagementType.Max }, [0, 0], Weights, [-0.2f, -0.7f, -0.1f]);

    [Theory]
    [InlineData(0.5f, -0.334375f)]
    [InlineData(-0.5f, -0.66875f)]
    public void Asymmetries_scale_negative_values(float outAsymmetry, float second) =>
        Expect(Unquantised with { InpAsymmetry = 0.2f, OutAsymmetry = outAsymmetry }, [0.7f, second]);

    [Theory]
    [InlineData(true, AnalogMVType.OnePass)]
    [InlineData(false, AnalogMVType.Ideal)]
    public void A_perfect_product_keeps_the_fixed_scale(bool isPerfect, AnalogMVType type) =>
        Expect(new IOParameters { IsPerfect = isPerfect, MvType = type, OutScale = 2 }, [1.47f, -1.5475f]);

    [Theory]
    [InlineData(NoiseManagementType.AbsMax, true)]
    [InlineData(NoiseManagementType.AbsMaxNPSum, true)]
    [InlineData(NoiseManagementType.None, false)]
    [InlineData(NoiseManagementType.Constant, false)]
    public void A_zero_vector_is_exactly_zero_where_management_leaves_it_without_scale(NoiseManagementType type, bool zero)
    {
        var y = Run(new IOParameters { NoiseManagement = type }, Weights, new float[3]);
        Assert.Equal(zero, y.All(value => value == 0));
    }

    [Fact]
    public void Input_noise_gives_a_zero_vector_a_response_forward_but_not_backward()
    {
        var io = new IOParameters { InpNoise = 0.5f };
        Assert.Contains(Run(io, Weights, new float[3]), value => value != 0);
        Assert.All(Run(io, Weights, new float[2], MvmDirection.Backward), value => Assert.Equal(0.0f, value));
    }

    [Fact]
    public void Input_noise_is_added_after_the_clip()
    {
        var io = Unquantised with { InpNoise = 0.5f };
        using var weights = Matrix([1.0f], 1, 1);
        using var pass = new MvmPass(io, MvmDirection.Forward, 1, 1, new TileIdentity(1, 1));
        var x = Enumerable.Repeat(1.0f, 100).ToArray();
        var y = new float[100];
        pass.Run(weights, new ReadAddress(ReadPhase.Evaluation, 0, 0), x, y, 100);
        Assert.Contains(y, value => value > 1.3f);
    }

    [Fact]
    public void The_bias_column_is_an_input_of_one_and_an_output_that_is_dropped()
    {
        using var weights = Matrix(Weights, 2, 3);
        var at = new ReadAddress(ReadPhase.Training, 3, 5);
        using var forward = new MvmPass(new IOParameters(), MvmDirection.Forward, 2, 3, new TileIdentity(1, 1));
        var (explicitOne, implied) = (new float[4], new float[4]);
        forward.Run(weights, at, [0.3f, -0.7f, 1, 0.2f, 0.1f, 1], explicitOne, 2);
        forward.Run(weights, at, [0.3f, -0.7f, 0.2f, 0.1f], 2, implied, 2, 2);
        Assert.Equal(explicitOne, implied);
        using var backward = new MvmPass(new IOParameters(), MvmDirection.Backward, 2, 3, new TileIdentity(1, 1));
        var (whole, cut) = (new float[6], new float[4]);
        backward.Run(weights, at, [0.3f, -0.7f, 0.2f, 0.1f], whole, 2);
        backward.Run(weights, at, [0.3f, -0.7f, 0.2f, 0.1f], 2, cut, 2, 2);
        Assert.Equal([whole[0], whole[1], whole[3], whole[4]], cut);
    }

    [Fact]
    public void Wrong_sizes_are_refused_with_both_numbers()
    {
        using var weights = Matrix(Weights, 2, 3);
        using var pass = new MvmPass(new IOParameters(), MvmDirection.Forward, 2, 3, new TileIdentity(1, 1));
        var at = new ReadAddress(ReadPhase.Training, 0, 0);
        var error = Assert.Throws<ArgumentException>(() => pass.Run(weights, at, new float[5], new float[2], 1));
        Assert.Contains("5 values", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => pass.Run(weights, at, new float[3], new float[3], 1));
        Assert.Throws<OverflowException>(() => pass.Run(weights, at with { Step = 1UL << 32 }, new float[3], new float[2], 1));
    }

    [Fact]
    public void A_steady_call_allocates_nothing()
    {
        using var weights = new WeightMatrix(48, 70);
        weights.Row(3).Fill(0.2f);
        var io = new IOParameters { WNoise = 0.1f, WNoiseType = WeightNoiseType.PCMRead, OutBound = 0.5f, InpNoise = 0.01f, OutStoRound = true };
        using var pass = new MvmPass(io, MvmDirection.Forward, 48, 70, new TileIdentity(1, 1));
        var (x, y) = (new float[70 * 9], new float[48 * 9]);
        x.AsSpan().Fill(0.3f);
        var at = new ReadAddress(ReadPhase.Training, 0, 0);
        pass.Run(weights, at, x, y, 9);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 1UL; step < 20; step++)
        {
            pass.Run(weights, at with { Step = step }, x, y, 9);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Output_noise_strengths_can_be_read_and_replaced()
    {
        using var pass = new MvmPass(new IOParameters { OutNoiseStd = 0.5f }, MvmDirection.Forward, 40, 3, new TileIdentity(1, 1));
        var drawn = pass.GetParameter("out_noise_values");
        Assert.Equal(40, drawn.Length);
        Assert.All(drawn, value => Assert.True(value >= 0));
        Assert.True(drawn.Distinct().Count() > 30);
        pass.SetParameter("out_noise_values", new float[40]);
        Assert.All(pass.GetParameter("out_noise_values"), value => Assert.Equal(0.0f, value));
        Assert.Throws<TileException>(() => pass.SetParameter("out_noise_values", new float[39]));
        Assert.Throws<TileException>(() => pass.SetParameter("v_offset", new float[40]));
        Assert.Throws<TileException>(() => pass.SetParameter("out_noise_values", Enumerable.Repeat(float.NaN, 40).ToArray()));
    }

    internal static WeightMatrix Matrix(float[] dense, int rows, int columns)
    {
        var matrix = new WeightMatrix(rows, columns);
        matrix.CopyFrom(dense);
        return matrix;
    }

    private static void Expect(IOParameters io, float[] expected, float[]? weights = null, float[]? input = null)
    {
        var y = Run(io, weights ?? Weights, input ?? Input);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], y[i], 2e-6);
        }
    }

    private static float[] Run(IOParameters io, float[] dense, float[] input, MvmDirection direction = MvmDirection.Forward)
    {
        using var weights = Matrix(dense, 2, 3);
        using var pass = new MvmPass(io, direction, 2, 3, new TileIdentity(1, 1));
        var y = new float[pass.OutSize];
        pass.Run(weights, new ReadAddress(ReadPhase.Training, 1, 0), input, y, 1);
        return y;
    }
}
