using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Tests.Configuration.Validation;

public sealed class RpuConfigValidatorTests
{
    public static TheoryData<string, RpuConfig> Impossible => new()
    {
        { "rpu_config.device.dw_min", With(new ConstantStepDevice { DwMin = 0 }) },
        { "rpu_config.device.dw_min", With(new SoftBoundsDevice { DwMin = -0.001f }) },
        { "rpu_config.device.w_min", With(new ConstantStepDevice { WMin = 0.1f }) },
        { "rpu_config.device.w_max", With(new ConstantStepDevice { WMax = -0.1f }) },
        { "rpu_config.device.corrupt_devices_prob", With(new ConstantStepDevice { CorruptDevicesProb = 1.5f }) },
        { "rpu_config.device.dw_min_dtod", With(new LinearStepDevice { DwMinDtod = -1 }) },
        { "rpu_config.device.write_noise_std", With(new LinearStepDevice { WriteNoiseStd = -1 }) },
        { "rpu_config.device.reverse_up", With(new LinearStepDevice { ReverseUp = true, MultNoise = false }) },
        { "rpu_config.device.reverse_down", With(new SoftBoundsDevice { ReverseDown = true, MultNoise = false }) },
        { "rpu_config.device.lifetime", With(new IdealDevice { Lifetime = -1 }) },
        { "rpu_config.forward.inp_bound", new SingleRPUConfig { Forward = new IOParameters { InpBound = 2 } } },
        { "rpu_config.backward.out_noise", new SingleRPUConfig { Backward = new IOParameters { OutNoise = -1 } } },
        { "rpu_config.forward.ir_drop", new SingleRPUConfig { Forward = new IOParameters { IrDrop = -1 } } },
        { "rpu_config.forward.r_series", new SingleRPUConfig { Forward = new IOParameters { RSeries = -0.1f } } },
        { "rpu_config.forward.mv_type", new SingleRPUConfig { Forward = new IOParameters { MvType = AnalogMVType.SplitMode } } },
        { "rpu_config.backward.type", new SingleRPUConfig { Backward = new IOParametersIRDropT() } },
        {
            "rpu_config.forward.ir_drop_segments",
            new SingleRPUConfig { Forward = new IOParametersIRDropT(), Mapping = new MappingParameter { MaxInputSize = 500 } }
        },
        { "rpu_config.pre_post.input_range.init_value", Ranged(new InputRangeParameter { InitValue = 0 }) },
        { "rpu_config.pre_post.input_range.init_from_data", Ranged(new InputRangeParameter { InitFromData = -1 }) },
        { "rpu_config.pre_post.input_range.init_std_alpha", Ranged(new InputRangeParameter { InitStdAlpha = -3 }) },
        { "rpu_config.pre_post.input_range.decay", Ranged(new InputRangeParameter { Decay = -0.1f }) },
        { "rpu_config.pre_post.input_range.input_min_percentage", Ranged(new InputRangeParameter { InputMinPercentage = 95 }) },
        { "rpu_config.pre_post.input_range.output_min_percentage", Ranged(new InputRangeParameter { OutputMinPercentage = float.NaN }) },
        { "rpu_config.pre_post.input_range.gradient_scale", Ranged(new InputRangeParameter { GradientScale = -1 }) },
        { "rpu_config.pre_post.input_range.manage_output_clipping", Ranged(new InputRangeParameter { Enable = true, ManageOutputClipping = true }) },
        {
            "rpu_config.pre_post.input_range.manage_output_clipping",
            new FloatingPointRPUConfig
            {
                PrePost = new PrePostProcessingParameter { InputRange = new InputRangeParameter { Enable = true, ManageOutputClipping = true } },
            }
        },
        { "rpu_config.update.desired_bl", new SingleRPUConfig { Update = new UpdateParameters { DesiredBl = 0 } } },
        { "rpu_config.update.desired_bl", new SingleRPUConfig { Update = new UpdateParameters { DesiredBl = 70_000 } } },
        { "rpu_config.update.res", new SingleRPUConfig { Update = new UpdateParameters { Res = 10 } } },
        { "rpu_config.mapping.weight_scaling_omega", new FloatingPointRPUConfig { Mapping = new MappingParameter { WeightScalingOmega = -1 } } },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void An_impossible_value_is_the_one_problem(string path, RpuConfig config) =>
        Assert.Equal(path, Assert.Single(Validate(config)).Path);

    [Fact]
    public void Defaults_are_possible()
    {
        foreach (Type type in ConfigTypeRegistry.Physics.CandidatesFor(typeof(DeviceParameters)))
        {
            DeviceParameters device = (DeviceParameters)Activator.CreateInstance(type)!;

            // Which devices a cell consists of has no default.
            RpuConfig config = device switch
            {
                UnitCell cell => new UnitCellRPUConfig { Device = cell with { UnitCellDevices = [new ConstantStepDevice(), new ConstantStepDevice()] } },
                DigitalRankUpdateCell cell => new DigitalRankUpdateRPUConfig { Device = cell with { Device = new ConstantStepDevice() } },
                _ => With(device),
            };
            Assert.Empty(Validate(config));
        }

        Assert.Empty(Validate(new FloatingPointRPUConfig()));
    }

    [Fact]
    public void A_perfect_product_ignores_its_other_fields() =>
        Assert.Empty(Validate(new SingleRPUConfig { Forward = new IOParameters { IsPerfect = true, InpBound = 2, IrDrop = 1 } }));

    private static SingleRPUConfig Ranged(InputRangeParameter range) => new() { PrePost = new PrePostProcessingParameter { InputRange = range } };

    private static SingleRPUConfig With(DeviceParameters device) => new() { Device = device };

    private static IReadOnlyList<ConfigProblem> Validate(RpuConfig config)
    {
        ConfigProblems problems = new(new SourceMark("test"));
        RpuConfigValidator.Validate(config, "rpu_config", problems);
        return problems.All;
    }
}
