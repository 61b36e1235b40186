using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Forward;

/// <summary>
/// The constants of one pass, worked out once from its <see cref="IOParameters"/>: steps and bounds of DAC and ADC, and the rules of the two
/// managements. Immutable.
/// </summary>
internal sealed class ConverterSettings
{
    public ConverterSettings(IOParameters io, MvmDirection direction)
    {
        IsPerfect = io.IsPerfect || io.MvType == AnalogMVType.Ideal;
        OutScale = io.OutScale;
        InputStep = Step(io.InpRes, io.InpBound);
        InputBound = io.InpBound > 0 ? io.InpBound : float.PositiveInfinity;
        InputNoise = io.InpNoise;
        InputNegativeFactor = 1.0f - io.InpAsymmetry;
        InputStochastic = io.InpStoRound && InputStep > 0;
        OutputStep = Step(io.OutRes, io.OutBound);
        OutputBound = io.OutBound > 0 ? io.OutBound : float.PositiveInfinity;
        OutputStochastic = io.OutStoRound && OutputStep > 0;

        // Negative values are ignored, as the CPU engine does (spec forward, section 2).
        OutputNegativeFactor = io.OutAsymmetry > 0 ? 1.0f - io.OutAsymmetry : 1.0f;
        NoiseManagement = io.NoiseManagement;
        Threshold = io.NoiseManagement == NoiseManagementType.None ? 0 : io.NmThres;
        BoundManagement = direction == MvmDirection.Forward ? io.BoundManagement : BoundManagementType.None;
        TestNegativeBound = io.BmTestNegativeBound;
        MaxFactor = io.MaxBmFactor;
        MaxRes = io.MaxBmRes;

        // The backward product of a vector without scale is zero whatever the input noise (spec forward, section 13).
        ZeroWithoutScale = io.NoiseManagement != NoiseManagementType.None && (direction == MvmDirection.Backward || io.InpNoise <= 0);
    }

    public bool IsPerfect { get; }

    public float OutScale { get; }

    /// <summary>Width of a DAC level; 0 or less is no quantisation.</summary>
    public float InputStep { get; }

    /// <summary>1 / <see cref="InputStep"/>, rounded; unused without quantisation.</summary>
    public float InputStepInverse => 1.0f / InputStep;

    /// <summary>Twice the DAC clip range: beyond it every value rounds to the bound or further out.</summary>
    public float InputLimit => 2.0f * InputBound;

    /// <summary>DAC clip range, infinite if off.</summary>
    public float InputBound { get; }

    public float InputNoise { get; }

    public float InputNegativeFactor { get; }

    public bool InputStochastic { get; }

    /// <summary>Width of an ADC level; 0 or less is no quantisation.</summary>
    public float OutputStep { get; }

    /// <summary>ADC clip range, infinite if off.</summary>
    public float OutputBound { get; }

    public bool OutputStochastic { get; }

    public float OutputNegativeFactor { get; }

    public NoiseManagementType NoiseManagement { get; }

    public float Threshold { get; }

    public BoundManagementType BoundManagement { get; }

    public bool TestNegativeBound { get; }

    public int MaxFactor { get; }

    public float MaxRes { get; }

    public bool ZeroWithoutScale { get; }

    /// <summary>A resolution as a fraction of the full range, 0 for none.</summary>
    public static float Resolution(float resolution) => resolution < 0 ? 0 : resolution > 1 ? 1.0f / resolution : resolution;

    /// <summary>Step of a converter: a resolution above 1 is its inverse (spec forward, section 3).</summary>
    public static float Step(float resolution, float bound)
    {
        var canonical = Resolution(resolution);
        return canonical > 0 && bound > 0 ? canonical * 2.0f * bound : 0;
    }
}
