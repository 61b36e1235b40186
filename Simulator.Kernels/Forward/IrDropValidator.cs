using Tessera.Kernels.Configuration;
using static Tessera.Kernels.Forward.IOParametersValidator;

namespace Tessera.Kernels.Forward;

/// <summary>Rules of a read-out with time-dependent IR drop (spec forward, sections 10 and 12).</summary>
internal static class IrDropValidator
{
    /// <summary>Adds the problems of one parameter set.</summary>
    public static void Add(List<IOParameterProblem> problems, IOParametersIRDropT io, MvmDirection direction, int inSize, int physicalRows)
    {
        if (direction == MvmDirection.Backward)
        {
            problems.Add(new("type", nameof(IOParametersIRDropT), "IOParameters in the backward pass", "Time-dependent IR drop acts forward only."));
        }

        AddReadout(problems, io);
        AddColumn(problems, io, inSize, physicalRows);
        AddOther(problems, io);
    }

    private static void AddReadout(List<IOParameterProblem> problems, IOParametersIRDropT io)
    {
        if (io.MvType is AnalogMVType.PosNegSeparate or AnalogMVType.PosNegSeparateDigitalSum)
        {
            problems.Add(new("mv_type", io.MvType.ToString(), "OnePass, SplitMode or BitWise", "Two-pass read-outs need type: IOParameters."));
        }

        if (!(ConverterSettings.Resolution(io.InpRes) > 0) || !(io.InpBound > 0))
        {
            problems.Add(new(
                "inp_res", Text(io.InpRes), "above 0 with inp_bound above 0", "The levels of the DAC are the steps of time: use 1/126 for 7 bits."));
            return;
        }

        if (io.MvType is AnalogMVType.SplitMode or AnalogMVType.BitWise && ReadoutPlan.BitsOf(io.InpRes) is var bits)
        {
            if (bits < 2)
            {
                problems.Add(new("inp_res", Text(io.InpRes), $"1/(2^bits - 2) for mv_type {io.MvType}", "Use for instance 1/126 for 7 bits or 254 for 8."));
            }
            else if (io.MvType == AnalogMVType.SplitMode && (io.SplitModeBitShift < 1 || io.SplitModeBitShift >= bits))
            {
                problems.Add(new(
                    "split_mode_bit_shift", $"{io.SplitModeBitShift}", $"1 to {bits - 1}, since the DAC has {bits} bits", "The default is 3."));
            }
        }
    }

    private static void AddColumn(List<IOParameterProblem> problems, IOParametersIRDropT io, int inSize, int physicalRows)
    {
        RequireNonNegative(problems, "ir_drop_rs", io.IrDropRs);
        RequireFinite(problems, "ir_drop_v_read", io.IrDropVRead);
        RequireNonNegative(problems, "xdep_pcm_read_noise_scale", io.XdepPcmReadNoiseScale);
        if (!(io.IrDropTimeStepResolutionScale is > 0 and <= 1000))
        {
            problems.Add(new(
                "ir_drop_time_step_resolution_scale", Text(io.IrDropTimeStepResolutionScale), "above 0 and at most 1000", "The default is 1."));
        }

        if (!(io.AdcFrequency > 0) || !float.IsFinite(io.AdcFrequency))
        {
            problems.Add(new("adc_frequency", Text(io.AdcFrequency), "a finite number of GHz above 0", "adc_quantization: false turns the counter off."));
        }

        if (io.IrDropSegments < 1)
        {
            problems.Add(new("ir_drop_segments", $"{io.IrDropSegments}", "1 or more", "The default is 8."));
        }
        else if (io.IrDrop > 0 && IrDropSettings.ProblemOf(io, inSize, physicalRows) is { } problem)
        {
            problems.Add(problem);
        }
    }

    /// <summary>Effects that aihwkit's engine of this read-out does not have either.</summary>
    private static void AddOther(List<IOParameterProblem> problems, IOParametersIRDropT io)
    {
        RequireOff(problems, "w_noise", io.WNoise);
        RequireOff(problems, "out_nonlinearity", io.OutNonlinearity);
        RequireOff(problems, "slope_calibration", io.SlopeCalibration);
        RequireOff(problems, "v_offset_std", io.VOffsetStd);
        RequireOff(problems, "r_series", io.RSeries);
        RequireOff(problems, "w_read_asymmetry_dtod", io.WReadAsymmetryDtod);
        if (io.NoiseManagement is NoiseManagementType.AverageAbsMax or NoiseManagementType.AbsMaxNPSum)
        {
            problems.Add(new(
                "noise_management", io.NoiseManagement.ToString(), "None, AbsMax, Max or Constant", "Others need type: IOParameters."));
        }
    }

    private static void RequireOff(List<IOParameterProblem> problems, string field, float seen)
    {
        if (seen > 0)
        {
            problems.Add(new(field, Text(seen), "0 with IOParametersIRDropT", "This effect needs type: IOParameters."));
        }
    }
}
