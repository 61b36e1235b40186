namespace Tessera.Kernels.Configuration;

/// <summary>How the input vector is scaled before the DAC (spec forward, section 7).</summary>
public enum NoiseManagementType { None, AbsMax, Max, Constant, AbsMaxNPSum, AverageAbsMax }

/// <summary>What happens when an output clips (spec forward, section 8).</summary>
public enum BoundManagementType { None, Iterative, IterativeWorstCase }

/// <summary>Output-referred weight noise (spec forward, section 5).</summary>
public enum WeightNoiseType { None, AdditiveConstant, PCMRead }

/// <summary>
/// How the analog product is read out (spec forward, sections 6 and 10). SplitMode and BitWise send the input in parts of its bits and belong to
/// <see cref="IOParametersIRDropT"/>.
/// </summary>
public enum AnalogMVType { OnePass, Ideal, PosNegSeparate, PosNegSeparateDigitalSum, SplitMode, BitWise }

/// <summary>
/// Non-idealities of one analog matrix-vector product: DAC, array, ADC. aihwkit's <c>IOParameters</c>, field by field, with its defaults
/// (spec forward, section 2). Weights are in normalised conductance units, full scale 1.
/// </summary>
public record IOParameters
{
    /// <summary>Exact product; every other field but <see cref="OutScale"/> is ignored. Default false.</summary>
    public bool IsPerfect { get; init; }

    /// <summary>Read-out scheme. Default one pass.</summary>
    public AnalogMVType MvType { get; init; } = AnalogMVType.OnePass;

    /// <summary>DAC clip range, +-; 0 or less means neither clip nor quantisation. Default 1.</summary>
    public float InpBound { get; init; } = 1.0f;

    /// <summary>Standard deviation of Gaussian noise on the DAC output. Default 0.</summary>
    public float InpNoise { get; init; }

    /// <summary>DAC resolution: a fraction of the full range, or its inverse if above 1; 0 or less means none. Default 1/126 (7 bit).</summary>
    public float InpRes { get; init; } = (float)(1.0 / 126.0);

    /// <summary>Stochastic rounding in the DAC. Default false.</summary>
    public bool InpStoRound { get; init; }

    /// <summary>Negative prepared inputs are multiplied by (1 - this). Default 0.</summary>
    public float InpAsymmetry { get; init; }

    /// <summary>ADC clip range, +-; 0 or less means infinite. Default 12.</summary>
    public float OutBound { get; init; } = 12.0f;

    /// <summary>Standard deviation of Gaussian noise before the ADC. Default 0.06.</summary>
    public float OutNoise { get; init; } = 0.06f;

    /// <summary>Relative output-to-output spread of <see cref="OutNoise"/>. Default 0.</summary>
    public float OutNoiseStd { get; init; }

    /// <summary>ADC resolution, as <see cref="InpRes"/>. Default 1/510 (9 bit).</summary>
    public float OutRes { get; init; } = (float)(1.0 / 510.0);

    /// <summary>Stochastic rounding in the ADC. Default false.</summary>
    public bool OutStoRound { get; init; }

    /// <summary>Fixed digital factor on the result. Default 1.</summary>
    public float OutScale { get; init; } = 1.0f;

    /// <summary>Negative values before the ADC are multiplied by (1 - this), if above 0. Default 0.</summary>
    public float OutAsymmetry { get; init; }

    /// <summary>Bound management; forward only. Default iterative.</summary>
    public BoundManagementType BoundManagement { get; init; } = BoundManagementType.Iterative;

    /// <summary>Noise management. Default abs-max.</summary>
    public NoiseManagementType NoiseManagement { get; init; } = NoiseManagementType.AbsMax;

    /// <summary>Strength of the output-referred weight noise. Default 0.</summary>
    public float WNoise { get; init; }

    /// <summary>Type of the output-referred weight noise. Default none.</summary>
    public WeightNoiseType WNoiseType { get; init; }

    /// <summary>Scale of the static IR drop, 0 or more; 0 is off. Default 0; 1 with <see cref="IOParametersIRDropT"/>.</summary>
    public float IrDrop { get; init; }

    /// <summary>Wire conductance over g_max, above 0. Default 1/0.35/5e-6.</summary>
    public float IrDropGRatio { get; init; } = (float)(1.0 / 0.35 / 5e-6);

    /// <summary>S-curve strength, 0 or more (1 halves the value at <see cref="OutBound"/>). Default 0.</summary>
    public float OutNonlinearity { get; init; }

    /// <summary>Relative output-to-output spread of <see cref="OutNonlinearity"/>, 0 or more. Default 0.</summary>
    public float OutNonlinearityStd { get; init; }

    /// <summary>Output, as a fraction of <see cref="OutBound"/>, at which the mean slope is calibrated to 1; 0 is off. Default 0.</summary>
    public float SlopeCalibration { get; init; }

    /// <summary>Spread of the per-output voltage offset relative to the read voltage, 0 or more. Default 0.</summary>
    public float VOffsetStd { get; init; }

    /// <summary>Implicit reference weight used by offset and series terms. Default -1.</summary>
    public float VOffsetWMin { get; init; } = -1.0f;

    /// <summary>Series resistance as a fraction of the total output current, 0 or more. Default 0.</summary>
    public float RSeries { get; init; }

    /// <summary>Spread of each device's factor in the negative pass (two-pass read-outs only), 0 or more. Default 0.</summary>
    public float WReadAsymmetryDtod { get; init; }

    /// <summary>Absolute stop of iterative bound management. Default 1000.</summary>
    public int MaxBmFactor { get; init; } = 1000;

    /// <summary>Stop of iterative bound management relative to the DAC step. Default 0.25.</summary>
    public float MaxBmRes { get; init; } = 0.25f;

    /// <summary>Whether hitting the negative bound also triggers another round. Default true.</summary>
    public bool BmTestNegativeBound { get; init; } = true;

    /// <summary>Constant scale (noise management constant) or cap of the scale (others); 0 is off. Default 0.</summary>
    public float NmThres { get; init; }
}
