using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Forward;

/// <summary>Which part of the prepared input a phase sends.</summary>
internal enum InputPart : byte
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>Negative values, zero elsewhere.</summary>
    Negative,

    /// <summary>Positive values, zero elsewhere.</summary>
    Positive,

    /// <summary>The levels modulo 2^shift.</summary>
    LowBits,

    /// <summary>The levels divided by 2^shift, toward zero.</summary>
    HighBits,

    /// <summary>One bit of the levels.</summary>
    Bit,
}

/// <summary>One analog pass of a read-out.</summary>
/// <param name="Part">What it sends.</param>
/// <param name="Shift">The shift of the low and high bits, or the number of the bit.</param>
/// <param name="Weight">Factor in the sum over the phases.</param>
/// <param name="Times">Points in time at which a time-dependent column is solved, in units of the longest pulse; empty without.</param>
internal sealed record ReadoutPhase(InputPart Part, int Shift, float Weight, float[] Times)
{
    /// <summary>Whether it reads the devices as the negative pass does.</summary>
    public bool IsNegative => Part == InputPart.Negative;
}

/// <summary>
/// The passes that make up one read-out (spec forward, sections 6 and 10), and how they come together: added before the ADC, or each through the ADC
/// and then added digitally with its weight. Immutable.
/// </summary>
internal sealed class ReadoutPlan
{
    public ReadoutPlan(IOParameters io)
    {
        if (io.IsPerfect || io.MvType == AnalogMVType.Ideal)
        {
            Phases = [new(InputPart.Whole, 0, 1, [])];
            return;
        }

        var resolution = ConverterSettings.Resolution(io.InpRes);
        LevelWidth = 2.0f * resolution;

        // Without noise and asymmetry, a quantised input lies on a whole level, which the division by its width may miss by a rounding.
        HasWholeLevels = io.InpNoise == 0 && io.InpAsymmetry == 0 && resolution > 0;
        var times = io as IOParametersIRDropT;
        Phases = io.MvType switch
        {
            AnalogMVType.PosNegSeparate or AnalogMVType.PosNegSeparateDigitalSum =>
                [new(InputPart.Negative, 0, 1, []), new(InputPart.Positive, 0, 1, [])],
            AnalogMVType.SplitMode when times is not null => Split(times),
            AnalogMVType.BitWise when times is not null => Bits(times),
            _ when times is not null => [new(InputPart.Whole, 0, 1, Grid((int)(Levels(io) / 2 * times.IrDropTimeStepResolutionScale), 1.0))],
            _ => [new(InputPart.Whole, 0, 1, [])],
        };
        IsDigitalSum = io.MvType is not (AnalogMVType.OnePass or AnalogMVType.PosNegSeparate) || times is not null;
    }

    /// <summary>The passes in the order in which they are read and added.</summary>
    public ReadoutPhase[] Phases { get; }

    /// <summary>Whether each pass goes through the ADC.</summary>
    public bool IsDigitalSum { get; }

    /// <summary>Whether several passes are added before the ADC.</summary>
    public bool IsAnalogSum => !IsDigitalSum && Phases.Length > 1;

    /// <summary>Width of a DAC level for an input bound of 1: 2 r.</summary>
    public float LevelWidth { get; }

    /// <summary>Whether the levels are rounded to whole numbers.</summary>
    public bool HasWholeLevels { get; }

    /// <summary>2^bits of the DAC: inp_bound / r + 2, where the quotient counts as whole if it is within rounding of a whole number.</summary>
    public static double Levels(IOParameters io) => Whole(io.InpBound / (double)ConverterSettings.Resolution(io.InpRes)) + 2;

    /// <summary>log2 of the levels for an input bound of 1, or -1 where it is no whole number.</summary>
    public static int BitsOf(float resolution)
    {
        var levels = Whole(1.0 / ConverterSettings.Resolution(resolution)) + 2;
        var bits = 0;
        for (; levels >= 2 && bits < 30; bits++)
        {
            levels /= 2;
        }

        return levels == 1 ? bits : -1;
    }

    private static ReadoutPhase[] Split(IOParametersIRDropT io)
    {
        var (shift, width) = (io.SplitModeBitShift, 2.0 * ConverterSettings.Resolution(io.InpRes));
        var high = 1 << Math.Max(BitsOf(io.InpRes) - shift - 1, 0);
        var scale = io.IrDropTimeStepResolutionScale;
        return
        [
            new(InputPart.LowBits, shift, 1, Grid((int)((1 << shift) * scale), width * ((1 << shift) - 1))),
            new(InputPart.HighBits, shift, 1 << shift, Grid((int)(high * scale), width * (high - 1))),
        ];
    }

    private static ReadoutPhase[] Bits(IOParametersIRDropT io)
    {
        var width = 2.0 * ConverterSettings.Resolution(io.InpRes);
        return [.. Enumerable.Range(0, BitsOf(io.InpRes) - 1).Select(bit => new ReadoutPhase(InputPart.Bit, bit, 1 << bit, Grid(2, width)))];
    }

    /// <summary>count points from 0 to last.</summary>
    private static float[] Grid(int count, double last)
    {
        var times = new float[Math.Max(count, 1)];
        for (var k = 1; k < times.Length; k++)
        {
            times[k] = (float)(k * last / (times.Length - 1));
        }

        return times;
    }

    private static double Whole(double value) => Math.Abs(value - Math.Round(value)) < 1e-3 ? Math.Round(value) : value;
}
