using Tessera.Kernels.Configuration;
using Tessera.Kernels.Inference;

namespace Tessera.Kernels.Forward;

/// <summary>Geometry and constants of columns whose wires are solved in time (spec forward, section 10). Immutable.</summary>
internal sealed class IrDropSettings
{
    /// <summary>Conductance of an empty segment, in uS, so that its resistance is finite.</summary>
    public const float Leakage = 1e-12f;

    /// <summary>Charge of a tick of the ADC's counter at 1 GHz, in uA steps.</summary>
    public const float CounterCurrent = 100.0f;

    /// <summary>Voltage of a device on the positive read line, in V.</summary>
    public const float VPositive = 0.6f;

    /// <summary>Voltage on the negative read line, in V.</summary>
    public const float VNegative = 0.2f;

    /// <summary>Voltage of a device at rest, in V.</summary>
    public const float VRest = 0.4f;

    /// <summary>Difference of a read line from rest, in V.</summary>
    public const float VStep = 0.2f;

    /// <param name="io">Read-out.</param>
    /// <param name="inSize">Inputs.</param>
    /// <param name="outSize">Outputs.</param>
    /// <param name="physicalRows">Rows of the physical column; 0 takes the inputs.</param>
    public IrDropSettings(IOParametersIRDropT io, int inSize, int outSize, int physicalRows)
    {
        InSize = inSize;
        OutSize = outSize;
        Rows = physicalRows > 0 ? physicalRows : inSize;
        Segments = io.IrDropSegments;
        FirstInputRow = (Rows - inSize) / 2;
        WireResistance = 1e-6f * io.IrDrop * io.IrDropRs * SegmentRows;
        VRead = io.IrDropVRead;
        Counts = io.AdcQuantization;
        CounterFrequency = io.AdcFrequency;
        Sums = io.IrDropIntegrationSum;
        HalfLevels = (float)((ReadoutPlan.Levels(io) - 2) / 2);
        Converter = SinglePairConductanceConverter.Default;
    }

    public int InSize { get; }

    public int OutSize { get; }

    /// <summary>Physical rows of a column, those without input included.</summary>
    public int Rows { get; }

    public int Segments { get; }

    public int SegmentRows => Rows / Segments;

    /// <summary>Rows without input in front of the first input; the others lie behind the last.</summary>
    public int FirstInputRow { get; }

    /// <summary>Resistance of the wire of a segment, in MOhm.</summary>
    public float WireResistance { get; }

    public float VRead { get; }

    /// <summary>Whether the ADC counts whole ticks.</summary>
    public bool Counts { get; }

    public float CounterFrequency { get; }

    /// <summary>Whether currents are added up instead of trapezoids.</summary>
    public bool Sums { get; }

    /// <summary>Levels of the DAC on one side of zero.</summary>
    public float HalfLevels { get; }

    public SinglePairConductanceConverter Converter { get; }

    /// <summary>
    /// Length of the pulse of an input. A level of the DAC ends exactly at a point in time, which is then not within the pulse: that must not hang on the
    /// rounding of either number, so the pulse is shorter by a millionth.
    /// </summary>
    public static float PulseLength(float input) => MathF.Abs(input) * (1.0f - (1.0f / (1 << 20)));

    /// <summary>
    /// Why a column cannot be cut into segments, or null: all segments have the same rows, and the inputs must fit.
    /// </summary>
    /// <param name="io">Read-out.</param>
    /// <param name="inSize">Inputs; 0 where they are not known yet.</param>
    /// <param name="physicalRows">Rows of the physical column; 0 takes the inputs.</param>
    public static IOParameterProblem? ProblemOf(IOParametersIRDropT io, int inSize, int physicalRows)
    {
        var rows = physicalRows > 0 ? physicalRows : inSize;
        if (rows < inSize)
        {
            return new(
                "ir_drop",
                $"on with {inSize} inputs",
                $"at most mapping.max_input_size inputs, which is {rows}",
                "A bias column counts: set mapping.digital_bias: true, or mapping.max_input_size: 0 and ir_drop_segments to a divisor of the inputs.");
        }

        return rows % io.IrDropSegments == 0
            ? null
            : new(
                "ir_drop_segments",
                $"{io.IrDropSegments}",
                $"a divisor of the {rows} physical rows",
                "Change it, or set mapping.max_input_size to a multiple of it.");
    }
}
