namespace Tessera.Kernels.Configuration;

/// <summary>How an update is turned into pulses (spec update, section 3).</summary>
public enum PulseType { None, StochasticCompressed, Stochastic, NoneWithDevice, MeanCount, DeterministicImplicit }

/// <summary>Pulsed update: bit lengths, managements and quantisation. aihwkit's <c>UpdateParameters</c> with its defaults (spec update, section 2).</summary>
public record UpdateParameters
{
    /// <summary>Pulse slots per vector; the maximum with <see cref="UpdateBlManagement"/>. Default 31, 1 to 65,535.</summary>
    public int DesiredBl { get; init; } = 31;

    /// <summary>Always <see cref="DesiredBl"/> slots (without bit-line management). Default true.</summary>
    public bool FixedBl { get; init; } = true;

    /// <summary>Kind of pulses. Default stochastic compressed.</summary>
    public PulseType PulseType { get; init; } = PulseType.StochasticCompressed;

    /// <summary>Bin width of the pulse probabilities, 0 to 1; 0 or less is off. Default 0.</summary>
    public float Res { get; init; }

    /// <summary>Bin width of x for implicit deterministic pulses. Default 0.</summary>
    public float XResImplicit { get; init; }

    /// <summary>Bin width of d for implicit deterministic pulses. Default 0.</summary>
    public float DResImplicit { get; init; }

    /// <summary>Measure the fraction of zero d-probabilities. Default false.</summary>
    public bool DSparsity { get; init; }

    /// <summary>Stochastic rounding in the quantisations above. Default false.</summary>
    public bool StoRound { get; init; }

    /// <summary>Choose the number of slots per vector from the actual maxima. Default true.</summary>
    public bool UpdateBlManagement { get; init; } = true;

    /// <summary>Balance the two probability scales from the actual maxima; implied by <see cref="UpdateBlManagement"/>. Default true.</summary>
    public bool UpdateManagement { get; init; } = true;

    /// <summary>Factor on the d maximum inside the management formulas. Default 1.</summary>
    public float UmGradScale { get; init; } = 1.0f;
}

/// <summary>The update of aihwkit's presets, whose values are those of <see cref="UpdateParameters"/> (spec presets, section 1).</summary>
public sealed record PresetUpdateParameters : UpdateParameters;
