using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Forward;

/// <summary>IR drop, offsets, series resistance, non-linearity and two-pass read-outs: the values of spec forward, section 15.</summary>
public sealed class ArrayEffectTests
{
    private static readonly IOParameters Bare = new()
    {
        OutNoise = 0,
        InpBound = 0,
        InpRes = 0,
        OutRes = 0,
        BoundManagement = BoundManagementType.None,
        NoiseManagement = NoiseManagementType.None,
    };

    private static readonly IOParameters Dropping = Bare with { IrDrop = 1, IrDropGRatio = 100 };

    [Theory]
    [InlineData(571428.571f, 3.99997025)]
    [InlineData(100, 3.8404448)]
    public void Static_ir_drop_is_the_cubic_of_the_load(float ratio, double expected) =>
        Assert.Equal(expected, Run(Dropping with { IrDropGRatio = ratio }, [1, 1, 1, 1])[0], 1e-6);

    [Theory]
    [InlineData(AnalogMVType.OnePass, 0.0469280)]
    [InlineData(AnalogMVType.PosNegSeparate, 0.0242161)]
    [InlineData(AnalogMVType.PosNegSeparateDigitalSum, 0.0242161)]
    public void Each_pass_has_its_own_ir_drop(AnalogMVType type, double expected) =>
        Assert.Equal(expected, Run(Dropping with { MvType = type }, [1, -1, 1, -1])[0], 1e-6);

    [Fact]
    public void Backward_the_last_row_is_the_nearest_to_the_output()
    {
        var first = Run(Dropping, [1, 0, 0, 0], MvmDirection.Backward)[0];
        var last = Run(Dropping, [0, 0, 0, 1], MvmDirection.Backward)[0];
        Assert.Equal(1, first, 1e-6);
        Assert.True(last < 0.99f, $"last {last}");
    }

    [Theory]
    [InlineData(0, 0, 2.375)]
    [InlineData(0, 0.01f, 2.31707311)]
    [InlineData(-1, 0, 2.075)]
    [InlineData(-1, 0.01f, 1.89435434)]
    public void Offsets_and_series_resistance_follow_the_four_formulas(float wMin, float resistance, double expected)
    {
        // y = 2.5 and the inputs add up to 3.
        using var weights = MvmPassTests.Matrix([0.5f, 1.0f], 1, 2);
        using var pass = new MvmPass(Bare with { VOffsetStd = 0.1f, VOffsetWMin = wMin, RSeries = resistance }, MvmDirection.Forward, 1, 2, new TileIdentity(1, 1));
        pass.SetParameter("v_offset", [0.05f]);
        var y = new float[1];
        pass.Run(weights, new ReadAddress(ReadPhase.Training, 0, 0), [1, 2], y, 1);
        Assert.Equal(expected, y[0], 2e-6);
    }

    [Theory]
    [InlineData(0.5f, 6.9)]
    [InlineData(0, 6 / 1.15)]
    public void The_s_curve_is_calibrated_to_a_slope_of_one(float calibration, double expected)
    {
        var io = Bare with { OutNonlinearity = 0.3f, SlopeCalibration = calibration };
        using var weights = MvmPassTests.Matrix([1], 1, 1);
        using var pass = new MvmPass(io, MvmDirection.Forward, 1, 1, new TileIdentity(1, 1));
        Assert.Equal([0.025f], pass.GetParameter("out_nonlinearity"));
        var y = new float[2];
        pass.Run(weights, new ReadAddress(ReadPhase.Training, 0, 0), [6, -6], y, 2);
        Assert.Equal(expected, y[0], 1e-5);
        Assert.Equal(-expected, y[1], 1e-5);
    }

    [Fact]
    public void Series_resistance_alone_calibrates_the_slope_and_leaves_the_curve_straight()
    {
        var io = Bare with { RSeries = 0.01f, SlopeCalibration = 0.5f };
        using var pass = new MvmPass(io, MvmDirection.Forward, 3, 1, new TileIdentity(1, 1));
        Assert.Equal(new float[3], pass.GetParameter("out_nonlinearity"));
        Assert.Equal(Math.Pow(1 + (0.01 * 0.5 * 12), 2), pass.GetParameter("out_nonlinearity_factor")[0], 1e-6);
    }

    [Fact]
    public void Two_passes_read_the_devices_apart()
    {
        var io = Bare with { MvType = AnalogMVType.PosNegSeparate, WReadAsymmetryDtod = 0.5f };
        using var weights = MvmPassTests.Matrix([1, 1, 1, 1], 2, 2);
        using var pass = new MvmPass(io, MvmDirection.Forward, 2, 2, new TileIdentity(1, 1));
        pass.SetParameter("w_asymmetry", [2, 3, 5, 7]);
        var y = new float[2];
        pass.Run(weights, new ReadAddress(ReadPhase.Training, 0, 0), [0.5f, -1], y, 1);
        Assert.Equal([0.5f - 3, 0.5f - 7], y);
    }

    [Fact]
    public void A_digital_sum_clips_each_pass()
    {
        var io = Bare with { OutBound = 1, MvType = AnalogMVType.PosNegSeparateDigitalSum };
        Assert.Equal(1 - 1, Run(io, [2, 2, -3, -3])[0]);
        Assert.Equal(-1, Run(io with { MvType = AnalogMVType.PosNegSeparate }, [2, 2, -3, -3])[0]);
    }

    [Fact]
    public void A_clip_in_either_pass_asks_for_another_round()
    {
        // The exact product is 0, but each pass alone exceeds the bound until the inputs are halved twice.
        var io = Bare with { OutBound = 1, MvType = AnalogMVType.PosNegSeparateDigitalSum, BoundManagement = BoundManagementType.Iterative };
        Assert.Equal(1, Run(io, [2, 2, -3, 0])[0], 1e-6);
    }

    [Fact]
    public void A_steady_call_allocates_nothing_with_every_effect_on()
    {
        IOParameters[] all =
        [
            new IOParameters
            {
                IrDrop = 1, VOffsetStd = 0.1f, RSeries = 0.01f, OutNonlinearity = 0.1f, SlopeCalibration = 0.5f, OutBound = 0.5f,
                MvType = AnalogMVType.PosNegSeparate, WReadAsymmetryDtod = 0.1f, WNoise = 0.1f, WNoiseType = WeightNoiseType.PCMRead,
            },
            new IOParameters { MvType = AnalogMVType.PosNegSeparateDigitalSum, OutBound = 0.5f, IrDrop = 1 },
            new IOParametersIRDropT { MvType = AnalogMVType.SplitMode, IrDropSegments = 5, ApplyXdepPcmReadNoise = true },
        ];
        foreach (var io in all)
        {
            using var weights = new WeightMatrix(48, 70);
            weights.Row(3).Fill(0.2f);
            using var pass = new MvmPass(io, MvmDirection.Forward, 48, 70, new TileIdentity(1, 1));
            var (x, y) = (new float[70 * 9], new float[48 * 9]);
            x.AsSpan().Fill(0.3f);
            foreach (var phase in new[] { ReadPhase.Training, ReadPhase.Evaluation })
            {
                pass.Run(weights, new ReadAddress(phase, 0, 0), x, y, 9);
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var step = 1UL; step < 9; step++)
                {
                    pass.Run(weights, new ReadAddress(phase, step, 0), x, y, 9);
                }

                Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
            }
        }
    }

    [Fact]
    public void Fixed_values_exist_where_they_have_an_effect_and_are_refused_elsewhere()
    {
        using var none = new MvmPass(new IOParameters(), MvmDirection.Forward, 2, 3, new TileIdentity(1, 1));
        Assert.Empty(none.ParameterNames);
        Assert.Contains("v_offset_std", Assert.Throws<TileException>(() => none.GetParameter("v_offset")).Expected, StringComparison.Ordinal);
        var io = new IOParameters
        {
            OutNoiseStd = 0.1f,
            VOffsetStd = 0.1f,
            OutNonlinearity = 0.1f,
            WReadAsymmetryDtod = 0.1f,
            MvType = AnalogMVType.PosNegSeparate,
        };
        using var all = new MvmPass(io, MvmDirection.Forward, 2, 3, new TileIdentity(1, 1));
        Assert.Equal(["v_offset", "w_asymmetry", "out_nonlinearity", "out_nonlinearity_factor", "out_noise_values"], all.ParameterNames);
        Assert.Equal([2, 6, 2, 1, 2], all.ParameterNames.Select(name => all.GetParameter(name).Length));
        Assert.Equal("w_asymmetry", Assert.Throws<TileException>(() => all.SetParameter("w_asymmetry", new float[5])).Argument);
        Assert.Throws<TileException>(() => all.SetParameter("out_nonlinearity", [1, float.NaN]));
        using var perfect = new MvmPass(io with { IsPerfect = true, OutNoiseStd = 0 }, MvmDirection.Forward, 2, 3, new TileIdentity(1, 1));
        Assert.Empty(perfect.ParameterNames);
    }

    private static float[] Run(IOParameters io, float[] x, MvmDirection direction = MvmDirection.Forward)
    {
        var isForward = direction == MvmDirection.Forward;
        using var weights = MvmPassTests.Matrix([1, 1, 1, 1], isForward ? 1 : 4, isForward ? 4 : 1);
        using var pass = new MvmPass(io, direction, weights.Rows, weights.Columns, new TileIdentity(1, 1));
        var y = new float[pass.OutSize];
        pass.Run(weights, new ReadAddress(ReadPhase.Training, 0, 0), x, y, 1);
        return y;
    }
}
