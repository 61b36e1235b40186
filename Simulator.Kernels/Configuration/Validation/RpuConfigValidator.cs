using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Forward;

namespace Tessera.Kernels.Configuration.Validation;

/// <summary>Refuses physics that no tile can have: the construction checks of aihwkit, and values that it would silently ignore.</summary>
public static class RpuConfigValidator
{
    /// <summary>Checks one physics configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="path">Where it stands in the experiment, for instance <c>rpu_config</c>.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static void Validate(RpuConfig config, string path, ConfigProblems problems)
    {
        FieldChecks checks = new(problems, path);
        CheckMapping(config.Mapping, checks.Inside("mapping"));
        InputRangeValidator.Validate(config.PrePost.InputRange, (config as AnalogRPUConfig)?.Forward, checks.Inside("pre_post").Inside("input_range"));
        HalfStateValidator.Validate(config, checks);
        switch (config)
        {
            case AnalogRPUConfig analog:
                analog.Devices.Check(checks.Inside("device"));
                CheckIO(analog.Forward, MvmDirection.Forward, config.Mapping.MaxInputSize, checks.Inside("forward"));
                CheckIO(analog.Backward, MvmDirection.Backward, config.Mapping.MaxInputSize, checks.Inside("backward"));
                CheckUpdate(analog.Update, checks.Inside("update"));
                if (analog is SingleRPUConfig { Device: UnitCell or DigitalRankUpdateCell } single) { CheckSingle(single, checks); }
                break;
            case FloatingPointRPUConfig floating:
                floating.Device.Check(checks.Inside("device"));
                break;
        }
    }

    private static void CheckSingle(SingleRPUConfig single, FieldChecks checks)
    {
        string config = single.Device is UnitCell ? nameof(UnitCellRPUConfig) : nameof(DigitalRankUpdateRPUConfig);
        checks.Fail("device", $"saw {single.Device.GetType().Name}, expected a single device; write type: {config} for this one.");
    }

    internal static void CheckIO(IOParameters io, MvmDirection direction, int physicalRows, FieldChecks checks)
    {
        foreach (IOParameterProblem problem in IOParametersValidator.Problems(io, direction, inSize: 0, physicalRows))
        {
            checks.Fail(problem.Field, $"saw {problem.Seen}, expected {problem.Expected}. {problem.Advice}");
        }
    }

    private static void CheckMapping(MappingParameter mapping, FieldChecks checks) =>
        checks.NotNegative("weight_scaling_omega", mapping.WeightScalingOmega, "0 is off.");

    internal static void CheckUpdate(UpdateParameters update, FieldChecks checks)
    {
        checks.Between("desired_bl", update.DesiredBl, 1, ushort.MaxValue);
        checks.Positive("um_grad_scale", update.UmGradScale);

        // aihwkit documents a number of steps as an alternative, but then quantises every probability to 0 (spec update, section 2).
        const string BinWidth = "This is a bin width: write 0.1, not 10.";
        if (update.Res > 1) { checks.Fail("res", $"saw {FieldChecks.Text(update.Res)}, expected 1 or less. {BinWidth}"); }
        if (update.XResImplicit > 1) { checks.Fail("x_res_implicit", $"saw {FieldChecks.Text(update.XResImplicit)}, expected 1 or less. {BinWidth}"); }
        if (update.DResImplicit > 1) { checks.Fail("d_res_implicit", $"saw {FieldChecks.Text(update.DResImplicit)}, expected 1 or less. {BinWidth}"); }
    }
}
