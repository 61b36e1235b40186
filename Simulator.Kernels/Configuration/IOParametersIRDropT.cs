namespace Tessera.Kernels.Configuration;

/// <summary>
/// A read-out with time-dependent IR drop: the input is the length of a read pulse, and the wires of every column are solved at each time step
/// (aihwkit's <c>IOParametersIRDropT</c>, spec forward, section 10). Forward only. The drop acts in evaluation; training sees the plain product in
/// the same phases.
/// </summary>
public sealed record IOParametersIRDropT : IOParameters
{
    /// <summary>The defaults of aihwkit: <see cref="IOParameters.IrDrop"/> is 1.</summary>
    public IOParametersIRDropT() => IrDrop = 1.0f;

    /// <summary>Wire resistance between two cells of a column, in ohm, 0 or more. Default 0.15.</summary>
    public float IrDropRs { get; init; } = 0.15f;

    /// <summary>
    /// Segments that a column is solved in, 1 or more; the physical rows must be divisible by it. As many segments as rows solve every cell. Default 8.
    /// </summary>
    public int IrDropSegments { get; init; } = 8;

    /// <summary>Factor on the number of time steps, above 0; bit-wise read-outs ignore it. Default 1.</summary>
    public float IrDropTimeStepResolutionScale { get; init; } = 1.0f;

    /// <summary>Voltage of the ADC, in volt. Default 0.4005.</summary>
    public float IrDropVRead { get; init; } = 0.4005f;

    /// <summary>Bits of the first phase of a split read-out, 1 or more and fewer than the bits of the DAC. Default 3.</summary>
    public int SplitModeBitShift { get; init; } = 3;

    /// <summary>Adds PCM read noise that depends on the mean length of the read pulses. Default false.</summary>
    public bool ApplyXdepPcmReadNoise { get; init; }

    /// <summary>Factor on that noise, 0 or more. Default 1.</summary>
    public float XdepPcmReadNoiseScale { get; init; } = 1.0f;

    /// <summary>Whether the ADC counts whole ticks of its oscillator. Default true.</summary>
    public bool AdcQuantization { get; init; } = true;

    /// <summary>Frequency of the oscillator, in GHz at 100 uA, above 0. Default 6.24.</summary>
    public float AdcFrequency { get; init; } = 6.24f;

    /// <summary>Adds up the currents of the time steps instead of the trapezoids between them. Default false.</summary>
    public bool IrDropIntegrationSum { get; init; }
}
