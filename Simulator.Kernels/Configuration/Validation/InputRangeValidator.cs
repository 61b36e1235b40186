namespace Tessera.Kernels.Configuration.Validation;

/// <summary>Refuses input ranges that a tile cannot have (spec forward, section 11).</summary>
internal static class InputRangeValidator
{
    /// <summary>Checks one input range against the read-out of its tile.</summary>
    /// <param name="range">The input range.</param>
    /// <param name="forward">The read-out; null where it is exact.</param>
    /// <param name="checks">Receives the failures.</param>
    public static void Validate(InputRangeParameter range, IOParameters? forward, FieldChecks checks)
    {
        CheckPositive("init_value", range.InitValue, checks);
        checks.AtLeast("init_from_data", range.InitFromData, 0, "0 is off.");
        CheckPositive("init_std_alpha", range.InitStdAlpha, checks);
        checks.NotNegative("decay", range.Decay, "0 is off.");
        checks.Between("input_min_percentage", range.InputMinPercentage, 0, 1);
        checks.Between("output_min_percentage", range.OutputMinPercentage, 0, 1);
        checks.NotNegative("gradient_scale", range.GradientScale);
        if (range is not { Enable: true, ManageOutputClipping: true })
        {
            return;
        }

        if (forward is null || forward.IsPerfect || forward.MvType == AnalogMVType.Ideal)
        {
            checks.Fail("manage_output_clipping", "saw true with a perfect read-out, which clips nothing; expected false, or forward.is_perfect: false.");
        }
        else if (forward.NoiseManagement != NoiseManagementType.None || forward.BoundManagement != BoundManagementType.None)
        {
            checks.Fail(
                "manage_output_clipping",
                $"saw true with noise_management {forward.NoiseManagement} and bound_management {forward.BoundManagement}, which move the clipping by "
                + "themselves; expected both None: set forward.noise_management and forward.bound_management to None.");
        }
    }

    private static void CheckPositive(string field, float value, FieldChecks checks)
    {
        checks.Positive(field, value);
        if (float.IsPositiveInfinity(value)) { checks.Fail(field, "saw infinity, expected a finite number."); }
    }
}
