namespace Tessera.Kernels.Configuration.Validation;

/// <summary>Refuses impossible or not yet simulated non-idealities of a product (spec forward, section 2).</summary>
internal static class IOValidator
{
    public static void Validate(IOParameters io, FieldChecks checks)
    {
        if (io.IsPerfect) { return; }
        CheckNoise(io, checks);
        CheckManagement(io, checks);
        CheckLaterEffects(io, checks);
    }

    private static void CheckNoise(IOParameters io, FieldChecks checks)
    {
        checks.NotNegative("inp_noise", io.InpNoise);
        checks.NotNegative("out_noise", io.OutNoise);
        checks.NotNegative("out_noise_std", io.OutNoiseStd);
        checks.NotNegative("w_noise", io.WNoise);
    }

    private static void CheckManagement(IOParameters io, FieldChecks checks)
    {
        if (io.NoiseManagement != NoiseManagementType.None && io.InpBound != 1.0f)
        {
            checks.Fail(
                "inp_bound",
                $"saw {FieldChecks.Text(io.InpBound)}, expected 1 with noise_management {io.NoiseManagement}; "
                + "set inp_bound to 1, or noise_management to None.");
        }

        checks.NotNegative("nm_thres", io.NmThres, "0 is off.");
        checks.AtLeast("max_bm_factor", io.MaxBmFactor, 1);
        checks.NotNegative("max_bm_res", io.MaxBmRes);
    }

    private static void CheckLaterEffects(IOParameters io, FieldChecks checks)
    {
        checks.NotInThisVersion("ir_drop", io.IrDrop);
        checks.NotInThisVersion("out_nonlinearity", io.OutNonlinearity);
        checks.NotInThisVersion("out_nonlinearity_std", io.OutNonlinearityStd);
        checks.NotInThisVersion("slope_calibration", io.SlopeCalibration);
        checks.NotInThisVersion("v_offset_std", io.VOffsetStd);
        checks.NotInThisVersion("r_series", io.RSeries);
        checks.NotInThisVersion("w_read_asymmetry_dtod", io.WReadAsymmetryDtod);
        if (io.MvType is AnalogMVType.PosNegSeparate or AnalogMVType.PosNegSeparateDigitalSum)
        {
            checks.Fail("mv_type", $"{io.MvType} is not in this version; use OnePass or Ideal.");
        }
    }
}
