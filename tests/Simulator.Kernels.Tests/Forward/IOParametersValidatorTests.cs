using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Forward;

public sealed class IOParametersValidatorTests
{
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
        { "ir_drop", new IOParameters { IrDrop = 1 } },
        { "out_nonlinearity", new IOParameters { OutNonlinearity = 0.1f } },
        { "out_nonlinearity_std", new IOParameters { OutNonlinearityStd = 0.1f } },
        { "slope_calibration", new IOParameters { SlopeCalibration = 0.5f } },
        { "v_offset_std", new IOParameters { VOffsetStd = 0.1f } },
        { "r_series", new IOParameters { RSeries = 0.1f } },
        { "w_read_asymmetry_dtod", new IOParameters { WReadAsymmetryDtod = 0.1f } },
        { "mv_type", new IOParameters { MvType = AnalogMVType.PosNegSeparate } },
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
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_field_that_no_pass_can_have_is_named_with_its_value(string field, IOParameters io)
    {
        var problem = Assert.Single(IOParametersValidator.Problems(io));
        Assert.Equal(field, problem.Field);
        Assert.NotEmpty(problem.Advice);
        var error = Assert.Throws<IOParametersException>(() => new MvmPass(io, MvmDirection.Forward, 2, 3, new TileIdentity(1, 1)));
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Usable_parameters_have_no_problem(IOParameters io) => Assert.Empty(IOParametersValidator.Problems(io));

    [Fact]
    public void All_problems_are_reported_at_once() =>
        Assert.Equal(3, IOParametersValidator.Problems(new IOParameters { InpBound = 2, OutNoise = -1, IrDrop = 1 }).Count);
}
