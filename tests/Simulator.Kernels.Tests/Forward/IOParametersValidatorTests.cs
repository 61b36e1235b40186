using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Forward;

public sealed class IOParametersValidatorTests
{
    private static IOParametersIRDropT Timed { get; } = new() { IrDropSegments = 3 };

    public static TheoryData<string, IOParameters> Refused => new()
    {
        { "inp_bound", new IOParameters { InpBound = 2 } },
        { "inp_bound", new IOParameters { InpBound = float.PositiveInfinity, NoiseManagement = NoiseManagementType.None } },
        { "out_bound", new IOParameters { OutBound = float.PositiveInfinity } },
        { "out_bound", new IOParameters { OutBound = float.NaN } },
        { "inp_res", new IOParameters { InpRes = float.NaN } },
        { "inp_noise", new IOParameters { InpNoise = -1 } },
        { "out_noise", new IOParameters { OutNoise = float.NaN } },
        { "out_noise_std", new IOParameters { OutNoiseStd = -0.1f } },
        { "w_noise", new IOParameters { WNoise = float.PositiveInfinity } },
        { "out_scale", new IOParameters { OutScale = float.NaN, IsPerfect = true } },
        { "max_bm_factor", new IOParameters { MaxBmFactor = -1 } },
        { "max_bm_res", new IOParameters { MaxBmRes = float.NaN } },
        { "nm_thres", new IOParameters { NmThres = float.NaN } },
        { "ir_drop", new IOParameters { IrDrop = -1 } },
        { "ir_drop_g_ratio", new IOParameters { IrDrop = 1, IrDropGRatio = 0 } },
        { "out_nonlinearity", new IOParameters { OutNonlinearity = -0.1f } },
        { "out_nonlinearity_std", new IOParameters { OutNonlinearityStd = float.NaN } },
        { "slope_calibration", new IOParameters { SlopeCalibration = float.PositiveInfinity } },
        { "v_offset_std", new IOParameters { VOffsetStd = -0.1f } },
        { "v_offset_w_min", new IOParameters { VOffsetWMin = float.NaN } },
        { "r_series", new IOParameters { RSeries = -0.1f } },
        { "w_read_asymmetry_dtod", new IOParameters { WReadAsymmetryDtod = -0.1f } },
        { "mv_type", new IOParameters { MvType = AnalogMVType.SplitMode } },
        { "mv_type", new IOParameters { MvType = AnalogMVType.BitWise } },
        { "mv_type", Timed with { MvType = AnalogMVType.PosNegSeparate } },
        { "inp_res", Timed with { InpRes = 0 } },
        { "inp_res", Timed with { InpRes = 100, MvType = AnalogMVType.BitWise } },
        { "split_mode_bit_shift", Timed with { MvType = AnalogMVType.SplitMode, SplitModeBitShift = 7 } },
        { "ir_drop_rs", Timed with { IrDropRs = -1 } },
        { "ir_drop_segments", Timed with { IrDropSegments = 0 } },
        { "ir_drop_segments", Timed with { IrDropSegments = 2 } },
        { "ir_drop_time_step_resolution_scale", Timed with { IrDropTimeStepResolutionScale = 0 } },
        { "ir_drop_v_read", Timed with { IrDropVRead = float.NaN } },
        { "adc_frequency", Timed with { AdcFrequency = 0 } },
        { "xdep_pcm_read_noise_scale", Timed with { XdepPcmReadNoiseScale = -1 } },
        { "w_noise", Timed with { WNoise = 0.1f } },
        { "out_nonlinearity", Timed with { OutNonlinearity = 0.1f } },
        { "v_offset_std", Timed with { VOffsetStd = 0.1f } },
        { "r_series", Timed with { RSeries = 0.1f } },
        { "noise_management", Timed with { NoiseManagement = NoiseManagementType.AverageAbsMax } },
    };

    public static TheoryData<IOParameters> Accepted => new()
    {
        new IOParameters(),
        new IOParameters { IsPerfect = true, InpBound = 3, IrDrop = 1, MvType = AnalogMVType.PosNegSeparate },
        new IOParameters { MvType = AnalogMVType.Ideal, RSeries = 1 },
        new IOParameters { InpBound = 3, NoiseManagement = NoiseManagementType.None },
        new IOParameters { OutBound = float.PositiveInfinity, OutRes = 0 },
        new IOParameters { OutBound = 0, InpRes = -1, OutRes = 254 },
        new IOParameters { VOffsetWMin = 0, IrDropGRatio = 100 },
        new IOParameters { IrDrop = 1, RSeries = 0.1f, VOffsetStd = 0.1f, OutNonlinearity = 0.5f, MvType = AnalogMVType.PosNegSeparateDigitalSum },
        new PresetIOParameters(),
        new StandardIOParameters(),
        new WebComposerIOParameters(),
        Timed,
        Timed with { MvType = AnalogMVType.SplitMode, InpRes = 254 },
        Timed with { MvType = AnalogMVType.BitWise, IsPerfect = true, InpRes = 0 },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_field_that_no_pass_can_have_is_named_with_its_value(string field, IOParameters io)
    {
        var problem = Assert.Single(IOParametersValidator.Problems(io, MvmDirection.Forward, 3));
        Assert.Equal(field, problem.Field);
        Assert.NotEmpty(problem.Advice);
        var error = Assert.Throws<IOParametersException>(() => new MvmPass(io, MvmDirection.Forward, 2, 3, new TileIdentity(1, 1)));
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Usable_parameters_have_no_problem(IOParameters io) => Assert.Empty(IOParametersValidator.Problems(io, MvmDirection.Forward, 3));

    [Fact]
    public void Time_dependent_drop_acts_forward_only_and_in_columns_that_hold_the_inputs()
    {
        Assert.Equal("type", Assert.Single(IOParametersValidator.Problems(Timed, MvmDirection.Backward)).Field);
        Assert.Equal("ir_drop", Assert.Single(IOParametersValidator.Problems(Timed, MvmDirection.Forward, inSize: 10, physicalRows: 9)).Field);
        Assert.Equal("ir_drop_segments", Assert.Single(IOParametersValidator.Problems(Timed, MvmDirection.Forward, inSize: 0, physicalRows: 10)).Field);
    }

    [Fact]
    public void All_problems_are_reported_at_once() =>
        Assert.Equal(3, IOParametersValidator.Problems(new IOParameters { InpBound = 2, OutNoise = -1, IrDrop = -1 }).Count);
}
