using System.Globalization;
using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Forward;

/// <summary>Rules that an <see cref="IOParameters"/> must meet before a pass can be built from it (spec forward, section 2).</summary>
public static class IOParametersValidator
{
    /// <summary>All problems of one parameter set; empty when it can be used. A perfect read-out ignores every field but <c>out_scale</c>.</summary>
    /// <param name="io">The parameters.</param>
    /// <param name="direction">The pass they are for. Default forward.</param>
    /// <param name="inSize">Inputs of the pass; 0 where they are not known yet.</param>
    /// <param name="physicalRows">Rows of a physical column, for IR drop in time; 0 takes the inputs.</param>
    public static IReadOnlyList<IOParameterProblem> Problems(
        IOParameters io, MvmDirection direction = MvmDirection.Forward, int inSize = 0, int physicalRows = 0)
    {
        ArgumentNullException.ThrowIfNull(io);
        var problems = new List<IOParameterProblem>();
        RequireFinite(problems, "out_scale", io.OutScale);
        if (io.IsPerfect || io.MvType == AnalogMVType.Ideal)
        {
            return problems;
        }

        AddConverters(problems, io);
        AddNoise(problems, io);
        AddManagement(problems, io);
        AddArray(problems, io);
        if (io is IOParametersIRDropT times)
        {
            IrDropValidator.Add(problems, times, direction, inSize, physicalRows);
        }
        else if (io.MvType is AnalogMVType.SplitMode or AnalogMVType.BitWise)
        {
            problems.Add(new(
                "mv_type",
                io.MvType.ToString(),
                "OnePass, Ideal, PosNegSeparate or PosNegSeparateDigitalSum",
                "Read-outs by bits need the fields of IOParametersIRDropT: write type: IOParametersIRDropT."));
        }

        return problems;
    }

    /// <summary>Throws when there is any problem.</summary>
    /// <exception cref="IOParametersException">Names every problem.</exception>
    public static void Require(IOParameters io, MvmDirection direction, int inSize = 0, int physicalRows = 0)
    {
        var problems = Problems(io, direction, inSize, physicalRows);
        if (problems.Count > 0)
        {
            throw new IOParametersException(direction, problems);
        }
    }

    private static void AddConverters(List<IOParameterProblem> problems, IOParameters io)
    {
        AddConverter(problems, "inp_bound", io.InpBound, "inp_res", io.InpRes);
        AddConverter(problems, "out_bound", io.OutBound, "out_res", io.OutRes);
        RequireFinite(problems, "inp_asymmetry", io.InpAsymmetry);
        RequireFinite(problems, "out_asymmetry", io.OutAsymmetry);
    }

    private static void AddConverter(List<IOParameterProblem> problems, string boundName, float bound, string resName, float res)
    {
        if (float.IsNaN(bound))
        {
            problems.Add(new(boundName, "NaN", "a number", "Use 0 for no bound."));
        }

        if (float.IsNaN(res))
        {
            problems.Add(new(resName, "NaN", "a number", "Use 0 for no quantisation."));
        }
        else if (float.IsPositiveInfinity(bound) && res > 0)
        {
            problems.Add(new(boundName, "infinite", $"finite, since {resName} is {Text(res)}", $"A step needs a range: set {resName}: 0 or a finite {boundName}."));
        }
    }

    private static void AddNoise(List<IOParameterProblem> problems, IOParameters io)
    {
        RequireNonNegative(problems, "inp_noise", io.InpNoise);
        RequireNonNegative(problems, "out_noise", io.OutNoise);
        RequireNonNegative(problems, "out_noise_std", io.OutNoiseStd);
        RequireNonNegative(problems, "w_noise", io.WNoise);
    }

    private static void AddManagement(List<IOParameterProblem> problems, IOParameters io)
    {
        if (io.NoiseManagement != NoiseManagementType.None && io.InpBound != 1.0f)
        {
            problems.Add(new("inp_bound", Text(io.InpBound), $"1, since noise_management is {io.NoiseManagement}", "Set inp_bound: 1 or noise_management: None."));
        }

        RequireFinite(problems, "nm_thres", io.NmThres);
        RequireNonNegative(problems, "max_bm_res", io.MaxBmRes);
        if (io.MaxBmFactor < 0)
        {
            problems.Add(new("max_bm_factor", Text(io.MaxBmFactor), "0 or more", "The default is 1000; bound_management: None turns the iteration off."));
        }
    }

    /// <summary>Fields that only shape one of these effects, such as <c>v_offset_w_min</c>, change nothing while the effect is off.</summary>
    private static void AddArray(List<IOParameterProblem> problems, IOParameters io)
    {
        RequireNonNegative(problems, "ir_drop", io.IrDrop);
        if (!(io.IrDropGRatio > 0) || !float.IsFinite(io.IrDropGRatio))
        {
            problems.Add(new("ir_drop_g_ratio", Text(io.IrDropGRatio), "a finite number above 0", "The default is 571428.6; ir_drop: 0 turns the drop off."));
        }

        RequireNonNegative(problems, "out_nonlinearity", io.OutNonlinearity);
        RequireNonNegative(problems, "out_nonlinearity_std", io.OutNonlinearityStd);
        RequireNonNegative(problems, "slope_calibration", io.SlopeCalibration);
        RequireNonNegative(problems, "v_offset_std", io.VOffsetStd);
        RequireFinite(problems, "v_offset_w_min", io.VOffsetWMin);
        RequireNonNegative(problems, "r_series", io.RSeries);
        RequireNonNegative(problems, "w_read_asymmetry_dtod", io.WReadAsymmetryDtod);
    }

    internal static void RequireFinite(List<IOParameterProblem> problems, string field, float seen)
    {
        if (!float.IsFinite(seen))
        {
            problems.Add(new(field, Text(seen), "a finite number", "Remove the field to use its default."));
        }
    }

    internal static void RequireNonNegative(List<IOParameterProblem> problems, string field, float seen)
    {
        if (!(seen >= 0) || !float.IsFinite(seen))
        {
            problems.Add(new(field, Text(seen), "a finite number, 0 or more", "Use 0 to turn it off."));
        }
    }

    internal static string Text(float value) => value.ToString(CultureInfo.InvariantCulture);
}
